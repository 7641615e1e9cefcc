// Containers that every operation uses, compiled once in libop_emulator: half of an unoptimised compilation of a small
// file is otherwise spent on their members.
#pragma once
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tt-metalium/program_descriptors.hpp>

// X(type) for each.
#define OP_EMULATOR_INSTANCES(X)                                                                  \
    X(std::basic_string<char>)                                                                    \
    X(std::basic_string_view<char>)                                                               \
    X(std::vector<std::uint32_t>)                                                                 \
    X(std::vector<std::filesystem::path>)                                                         \
    X(std::vector<std::pair<std::string, std::string>>)                                           \
    X(std::vector<std::pair<std::string, std::uint32_t>>)                                         \
    X(std::vector<std::pair<tt::tt_metal::CoreCoord, std::vector<std::uint32_t>>>)                \
    X(std::vector<tt::tt_metal::UnpackToDestMode>)                                                \
    X(std::vector<tt::tt_metal::CBFormatDescriptor>)                                              \
    X(std::vector<tt::tt_metal::CBDescriptor>)                                                    \
    X(std::vector<tt::tt_metal::KernelDescriptor>)                                                \
    X(std::vector<tt::tt_metal::SemaphoreDescriptor>)

#ifndef OP_EMULATOR_DEFINES_INSTANCES
#define OP_EMULATOR_DECLARE(...) extern template class __VA_ARGS__;
OP_EMULATOR_INSTANCES(OP_EMULATOR_DECLARE)
#undef OP_EMULATOR_DECLARE
#endif
