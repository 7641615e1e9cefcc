// TT_FATAL, TT_THROW and TT_ASSERT: std::runtime_error with the text layout of tt-metal
// ("TT_FATAL @ file:line: condition", "info:", message, "backtrace:"; facts in ttnn-generic-op-api.md section 4).
#pragma once
#include <string>
#include <string_view>

#include "op_emulator/format.hpp"

namespace op_emulator {

struct CheckSite {
    const char* kind;       // TT_FATAL, TT_THROW or TT_ASSERT
    const char* file;
    int line;
    const char* condition;  // source text of the condition; "tt::exception" for TT_THROW
};

[[noreturn]] void fail_check(const CheckSite& site, const std::string& message);

[[noreturn]] inline void fail_check_formatted(const CheckSite& site) { fail_check(site, {}); }

template <typename... Arguments>
[[noreturn]] void fail_check_formatted(
    const CheckSite& site, FormatText<std::type_identity_t<Arguments>...> text, const Arguments&... arguments) {
    fail_check(site, format_unchecked(text.text, arguments...));
}

}  // namespace op_emulator

#define TT_THROW(...) \
    ::op_emulator::fail_check_formatted(::op_emulator::CheckSite{"TT_THROW", __FILE__, __LINE__, "tt::exception"} __VA_OPT__(, ) __VA_ARGS__)

#define OP_EMULATOR_CHECK(kind, condition, ...)                                                              \
    do {                                                                                                     \
        if (!(condition)) [[unlikely]] {                                                                     \
            ::op_emulator::fail_check_formatted(                                                             \
                ::op_emulator::CheckSite{kind, __FILE__, __LINE__, #condition} __VA_OPT__(, ) __VA_ARGS__);   \
        }                                                                                                    \
    } while (false)

#define TT_FATAL(condition, ...) OP_EMULATOR_CHECK("TT_FATAL", condition __VA_OPT__(, ) __VA_ARGS__)
// Compiled into debug builds only upstream; always on here, since a strict emulator is the point.
#define TT_ASSERT(condition, ...) OP_EMULATOR_CHECK("TT_ASSERT", condition __VA_OPT__(, ) __VA_ARGS__)
