"""Cluster descriptions of boards that are not there: what the library's device layer reads in mock mode.

Fields as tt-umd's cluster descriptor reads them (ttnn 0.81.1). The high bits of a board's number name its kind; rows
fused off are a bit mask over the rows of the chip. Boards differ in that mask, so a real one may have another row.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Board:
    """One board.

    `kind`: the product number in bits 36-55 of its board number. `harvested`: mask of rows (Wormhole) or columns
    (Blackhole) of worker cores, one per chip. `links`: ethernet channels (chip 0, chip 1).
    """

    name: str
    arch: str
    kind: int
    harvested: tuple[int, ...]
    links: tuple[tuple[int, int], ...] = ()
    more: str = ""  # further masks of a Blackhole chip

    @property
    def description(self) -> str:
        """The cluster description, YAML."""
        chips = range(len(self.harvested))
        places = ", ".join(f"{chip}: [{chip}, 0, 0, 0]" for chip in chips)
        masks = (f"{{noc_translation: true, harvest_mask: {mask}{self.more}}}" for mask in self.harvested)
        numbers = ", ".join(map(str, chips))
        links = ", ".join(f"[{{chip: 0, chan: {one}}}, {{chip: 1, chan: {two}}}]" for one, two in self.links)
        return "\n".join(
            (
                f"arch: {{{', '.join(f'{chip}: {self.arch}' for chip in chips)}}}",
                f"chips: {{{places if self.arch == 'wormhole_b0' else ''}}}",
                f"ethernet_connections: [{links}]",
                "chips_with_mmio: [0: 0]",
                f"harvesting: {{{', '.join(f'{chip}: {mask}' for chip, mask in enumerate(masks))}}}",
                f"boards: [[{{board_id: {self.kind << 36 | 1}}}, {{board_type: {self.name}}}, {{chips: [{numbers}]}}]]",
                "",
            )
        )


_BLACKHOLE = ", dram_harvesting_mask: {}, eth_harvesting_mask: {}, pcie_harvesting_mask: 2, l2cpu_harvesting_mask: 0"

BOARDS = {
    board.name: board
    for board in (
        Board("n150", "wormhole_b0", 0x18, (0x001,)),
        Board("n300", "wormhole_b0", 0x14, (0x003, 0x003), ((8, 0), (9, 1))),
        Board("p100", "blackhole", 0x43, (0x0C0,), more=_BLACKHOLE.format(8, 0x3FFF)),
        Board("p150", "blackhole", 0x41, (0x000,), more=_BLACKHOLE.format(0, 0x120)),
    )
}
"""By name: two Wormhole boards (8x8 worker cores) and two Blackhole ones."""
