// Compile-time arguments, positional and named. They are template arguments in kernels, so they must be constants.
#pragma once
#include "op_emulator/macros.h"

#ifndef KERNEL_COMPILE_TIME_ARGS
#define KERNEL_COMPILE_TIME_ARGS
#endif

namespace op_emulator {

template <class... Words>
constexpr std::array<uint32_t, sizeof...(Words)> argument_words(Words... words) {
    return {static_cast<uint32_t>(words)...};
}

}  // namespace op_emulator

constexpr auto kernel_compile_time_args = op_emulator::argument_words(KERNEL_COMPILE_TIME_ARGS);

template <uint32_t Idx>
constexpr uint32_t get_ct_arg() {
    static_assert(
        Idx < kernel_compile_time_args.size(),
        "get_compile_time_arg_val: the host gave this kernel fewer compile-time arguments");
    if constexpr (Idx < kernel_compile_time_args.size()) {
        return kernel_compile_time_args[Idx];
    } else {
        return 0;
    }
}

#define get_compile_time_arg_val(arg_idx) get_ct_arg<arg_idx>()

#ifdef KERNEL_COMPILE_TIME_ARG_MAP
namespace op_emulator {

struct NamedWord {
    const char* name;
    uint32_t value;
};
constexpr NamedWord kNamedCompileTimeArguments[] = {KERNEL_COMPILE_TIME_ARG_MAP};

constexpr bool same_text(const char* a, const char* b) {
    for (; *a != 0 && *a == *b; ++a, ++b) {
    }
    return *a == *b;
}

// Not constexpr on purpose: reaching it while compiling names the mistake.
[[noreturn]] inline void the_host_gave_no_compile_time_argument_of_this_name() {
    abi::assertion_failed("the host gave this kernel no compile-time argument of this name", Where::here());
}

constexpr uint32_t named_word(const char* name) {
    for (const NamedWord& argument : kNamedCompileTimeArguments) {
        if (same_text(argument.name, name)) {
            return argument.value;
        }
    }
    the_host_gave_no_compile_time_argument_of_this_name();
}

}  // namespace op_emulator

// By a name that is written out, and by one that a constant array holds.
template <std::size_t N>
consteval uint32_t get_named_compile_time_arg_val(const char (&name)[N]) {
    return op_emulator::named_word(name);
}
template <typename Text>
    requires std::is_same_v<Text, const char*>
constexpr uint32_t get_named_compile_time_arg_val(Text name) {
    return op_emulator::named_word(name);
}
#endif
