// Look-ups in a ProgramSpec that was checked: who binds what, and where it stands.
#pragma once
#include <algorithm>
#include <string>

#include "op_emulator/program_spec.hpp"

namespace op_emulator {

template <typename Entry, typename Name>
const Entry* find_named(const std::vector<Entry>& entries, const Name& name) {
    const auto found = std::ranges::find(entries, name, &Entry::unique_id);
    return found == entries.end() ? nullptr : &*found;
}

template <typename Predicate>
WorkUnits units_where(const tt::tt_metal::experimental::ProgramSpec& spec, Predicate has) {
    WorkUnits units;
    for (const auto& unit : spec.work_units) {
        const bool used = std::ranges::any_of(unit.kernels, [&](const auto& name) {
            const auto* kernel = find_named(spec.kernels, name);
            return kernel && has(*kernel);
        });
        if (used) units.push_back(&unit);
    }
    return units;
}

inline bool binds(
    const tt::tt_metal::experimental::KernelSpec& kernel, const tt::tt_metal::experimental::DFBSpecName& buffer) {
    return std::ranges::find(kernel.dfb_bindings, buffer, &tt::tt_metal::experimental::DFBBinding::dfb_spec_name) !=
           kernel.dfb_bindings.end();
}

inline bool binds(
    const tt::tt_metal::experimental::KernelSpec& kernel, const tt::tt_metal::experimental::ScratchpadSpecName& pad) {
    return std::ranges::find(
               kernel.scratchpad_bindings, pad,
               &tt::tt_metal::experimental::ScratchpadBinding::scratchpad_spec_name) != kernel.scratchpad_bindings.end();
}

}  // namespace op_emulator
