#pragma once
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <tt-metalium/base_types.hpp>
#include <tt-metalium/buffer.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/kernel_types.hpp>

namespace tt::tt_metal {

struct ReaderConfigDescriptor {};  // NCRISC, NOC 0
struct WriterConfigDescriptor {};  // BRISC, NOC 1

struct DataMovementConfigDescriptor {
    DataMovementProcessor processor = DataMovementProcessor::RISCV_0;
    NOC noc = NOC::RISCV_0_default;
    NOC_MODE noc_mode = NOC_MODE::DM_DEDICATED_NOC;
};

struct ComputeConfigDescriptor {
    using UnpackToDestModes = std::vector<UnpackToDestMode>;

    MathFidelity math_fidelity = MathFidelity::HiFi4;
    bool fp32_dest_acc_en = false;
    bool dst_full_sync_en = false;
    UnpackToDestModes unpack_to_dest_mode;  // one per CB index, or empty
    bool bfp8_pack_precise = false;
    bool math_approx_mode = false;
};

struct KernelDescriptor {
    enum class SourceType { FILE_PATH, SOURCE_CODE };

    using CompileTimeArgs = std::vector<std::uint32_t>;
    using NamedCompileTimeArgs = std::vector<std::pair<std::string, std::uint32_t>>;
    using Defines = std::vector<std::pair<std::string, std::string>>;
    using CoreRuntimeArgs = std::vector<std::uint32_t>;
    using RuntimeArgs = std::vector<std::pair<CoreCoord, CoreRuntimeArgs>>;
    using CommonRuntimeArgs = std::vector<std::uint32_t>;
    using ConfigDescriptor = std::variant<
        ReaderConfigDescriptor, WriterConfigDescriptor, DataMovementConfigDescriptor, ComputeConfigDescriptor>;
    // A number, or a buffer whose address is meant. The variant refuses int and 64-bit values (narrowing), as the
    // real one does; a null buffer is passed as 0.
    using RTArg = std::variant<std::uint32_t, Buffer*>;

    class RTArgList : public std::vector<RTArg> {
    public:
        using std::vector<RTArg>::vector;
        void append(const std::vector<std::uint32_t>& values) { insert(end(), values.begin(), values.end()); }
    };

    std::string kernel_source;
    SourceType source_type = SourceType::FILE_PATH;
    CoreRangeSet core_ranges;
    CompileTimeArgs compile_time_args;
    NamedCompileTimeArgs named_compile_time_args;
    Defines defines;
    RuntimeArgs runtime_args;
    CommonRuntimeArgs common_runtime_args;
    std::optional<KernelBuildOptLevel> opt_level;  // kept, without effect here
    ConfigDescriptor config;
    std::vector<std::filesystem::path> compiler_include_paths;

    // Appends the arguments of one core. The real framework remembers which words are buffer addresses and patches
    // them when a cached program runs again; here a program is rebuilt for each launch, so the address is taken now.
    void emplace_runtime_args(const CoreCoord& core, std::initializer_list<RTArg> arguments);
    void emplace_runtime_args(const CoreCoord& core, const RTArgList& arguments);
    void emplace_common_runtime_args(std::initializer_list<RTArg> arguments);
    void emplace_common_runtime_args(const RTArgList& arguments);
};

}  // namespace tt::tt_metal
