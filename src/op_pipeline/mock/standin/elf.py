"""The executable that stands for a linked kernel: valid for the library's loader, and a trap where one would run it.

What the loader asks for (seen with ttnn 0.81.1): a 32-bit RISC-V EXEC file, one loadable segment of text and one of
data whose load address follows the text, a section `.segments` with two triples (address, load address, limit), a
symbol table and at least one section of relocations.
"""

from __future__ import annotations

import struct
from pathlib import Path

TRAP = struct.pack("<II", 0x00100073, 0x0000006F)  # ebreak; j .
_HEADER, _SEGMENT, _SECTION, _SYMBOL = 52, 32, 40, 16
_PROGBITS, _SYMTAB, _STRTAB, _RELA = 1, 2, 3, 4


def symbols(file: Path) -> dict[str, int]:
    """Values of the named symbols of a 32-bit little-endian ELF file. ValueError for another kind of file."""
    data = file.read_bytes()
    if data[:6] != b"\x7fELF\x01\x01":
        raise ValueError(f"{file} is not a 32-bit little-endian ELF file")
    offset, size, count = (*struct.unpack_from("<I", data, 32), *struct.unpack_from("<HH", data, 46))
    sections = [struct.unpack_from("<10I", data, offset + size * number) for number in range(count)]
    found: dict[str, int] = {}
    for section in sections:
        if section[1] != _SYMTAB:
            continue
        strings = sections[section[6]][4]
        for place in range(section[4], section[4] + section[5], _SYMBOL):
            name, value = struct.unpack_from("<II", data, place)
            if name:
                found[data[strings + name : data.index(b"\0", strings + name)].decode("ascii", "replace")] = value
    return found


def too_much_data(file: Path) -> str:
    """Why the data segment of a linked kernel does not fit; empty when it does.

    The linker script leaves the room there is in section `.segments`; the library looks at it when it loads.
    """
    data = file.read_bytes()
    segments, size, count = (*struct.unpack_from("<I", data, 28), *struct.unpack_from("<HH", data, 42))
    loads = [struct.unpack_from("<8I", data, segments + size * number) for number in range(count)]
    rooms = _section(data, b".segments")
    for address, _, limit in struct.iter_unpack("<3I", rooms[12:24]):
        used = sum(load[5] for load in loads if load[0] == 1 and load[2] == address)
        if used > limit:
            return f"{used} bytes of data, {limit} is the room for them"
    return ""


def _section(data: bytes, name: bytes) -> bytes:
    """The named section's bytes; empty without one."""
    offset, size, count, names = (*struct.unpack_from("<I", data, 32), *struct.unpack_from("<HHH", data, 46))
    rows = [struct.unpack_from("<10I", data, offset + size * number) for number in range(count)]
    for row in rows:
        start = rows[names][4] + row[0]
        if data[start : start + len(name) + 1] == name + b"\0":
            return data[row[4] : row[4] + row[5]]
    return b""


def trap_executable(text: int, data: int, text_limit: int = 0x10000, data_limit: int = 0x400) -> bytes:
    """An executable whose text at address `text` traps, with four bytes of data at address `data`."""
    names = b"\0.text\0.data\0.segments\0.rela.text\0.symtab\0.strtab\0.shstrtab\0"
    symbol_names = b"\0_start\0__kernel_init\0"
    values = bytes(4)
    segments = struct.pack("<6I", text, text, text_limit, data, data, data_limit)
    table = bytes(_SYMBOL) + b"".join(
        struct.pack("<IIIBBH", symbol_names.index(name), text, 0, 0x12, 0, 1) for name in (b"_start", b"__kernel_init")
    )
    relocation = struct.pack("<IIi", text, 0, 0)  # R_RISCV_NONE
    bodies = [TRAP, values, segments, relocation, table, symbol_names, names]
    places, place = [], _HEADER + 2 * _SEGMENT
    for body in bodies:
        place = -(-place // 16) * 16
        places.append(place)
        place += len(body)
    rows = [
        (".text", _PROGBITS, 6, text, 0, 0, 0),
        (".data", _PROGBITS, 3, data, 0, 0, 0),
        (".segments", _PROGBITS, 0, 0, 0, 0, 0),
        (".rela.text", _RELA, 0, 0, 5, 1, 12),
        (".symtab", _SYMTAB, 0, 0, 6, 1, _SYMBOL),
        (".strtab", _STRTAB, 0, 0, 0, 0, 0),
        (".shstrtab", _STRTAB, 0, 0, 0, 0, 0),
    ]
    headers = bytes(_SECTION) + b"".join(
        struct.pack(
            "<10I", names.index(name.encode() + b"\0"), kind, flags, address, offset, len(body), link, info, 4, entry
        )
        for (name, kind, flags, address, link, info, entry), offset, body in zip(rows, places, bodies, strict=True)
    )
    header = struct.pack(
        "<4s5B7xHHIIIIIHHHHHH",
        b"\x7fELF", 1, 1, 1, 0, 0, 2, 243, 1, text, _HEADER, place, 0, _HEADER, _SEGMENT, 2, _SECTION, len(rows) + 1, 7,
    )  # fmt: skip
    loads = struct.pack("<8I", 1, places[0], text, text, len(TRAP), len(TRAP), 5, 4)
    loads += struct.pack("<8I", 1, places[1], data, text + len(TRAP), len(values), len(values), 6, 4)
    image = bytearray(place)
    image[: len(header)] = header
    image[_HEADER : _HEADER + len(loads)] = loads
    for offset, body in zip(places, bodies, strict=True):
        image[offset : offset + len(body)] = body
    return bytes(image) + headers
