"""The sRGB profile that stills carry, made here so that its bytes never change."""

from __future__ import annotations

import struct
from functools import cache

_NAME = b"sRGB IEC61966-2.1\0"
_COPYRIGHT = b"No copyright, use freely\0"
_ENTRIES = 1024
_FIXED = 65536
_D50 = (0xF6D6, 0x10000, 0xD32D)
# primaries of IEC 61966-2-1, adapted from D65 to D50 by Bradford's matrix; together they are white
_RED = (28576, 14581, 912)
_GREEN = (25239, 46983, 6361)
_BLUE = (9375, 3972, 46788)


@cache
def srgb_profile() -> bytes:
    """An ICC profile of version 2, which every program reads, for sRGB; about 2.5 kB."""
    curve = _curve()
    tags = {
        b"desc": _description(),
        b"cprt": b"text\0\0\0\0" + _COPYRIGHT,
        b"wtpt": _point(_D50),
        b"rXYZ": _point(_RED),
        b"gXYZ": _point(_GREEN),
        b"bXYZ": _point(_BLUE),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    table, data = _lay_out(tags)
    return _header(128 + len(table) + len(data)) + table + data


def _lay_out(tags: dict[bytes, bytes]) -> tuple[bytes, bytes]:
    """The table of tags and their data; equal data is stored once."""
    data_at = 128 + 4 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    places: dict[bytes, int] = {}
    for signature, value in tags.items():
        if value not in places:
            places[value] = data_at + len(data)
            data += value + b"\0" * (-len(value) % 4)
        table += signature + struct.pack(">II", places[value], len(value))
    return table, data


def _header(size: int) -> bytes:
    kinds = b"mntrRGB XYZ "
    made = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
    head = struct.pack(">I4xI", size, 0x02100000) + kinds + made + b"acsp"
    return (head.ljust(68, b"\0") + struct.pack(">3I", *_D50)).ljust(128, b"\0")


def _description() -> bytes:
    # the names for Unicode and for old Macintosh computers stay empty
    return b"desc\0\0\0\0" + struct.pack(">I", len(_NAME)) + _NAME + b"\0" * (8 + 3 + 67)


def _point(xyz: tuple[int, int, int]) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3I", *xyz)


def _curve() -> bytes:
    """Light for each level, both 0 to 65535."""
    levels = (entry / (_ENTRIES - 1) for entry in range(_ENTRIES))
    light = [round((_FIXED - 1) * _linear(level)) for level in levels]
    return b"curv\0\0\0\0" + struct.pack(f">I{_ENTRIES}H", _ENTRIES, *light)


def _linear(level: float) -> float:
    return level / 12.92 if level <= 0.04045 else float(((level + 0.055) / 1.055) ** 2.4)
