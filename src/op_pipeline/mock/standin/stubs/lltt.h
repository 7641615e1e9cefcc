// The replay buffer of a compute processor, for compilers that do not know it: one instruction word per call, written to
// the instruction buffer. Word: opcode 0x04, start << 14, length << 4, execute while loading << 1, load.
#pragma once

#include <cstdint>

namespace lltt {

enum ExecBool : bool { NoExec, Exec };

constexpr std::uint32_t replay_word(unsigned start, unsigned length, bool execute, bool load) {
    return 0x04000000u | start << 14 | length << 4 | static_cast<unsigned>(execute) << 1 | static_cast<unsigned>(load);
}

template <ExecBool E = NoExec>
inline void record(unsigned start, unsigned length) {
    *reinterpret_cast<volatile std::uint32_t*>(0xFFE40000u) = replay_word(start, length, E == Exec, true);
}

inline void replay(unsigned start, unsigned length) {
    *reinterpret_cast<volatile std::uint32_t*>(0xFFE40000u) = replay_word(start, length, false, false);
}

constexpr std::uint32_t replay_insn(unsigned start, unsigned length) { return replay_word(start, length, false, false); }

}  // namespace lltt
