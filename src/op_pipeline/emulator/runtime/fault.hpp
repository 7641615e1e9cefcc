// A fault is what the hardware would have answered with a hang or with silent corruption: a record, not a string.
#pragma once
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "../kernel/op_emulator/where.h"

namespace op_emulator {

struct FaultRecord {
    std::string fault_class;  // e.g. "cb_overflow", "dst_protocol", "deadlock": table in docs/emulator.md
    std::string kernel;       // source path of the kernel as its descriptor names it
    std::string file;         // source file of the offending call; may be a header
    std::uint32_t line = 0;
    std::uint32_t core_x = 0, core_y = 0;  // logical coordinates
    std::string risc;                      // BRISC | NCRISC | TRISC
    std::string message;                   // what happened, with CB or address
    std::string hint;                      // what a good colleague would say
    std::string to_json() const;
    std::string to_text() const;  // "class: kernel core (x,y) RISC file:line: message (hint)"
};

// Thrown to the host when a program ends with faults; never empty. A deadlock has one record per stuck RISC.
struct ProgramFault : std::runtime_error {
    explicit ProgramFault(std::vector<FaultRecord> records);
    std::vector<FaultRecord> records;
};

}  // namespace op_emulator
