"""The structure that TIFF files and EXIF blocks share: tagged fields in directories."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

_BYTE, _ASCII, _SHORT, _LONG, _RATIONAL, _UNDEFINED = 1, 2, 3, 4, 5, 7
_HEADER = b"II*\0" + struct.pack("<I", 8)
_STRIP_OFFSETS, _STRIP_BYTE_COUNTS = 273, 279
_MAX_BYTES = 2**32 - 1


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a directory."""

    tag: int
    kind: int
    count: int
    """Number of values; of text and raw data, number of bytes."""
    data: bytes


def text(tag: int, value: str) -> Field:
    """Text that ends in NUL; UTF-8 as most programs have it, though old ones expect ASCII."""
    data = value.replace("\0", " ").encode(errors="backslashreplace") + b"\0"
    return Field(tag, _ASCII, len(data), data)


def octets(tag: int, value: bytes) -> Field:
    """Numbers of 8 bits."""
    return Field(tag, _BYTE, len(value), value)


def raw(tag: int, value: bytes) -> Field:
    """Bytes whose meaning the tag defines."""
    return Field(tag, _UNDEFINED, len(value), value)


def short(tag: int, *values: int) -> Field:
    """Numbers of 16 bits."""
    return Field(tag, _SHORT, len(values), struct.pack(f"<{len(values)}H", *values))


def long(tag: int, *values: int) -> Field:
    """Numbers of 32 bits."""
    return Field(tag, _LONG, len(values), struct.pack(f"<{len(values)}I", *values))


def rational(tag: int, *values: tuple[int, int]) -> Field:
    """Numerators and denominators of 32 bits each."""
    numbers = [number for value in values for number in value]
    return Field(tag, _RATIONAL, len(values), struct.pack(f"<{len(numbers)}I", *numbers))


def tiff_file(
    main: Sequence[Field],
    inner: Mapping[int, Sequence[Field]],
    strips: Sequence[bytes] = (),
) -> list[bytes]:
    """A whole TIFF structure, in pieces to be joined or written one after the other.

    Parameters
    ----------
    main
        Fields of the first directory, in any order.
    inner
        Directories that the first one points to, by the tag of the pointer.
    strips
        Coded rows of a picture; their places and sizes are added to the first directory.

    Raises
    ------
    ValueError
        All of it takes 4 GiB or more, which TIFF cannot hold.
    """
    sizes = [len(strip) for strip in strips]
    # a directory takes the same room whatever the numbers in it, so that it can be laid out first
    inner_at = len(_HEADER) + len(_directory(_with_places(main, inner, 0, sizes, 0), 0))
    blocks, at = _inner_directories(inner, inner_at)
    if at + sum(sizes) > _MAX_BYTES:
        raise ValueError("the picture takes more than the 4 GiB that TIFF can hold")
    fields = _with_places(main, inner, inner_at, sizes, at)
    return [_HEADER, _directory(fields, len(_HEADER)), *blocks, *strips]


def _inner_directories(inner: Mapping[int, Sequence[Field]], at: int) -> tuple[list[bytes], int]:
    blocks = []
    for fields in inner.values():
        blocks.append(_directory(fields, at))
        at += len(blocks[-1])
    return blocks, at


def _with_places(
    main: Sequence[Field],
    inner: Mapping[int, Sequence[Field]],
    inner_at: int,
    sizes: Sequence[int],
    strips_at: int,
) -> list[Field]:
    """`main` and the fields that say where inner directories and strips lie."""
    fields = list(main)
    for tag, inner_fields in inner.items():
        fields.append(long(tag, inner_at))
        inner_at += len(_directory(inner_fields, 0))
    if sizes:
        offsets = list(accumulate(sizes[:-1], initial=strips_at))
        fields += [long(_STRIP_OFFSETS, *offsets), long(_STRIP_BYTE_COUNTS, *sizes)]
    return fields


def _directory(fields: Sequence[Field], at: int) -> bytes:
    """A directory that begins at byte `at`, with its longer values behind it."""
    values_at = at + 2 + 12 * len(fields) + 4
    entries, values = bytearray(), bytearray()
    for field in sorted(fields, key=lambda field: field.tag):
        data = field.data
        if len(data) > 4:
            data = struct.pack("<I", values_at + len(values))
            values += field.data + b"\0" * (len(field.data) % 2)
        entries += struct.pack("<HHI", field.tag, field.kind, field.count) + data.ljust(4, b"\0")
    return struct.pack("<H", len(fields)) + entries + struct.pack("<I", 0) + values
