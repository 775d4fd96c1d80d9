"""Stills as PNG; Pillow has none of 16 bits per channel in colour."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from framepick.types import DeepPixels, Pixels

_XMP_KEYWORD = b"XML:com.adobe.xmp"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_RGB = 2
_BLOCK_ROWS = 64
_LEVEL = 6

Bytes = NDArray[np.uint8]


def write_png(pixels: Pixels | DeepPixels, path: Path, icc: bytes, exif: bytes, xmp: bytes) -> None:
    """Write (H, W, 3) RGB, 8 or 16 bits per channel, without loss.

    Parameters
    ----------
    icc, exif, xmp
        Profile, EXIF block without its mark, and packet, as they are embedded.
    """
    height, width, _ = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, pixels.itemsize * 8, _RGB, 0, 0, 0)
    with path.open("wb") as file:
        file.write(_SIGNATURE)
        file.write(_chunk(b"IHDR", header))
        file.write(_chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(icc)))
        file.write(_chunk(b"eXIf", exif))
        file.write(_chunk(b"iTXt", _XMP_KEYWORD + b"\0\0\0\0\0" + xmp))
        for part in _deflated(pixels):
            file.write(_chunk(b"IDAT", part))
        file.write(_chunk(b"IEND", b""))


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(data, zlib.crc32(kind))
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def _deflated(pixels: Pixels | DeepPixels) -> Iterator[bytes]:
    coder = zlib.compressobj(_LEVEL, strategy=zlib.Z_FILTERED)
    pixel_bytes = 3 * pixels.itemsize
    above = np.zeros((1, pixels.shape[1] * pixel_bytes), np.uint8)
    for top in range(0, len(pixels), _BLOCK_ROWS):
        block = np.ascontiguousarray(pixels[top : top + _BLOCK_ROWS])
        block = block.astype(block.dtype.newbyteorder(">"), copy=False)
        rows = block.view(np.uint8).reshape(len(block), -1)  # (R, B)
        yield from filter(None, [coder.compress(_filtered(rows, above, pixel_bytes))])
        above = rows[-1:]
    yield coder.flush()


def _filtered(rows: Bytes, above: Bytes, pixel_bytes: int) -> bytes:
    """Rows (R, B) behind `above` (1, B), each with the filter that leaves the least of it."""
    up = np.concatenate([above, rows[:-1]])
    left, up_left = _shifted(rows, pixel_bytes), _shifted(up, pixel_bytes)
    choices = {1: rows - left, 2: rows - up, 4: rows - _paeth(left, up, up_left)}
    residues = np.stack(list(choices.values()))  # (3, R, B)
    costs = np.minimum(residues, -residues).sum(axis=2, dtype=np.int64)
    best = costs.argmin(axis=0)
    kinds = np.array(list(choices), np.uint8)[best]
    return np.column_stack([kinds, residues[best, np.arange(len(rows))]]).tobytes()


def _shifted(rows: Bytes, pixel_bytes: int) -> Bytes:
    """The byte of the pixel on the left for every byte."""
    shifted = np.zeros_like(rows)
    shifted[:, pixel_bytes:] = rows[:, :-pixel_bytes]
    return shifted


def _paeth(left: Bytes, up: Bytes, up_left: Bytes) -> Bytes:
    """Of the three neighbours the one nearest to left + up - up_left."""
    by_left = up.astype(np.int16) - up_left
    by_up = left.astype(np.int16) - up_left
    to_left, to_up, to_both = np.abs(by_left), np.abs(by_up), np.abs(by_left + by_up)
    rest = np.where(to_up <= to_both, up, up_left)
    return np.where((to_left <= to_up) & (to_left <= to_both), left, rest)
