"""A described program → the real library's descriptors. Runs in that library's environment, without other packages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

# Numbers of tt::DataFormat, by which programs name formats, and the data types that Python gives for them.
_FORMATS: dict[int, Callable[[Any], Any]] = {
    number: attrgetter(name)
    for number, name in {
        0: "float32", 5: "bfloat16", 6: "bfloat8_b", 7: "bfloat4_b", 8: "int32", 9: "uint16", 24: "uint32", 30: "uint8"
    }.items()
}  # fmt: skip


def program(ttnn: Any, image: Mapping[str, Any]) -> Any:
    """A ProgramDescriptor out of a lowered program as plain data; raises what the library raises."""
    return _Rebuilding(ttnn).program(image)


class _Rebuilding:
    def __init__(self, ttnn: Any) -> None:
        self.ttnn = ttnn

    def program(self, image: Mapping[str, Any]) -> Any:
        """The ProgramDescriptor of a lowered program."""
        ttnn = self.ttnn
        return ttnn.ProgramDescriptor(
            kernels=[self._kernel(item) for item in image["kernels"]],
            semaphores=[
                ttnn.SemaphoreDescriptor(
                    id=item["id"], core_ranges=self._cores(item["cores"]), initial_value=item["initial_value"]
                )
                for item in image["semaphores"]
            ],
            cbs=[self._buffer(item) for item in image["circular_buffers"]],
        )

    def _kernel(self, item: Mapping[str, Any]) -> Any:
        ttnn = self.ttnn
        arguments = ttnn.RuntimeArgs()
        for entry in item["runtime_args"]:
            x, y = entry["core"]
            arguments[x][y] = entry["values"]
        kind = ttnn.KernelDescriptor.SourceType
        return ttnn.KernelDescriptor(
            kernel_source=item["source"],
            source_type=kind.SOURCE_CODE if item["is_source_text"] else kind.FILE_PATH,
            core_ranges=self._cores(item["cores"]),
            compile_time_args=item["compile_time_args"],
            named_compile_time_args=[tuple(pair) for pair in item["named_compile_time_args"]],
            defines=[tuple(pair) for pair in item["defines"]],
            runtime_args=arguments,
            common_runtime_args=item["common_runtime_args"],
            config=self._config(item),
        )

    def _config(self, item: Mapping[str, Any]) -> Any:
        ttnn = self.ttnn
        if item["risc"] != "TRISC":
            processors = ttnn.DataMovementProcessor
            processor = processors.RISCV_0 if item["risc"] == "BRISC" else processors.RISCV_1
            noc = ttnn.NOC.NOC_1 if item["noc"] else ttnn.NOC.NOC_0
            return ttnn.DataMovementConfigDescriptor(processor=processor, noc=noc)
        asked = item["compute"]
        fidelity = {0: "LoFi", 2: "HiFi2", 3: "HiFi3", 4: "HiFi4"}[asked["math_fidelity"]]
        config = ttnn.ComputeConfigDescriptor(
            math_fidelity=getattr(ttnn.MathFidelity, fidelity),
            math_approx_mode=asked["math_approx_mode"],
            fp32_dest_acc_en=asked["fp32_dest_acc_en"],
            dst_full_sync_en=asked["dst_full_sync_en"],
        )
        if any(asked["unpack_to_dest_fp32"]):
            modes = ttnn.UnpackToDestMode
            config.unpack_to_dest_mode = [
                modes.UnpackToDestFp32 if wide else modes.Default for wide in asked["unpack_to_dest_fp32"]
            ]
        return config

    def _buffer(self, item: Mapping[str, Any]) -> Any:
        ttnn = self.ttnn
        entry = ttnn.CBFormatDescriptor(
            buffer_index=item["index"],
            data_format=_FORMATS[item["format"]](ttnn),
            page_size=item["page_size"],
            tile=ttnn.TileDescriptor(item["tile_height"], item["tile_width"]),
        )
        return ttnn.CBDescriptor(
            total_size=item["total_size"], core_ranges=self._cores(item["cores"]), format_descriptors=[entry]
        )

    def _cores(self, cores: list[list[int]]) -> Any:
        ttnn = self.ttnn
        points = [ttnn.CoreCoord(x, y) for x, y in cores]
        return ttnn.CoreRangeSet([ttnn.CoreRange(point, point) for point in points])
