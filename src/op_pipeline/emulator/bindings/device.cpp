#include <map>

#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/vector.h>

#include <tt-metalium/mesh_device.hpp>

#include "bindings.hpp"
#include "mesh.hpp"
#include "ttnn/operations/core/compute_kernel/compute_kernel_config.hpp"

namespace op_emulator::bindings {

using namespace tt::tt_metal;
using namespace nb::literals;
using distributed::MeshDevice;

namespace {

void bind_compute_config(nb::module_& module) {
    using Config = ttnn::WormholeComputeKernelConfig;
    nb::class_<Config>(module, "WormholeComputeKernelConfig")
        .def(
            "__init__",
            [](Config* self, MathFidelity fidelity, bool approx, bool fp32, bool l1_acc, bool full_sync) {
                new (self) Config{fidelity, approx, fp32, l1_acc, full_sync};
            },
            nb::kw_only(), "math_fidelity"_a = MathFidelity::Invalid, "math_approx_mode"_a = true,
            "fp32_dest_acc_en"_a = false, "packer_l1_acc"_a = false, "dst_full_sync_en"_a = false)
        .def_rw("math_fidelity", &Config::math_fidelity)
        .def_rw("math_approx_mode", &Config::math_approx_mode)
        .def_rw("fp32_dest_acc_en", &Config::fp32_dest_acc_en)
        .def_rw("packer_l1_acc", &Config::packer_l1_acc)
        .def_rw("dst_full_sync_en", &Config::dst_full_sync_en);
}

}  // namespace

void bind_device(nb::module_& module) {
    bind_compute_config(module);
    nb::class_<MeshDevice>(module, "MeshDevice")
        .def("id", &MeshDevice::id)
        .def("arch", &MeshDevice::arch)
        .def("get_num_devices", &MeshDevice::num_devices)
        .def("get_device_ids", [](const MeshDevice& device) { return std::vector<int>{device.id()}; })
        .def("compute_with_storage_grid_size", &MeshDevice::compute_with_storage_grid_size)
        .def("dram_grid_size", &MeshDevice::dram_grid_size)
        .def("worker_core_from_logical_core", &MeshDevice::worker_core_from_logical_core, "logical_core"_a)
        .def("logical_core_from_worker_core", &MeshDevice::logical_core_from_worker_core, "virtual_core"_a)
        .def_prop_ro("shape", [](const MeshDevice&) { return MeshShape{{1, 1}}; })
        // Programs are rebuilt for each launch, so there is no cache to switch or to count.
        .def("enable_program_cache", [](MeshDevice&) {})
        .def("clear_program_cache", [](MeshDevice&) {})
        .def("disable_and_clear_program_cache", [](MeshDevice&) {})
        .def("num_program_cache_entries", [](const MeshDevice&) { return 0; })
        .def("_close", &MeshDevice::close);
    module.def(
        "_open_device",
        [](int device_id, std::uint32_t grid_x, std::uint32_t grid_y) {
            return std::make_shared<MeshDevice>(device_id, grid_x, grid_y);
        },
        "device_id"_a, "grid_x"_a, "grid_y"_a);
}

}  // namespace op_emulator::bindings
