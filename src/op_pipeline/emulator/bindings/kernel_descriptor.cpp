#include "opaque_vectors.hpp"

#include <algorithm>

#include <nanobind/stl/bind_vector.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/variant.h>
#include <nanobind/stl/vector.h>

#include <tt-metalium/program_descriptors.hpp>

#include "bindings.hpp"
#include "runtime_args.hpp"

namespace op_emulator::bindings {

using namespace tt::tt_metal;
using namespace nb::literals;

namespace {

using Modes = std::vector<UnpackToDestMode>;

void bind_configs(nb::module_& module) {
    nb::class_<ReaderConfigDescriptor>(module, "ReaderConfigDescriptor").def(nb::init<>());
    nb::class_<WriterConfigDescriptor>(module, "WriterConfigDescriptor").def(nb::init<>());
    using Movement = DataMovementConfigDescriptor;
    nb::class_<Movement>(module, "DataMovementConfigDescriptor")
        .def(nb::init<>())
        .def(
            "__init__",
            [](Movement* self, DataMovementProcessor processor, NOC noc, NOC_MODE mode) {
                new (self) Movement{processor, noc, mode};
            },
            "processor"_a = DataMovementProcessor::RISCV_0, "noc"_a = NOC::RISCV_0_default,
            "noc_mode"_a = NOC_MODE::DM_DEDICATED_NOC)
        .def_rw("processor", &Movement::processor)
        .def_rw("noc", &Movement::noc)
        .def_rw("noc_mode", &Movement::noc_mode);
    using Compute = ComputeConfigDescriptor;
    nb::class_<Compute>(module, "ComputeConfigDescriptor")
        .def(nb::init<>())
        .def(
            "__init__",
            [](Compute* self, MathFidelity fidelity, bool approx, bool fp32, bool full_sync, bool precise) {
                new (self) Compute{fidelity, fp32, full_sync, {}, precise, approx};
            },
            "math_fidelity"_a = MathFidelity::HiFi4, "math_approx_mode"_a = false, "fp32_dest_acc_en"_a = false,
            "dst_full_sync_en"_a = false, "bfp8_pack_precise"_a = false)
        .def_rw("math_fidelity", &Compute::math_fidelity)
        .def_rw("math_approx_mode", &Compute::math_approx_mode)
        .def_rw("fp32_dest_acc_en", &Compute::fp32_dest_acc_en)
        .def_rw("dst_full_sync_en", &Compute::dst_full_sync_en)
        .def_rw("bfp8_pack_precise", &Compute::bfp8_pack_precise)
        .def_rw("unpack_to_dest_mode", &Compute::unpack_to_dest_mode);
}

void init_kernel(
    KernelDescriptor* self, std::string source, KernelDescriptor::SourceType source_type, CoreRangeSet cores, Words args,
    KernelDescriptor::NamedCompileTimeArgs named_args, KernelDescriptor::Defines defines, nb::object runtime_args,
    Words common_args, std::optional<KernelBuildOptLevel> opt_level, KernelDescriptor::ConfigDescriptor config,
    std::vector<std::filesystem::path> include_paths) {
    auto words = core_words_from(runtime_args);
    new (self) KernelDescriptor{
        std::move(source),      source_type,        std::move(cores), std::move(args),        std::move(named_args),
        std::move(defines),     std::move(words),   std::move(common_args), opt_level,        config,
        std::move(include_paths)};
}

void extend_uniform(KernelDescriptor& self, const Words& values) {
    for (auto& [core, words] : self.runtime_args) words.insert(words.end(), values.begin(), values.end());
}

void append_from(KernelDescriptor& self, const KernelDescriptor& other) {
    for (const auto& [core, words] : other.runtime_args) {
        const auto mine = std::ranges::find(self.runtime_args, core, [](const auto& entry) { return entry.first; });
        if (mine == self.runtime_args.end()) continue;  // as in the real module: only cores that have arguments get more
        mine->second.insert(mine->second.end(), words.begin(), words.end());
    }
}

// List properties whose element is not a bound reference are copied on reading, as in the real module.
void bind_kernel(nb::module_& module) {
    nb::class_<KernelDescriptor> type(module, "KernelDescriptor");
    nb::enum_<KernelDescriptor::SourceType>(type, "SourceType")
        .value("FILE_PATH", KernelDescriptor::SourceType::FILE_PATH)
        .value("SOURCE_CODE", KernelDescriptor::SourceType::SOURCE_CODE);
    type.def(nb::init<>())
        .def(
            "__init__", &init_kernel, "kernel_source"_a, "source_type"_a = KernelDescriptor::SourceType::FILE_PATH,
            "core_ranges"_a, "compile_time_args"_a = Words(),
            "named_compile_time_args"_a = KernelDescriptor::NamedCompileTimeArgs(),
            "defines"_a = KernelDescriptor::Defines(), "runtime_args"_a = nb::list(), "common_runtime_args"_a = Words(),
            "opt_level"_a = nb::none(), "config"_a, "compiler_include_paths"_a = std::vector<std::filesystem::path>())
        .def_rw("kernel_source", &KernelDescriptor::kernel_source)
        .def_rw("source_type", &KernelDescriptor::source_type)
        .def_rw("core_ranges", &KernelDescriptor::core_ranges)
        .def_rw("compile_time_args", &KernelDescriptor::compile_time_args)
        .def_rw("named_compile_time_args", &KernelDescriptor::named_compile_time_args)
        .def_rw("defines", &KernelDescriptor::defines)
        .def_rw("common_runtime_args", &KernelDescriptor::common_runtime_args)
        .def_rw("config", &KernelDescriptor::config)
        .def_rw("compiler_include_paths", &KernelDescriptor::compiler_include_paths)
        .def_prop_rw(
            "runtime_args", [](KernelDescriptor& self) { return RuntimeArgsView{&self.runtime_args}; },
            [](KernelDescriptor& self, nb::object value) { self.runtime_args = core_words_from(value); },
            nb::for_getter(nb::keep_alive<0, 1>()))
        .def("clear_runtime_args", [](KernelDescriptor& self) { self.runtime_args.clear(); })
        .def("extend_runtime_args_uniform", &extend_uniform, "values"_a)
        .def("append_runtime_args_from", &append_from, "other"_a)
        .def(
            "append_common_runtime_args_from",
            [](KernelDescriptor& self, const KernelDescriptor& other) {
                std::ranges::copy(Words(other.common_runtime_args), std::back_inserter(self.common_runtime_args));
            },
            "other"_a);
}

}  // namespace

void bind_kernel_descriptor(nb::module_& module) {
    nb::bind_vector<Words, nb::rv_policy::reference_internal>(module, "VectorUInt32");
    nb::bind_vector<Modes, nb::rv_policy::reference_internal>(module, "VectorUnpackToDestMode");
    bind_runtime_args(module);
    bind_configs(module);
    bind_kernel(module);
    using Program = ProgramDescriptor;
    nb::class_<Program>(module, "ProgramDescriptor")
        .def(nb::init<>())
        .def(
            "__init__",
            [](Program* self, Program::KernelDescriptors kernels, Program::SemaphoreDescriptors semaphores,
               Program::CBDescriptors cbs) {
                new (self) Program{std::move(kernels), std::move(semaphores), std::move(cbs), std::nullopt};
            },
            "kernels"_a = Program::KernelDescriptors(), "semaphores"_a = Program::SemaphoreDescriptors(),
            "cbs"_a = Program::CBDescriptors())
        .def_rw("kernels", &Program::kernels)
        .def_rw("semaphores", &Program::semaphores)
        .def_rw("cbs", &Program::cbs)
        .def_rw("custom_program_hash", &Program::custom_program_hash);
}

}  // namespace op_emulator::bindings
