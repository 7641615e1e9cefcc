"""The emulator's `ttnn`: the names of ttnn 0.81.1 that operations, generic_op programs and their tests use.

C++ does the work (tensors, descriptors, launch); this package adds what is Python in the real module too: conversion
from and to arrays, creation functions, devices. Imported as `ttnn` through `op_pipeline.emulator.activate()`.
"""

# ruff: noqa: F401 - this module is a list of names
from __future__ import annotations

from op_pipeline.emulator._ttnn import (
    NOC,
    NOC_MODE,
    Arch,
    BufferType,
    CBDescriptor,
    CBFormatDescriptor,
    ComputeConfigDescriptor,
    CoreCoord,
    CoreGrid,
    CoreRange,
    CoreRangeSet,
    CoreType,
    DataMovementConfigDescriptor,
    DataMovementProcessor,
    DataType,
    FaceGeometry,
    KernelDescriptor,
    Layout,
    MathFidelity,
    MemoryConfig,
    MeshCoordinate,
    MeshCoordinateRange,
    MeshDevice,
    MeshProgramDescriptor,
    MeshShape,
    NdShardSpec,
    ProgramDescriptor,
    ReaderConfigDescriptor,
    RuntimeArgs,
    RuntimeArgsColProxy,
    SemaphoreDescriptor,
    Shape,
    ShardDistributionStrategy,
    ShardOrientation,
    ShardShapeAlignment,
    ShardSpec,
    StorageType,
    Tensor,
    TensorAccessorArgs,
    TensorMemoryLayout,
    TensorSpec,
    Tile,
    TileDescriptor,
    UnpackToDestMode,
    WormholeComputeKernelConfig,
    WriterConfigDescriptor,
    cb_descriptor_from_sharded_tensor,
    compute_program_descriptor_hash,
    corerange_to_cores,
    grid_to_cores,
    merge_program_descriptors,
    num_cores_to_corerangeset,
    num_cores_to_corerangeset_in_subcoregrids,
    split_work_to_cores,
    tile_size,
)
from op_pipeline.emulator.ttnn import reshaping, traps
from op_pipeline.emulator.ttnn.core import deallocate, from_device, is_tensor_storage_on_device, to_device, to_layout
from op_pipeline.emulator.ttnn.creation import (
    allocate_tensor_on_device,
    empty,
    empty_like,
    from_torch,
    full,
    full_like,
    ones,
    ones_like,
    to_torch,
    zeros,
    zeros_like,
)
from op_pipeline.emulator.ttnn.device import close_device, manage_device, open_device, synchronize_device
from op_pipeline.emulator.ttnn.generic import generic_op
from op_pipeline.emulator.ttnn.sharding import (
    ShardStrategy,
    create_sharded_memory_config,
    interleaved_to_sharded,
    sharded_to_interleaved,
    to_memory_config,
)
from op_pipeline.emulator.ttnn.types import (
    DRAM_MEMORY_CONFIG,
    L1_BLOCK_SHARDED_MEMORY_CONFIG,
    L1_HEIGHT_SHARDED_MEMORY_CONFIG,
    L1_MEMORY_CONFIG,
    L1_WIDTH_SHARDED_MEMORY_CONFIG,
    ROW_MAJOR_LAYOUT,
    TILE_LAYOUT,
    TILE_SIZE,
    DeviceComputeKernelConfig,
    bfloat4_b,
    bfloat8_b,
    bfloat16,
    float32,
    init_device_compute_kernel_config,
    int8,
    int32,
    uint8,
    uint16,
    uint32,
)

traps.set_warnings()
del annotations  # a name that the real module does not have

__version__ = "0.81.1"  # the release whose names and behaviour are shown

Device = MeshDevice
