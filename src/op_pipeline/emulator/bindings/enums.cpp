#include <string>

#include <tt-metalium/base_types.hpp>
#include <tt-metalium/buffer_types.hpp>
#include <tt-metalium/circular_buffer_constants.h>
#include <tt-metalium/kernel_types.hpp>
#include <tt-metalium/tt_backend_api_types.hpp>

#include "bindings.hpp"
#include "ttnn/tensor/types.hpp"

namespace op_emulator::bindings {

using namespace tt::tt_metal;

namespace {

void bind_tensor_enums(nb::module_& module) {
    nb::enum_<DataType>(module, "DataType", nb::is_arithmetic())
        .value("BFLOAT16", DataType::BFLOAT16)
        .value("FLOAT32", DataType::FLOAT32)
        .value("UINT32", DataType::UINT32)
        .value("BFLOAT8_B", DataType::BFLOAT8_B)
        .value("BFLOAT4_B", DataType::BFLOAT4_B)
        .value("UINT8", DataType::UINT8)
        .value("UINT16", DataType::UINT16)
        .value("INT32", DataType::INT32)
        .value("FP8_E4M3", DataType::FP8_E4M3)
        .value("INT8", DataType::INT8)
        .value("INVALID", DataType::INVALID);
    nb::enum_<Layout>(module, "Layout")
        .value("ROW_MAJOR", Layout::ROW_MAJOR)
        .value("TILE", Layout::TILE)
        .value("INVALID", Layout::INVALID);
    nb::enum_<StorageType>(module, "StorageType")
        .value("HOST", StorageType::HOST)
        .value("DEVICE", StorageType::DEVICE);
    nb::enum_<BufferType>(module, "BufferType")
        .value("DRAM", BufferType::DRAM)
        .value("L1", BufferType::L1)
        .value("L1_SMALL", BufferType::L1_SMALL)
        .value("TRACE", BufferType::TRACE);
    nb::enum_<TensorMemoryLayout>(module, "TensorMemoryLayout")
        .value("INTERLEAVED", TensorMemoryLayout::INTERLEAVED)
        .value("HEIGHT_SHARDED", TensorMemoryLayout::HEIGHT_SHARDED)
        .value("WIDTH_SHARDED", TensorMemoryLayout::WIDTH_SHARDED)
        .value("BLOCK_SHARDED", TensorMemoryLayout::BLOCK_SHARDED)
        .value("ND_SHARDED", TensorMemoryLayout::ND_SHARDED);
    nb::enum_<ShardOrientation>(module, "ShardOrientation")
        .value("ROW_MAJOR", ShardOrientation::ROW_MAJOR)
        .value("COL_MAJOR", ShardOrientation::COL_MAJOR);
    nb::enum_<ShardDistributionStrategy>(module, "ShardDistributionStrategy")
        .value("ROUND_ROBIN_1D", ShardDistributionStrategy::ROUND_ROBIN_1D)
        .value("GRID_2D", ShardDistributionStrategy::GRID_2D)
        .value("CONTIGUOUS_1D", ShardDistributionStrategy::CONTIGUOUS_1D);
}

void bind_kernel_enums(nb::module_& module) {
    nb::enum_<MathFidelity>(module, "MathFidelity")
        .value("LoFi", MathFidelity::LoFi)
        .value("HiFi2", MathFidelity::HiFi2)
        .value("HiFi3", MathFidelity::HiFi3)
        .value("HiFi4", MathFidelity::HiFi4)
        .value("Invalid", MathFidelity::Invalid);
    nb::enum_<UnpackToDestMode>(module, "UnpackToDestMode")
        .value("UnpackToDestFp32", UnpackToDestMode::UnpackToDestFp32)
        .value("Default", UnpackToDestMode::Default);
    nb::enum_<DataMovementProcessor> processors(module, "DataMovementProcessor");
    for (int i = 0; i < 8; ++i) {
        processors.value(("RISCV_" + std::to_string(i)).c_str(), static_cast<DataMovementProcessor>(i));
    }
    nb::enum_<NOC>(module, "NOC")
        .value("RISCV_0_default", NOC::RISCV_0_default)
        .value("RISCV_1_default", NOC::RISCV_1_default)
        .value("NOC_0", NOC::NOC_0)
        .value("NOC_1", NOC::NOC_1);
    nb::enum_<NOC_MODE>(module, "NOC_MODE")
        .value("DM_DEDICATED_NOC", NOC_MODE::DM_DEDICATED_NOC)
        .value("DM_DYNAMIC_NOC", NOC_MODE::DM_DYNAMIC_NOC);
    nb::enum_<KernelBuildOptLevel>(module, "KernelBuildOptLevel")
        .value("O0", KernelBuildOptLevel::O0)
        .value("O1", KernelBuildOptLevel::O1)
        .value("O2", KernelBuildOptLevel::O2)
        .value("O3", KernelBuildOptLevel::O3)
        .value("Os", KernelBuildOptLevel::Os)
        .value("Ofast", KernelBuildOptLevel::Ofast)
        .value("Oz", KernelBuildOptLevel::Oz);
}

}  // namespace

void bind_enums(nb::module_& module) {
    bind_tensor_enums(module);
    bind_kernel_enums(module);
    nb::enum_<tt::ARCH>(module, "Arch").value("WORMHOLE_B0", tt::ARCH::WORMHOLE_B0).value("BLACKHOLE", tt::ARCH::BLACKHOLE);
    nb::enum_<tt::CoreType> core_types(module, "CoreType");
    int number = 0;
    for (const char* name : {"ARC", "DRAM", "ACTIVE_ETH", "IDLE_ETH", "PCIE", "TENSIX", "ROUTER_ONLY", "SECURITY", "L2CPU",
                             "DISPATCH", "HARVESTED", "ETH", "WORKER", "COUNT", "UNSPECIFIED"}) {
        core_types.value(name, static_cast<tt::CoreType>(number++));
    }
    nb::enum_<tt::CBIndex> indices(module, "CBIndex", nb::is_arithmetic());
    for (unsigned i = 0; i < NUM_CIRCULAR_BUFFERS; ++i) {
        indices.value(("c_" + std::to_string(i)).c_str(), static_cast<tt::CBIndex>(i));
    }
}

}  // namespace op_emulator::bindings
