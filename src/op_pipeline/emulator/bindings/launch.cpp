#include "op_emulator/launch.hpp"

#include <algorithm>

#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <tt_stl/assert.hpp>

#include "bindings.hpp"
#include "fault.hpp"
#include "mesh.hpp"
#include "op_emulator/dispatch.hpp"
#include "records.hpp"

namespace op_emulator::bindings {

using namespace tt::tt_metal;
using namespace nb::literals;

namespace {

Tensor generic_op(const std::vector<Tensor>& io_tensors, const ProgramDescriptor& program_descriptor) {
    LaunchScope scope("generic_op");
    try {
        scope.enter("validate");
        TT_FATAL(!io_tensors.empty(), "io_tensors must not be empty");
        TT_FATAL(io_tensors.size() >= 2, "io_tensors must hold at least one input and one output, got {}", io_tensors.size());
        for (const Tensor& tensor : io_tensors) {
            TT_FATAL(tensor.storage_type() == StorageType::DEVICE, "Tensor must be on a device");
            TT_FATAL(tensor.is_allocated(), "Tensor must be allocated");
        }
        TT_FATAL(!program_descriptor.kernels.empty(), "the program has no kernels: nothing would run on any core");
        scope.enter("output_specs");
        scope.output_specs(io_tensors.back().tensor_spec());
        scope.enter("output_tensors");
        scope.enter("program_factory");
        scope.factory("generic_op");
        scope.enter("descriptor");
        scope.dispatch(program_descriptor, io_tensors.back());
        return io_tensors.back();
    } catch (const std::exception& error) {
        scope.failed(error.what());
        throw;
    }
}

// One device: the program of the range that holds coordinate (0, 0).
Tensor mesh_generic_op(const std::vector<Tensor>& io_tensors, const MeshProgramDescriptor& mesh) {
    TT_FATAL(!mesh.programs.empty(), "the MeshProgramDescriptor has no programs");
    for (const auto& [range, program] : mesh.programs) {
        const auto first = [](std::uint32_t value) { return value == 0; };
        if (std::ranges::all_of(range.start.values, first)) return generic_op(io_tensors, program);
    }
    TT_THROW("no program of the MeshProgramDescriptor is for the device at (0, 0)");
}

// The callable is kept for the life of the process: it must not be released after the interpreter is gone.
void register_kernel_compiler(nb::object callable) {
    PyObject* compiler = callable.release().ptr();
    set_kernel_compiler([compiler](const std::vector<KernelRequest>& requests) {
        nb::list dictionaries;
        for (const KernelRequest& request : requests) dictionaries.append(request_record(request));
        return nb::cast<std::vector<std::string>>(nb::borrow(compiler)(dictionaries));
    });
}

void translate_fault(const std::exception_ptr& pointer, void*) {
    try {
        std::rethrow_exception(pointer);
    } catch (const ProgramFault& fault) {
        nb::list records;
        for (const FaultRecord& record : fault.records) records.append(fault_record(record));
        const nb::object type = nb::module_::import_("op_pipeline.emulator.faults").attr("EmulatorFault");
        PyErr_SetObject(type.ptr(), type(records).ptr());
    }
}

nb::list stop() {
    nb::list launches;
    for (const LaunchRecord& launch : stop_recording()) launches.append(launch_record(launch));
    return launches;
}

}  // namespace

void bind_launch(nb::module_& module) {
    nb::register_exception_translator(&translate_fault);
    module.def("generic_op", &mesh_generic_op, "io_tensors"_a, "mesh_program_descriptor"_a);
    module.def("generic_op", &generic_op, "io_tensors"_a, "program_descriptor"_a);
    module.def("_set_kernel_compiler", &register_kernel_compiler, "compiler"_a);
    module.def("_start_recording", &start_recording, "dispatch"_a);
    module.def("_stop_recording", &stop);
    module.def("_measure_without_checks", &measure_without_checks, "without"_a);
    module.def("_last_run", [] { return report_record(last_report()); });
}

}  // namespace op_emulator::bindings
