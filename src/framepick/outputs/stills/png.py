"""Stills as PNG: OpenCV compresses the pixels, the chunks that describe them are added here."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

from framepick.types import DeepPixels, Pixels

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PICTURE = {b"IHDR", b"IDAT", b"IEND"}
_XMP_KEYWORD = b"XML:com.adobe.xmp"


def write_png(pixels: Pixels | DeepPixels, path: Path, icc: bytes, exif: bytes, xmp: bytes) -> None:
    """Write (H, W, 3) RGB, 8 or 16 bits per channel, without loss.

    Parameters
    ----------
    icc
        The ICC profile of the pixels.
    exif
        The EXIF block, from its TIFF header on.
    xmp
        The XMP packet.

    Raises
    ------
    OSError
        The file cannot be written.
    """
    header, *data = _chunks(_compressed(pixels))
    with path.open("wb") as file:
        file.write(_SIGNATURE)
        file.write(header)
        file.write(_chunk(b"iCCP", b"ICC Profile\0\0" + zlib.compress(icc)))
        file.write(_chunk(b"eXIf", exif))
        file.write(_chunk(b"iTXt", _XMP_KEYWORD + b"\0\0\0\0\0" + xmp))
        file.writelines(data)


def _compressed(pixels: Pixels | DeepPixels) -> memoryview:
    """A PNG file without metadata; in memory, so that OpenCV is never handed a path."""
    import cv2  # late: it takes 0.1 s, and most runs write no PNG

    options = [cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE]
    done, encoded = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), options)
    if not done:
        raise OSError("OpenCV could not compress the picture as PNG")
    return memoryview(encoded.tobytes())


def _chunks(png: memoryview) -> Iterator[memoryview]:
    """The chunks of a PNG file that make the picture: its header, its data and its end."""
    start = len(_SIGNATURE)
    while start < len(png):
        (length,) = struct.unpack_from(">I", png, start)
        end = start + length + 12  # length, kind and checksum take 4 bytes each
        if bytes(png[start + 4 : start + 8]) in _PICTURE:
            yield png[start:end]
        start = end


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(data, zlib.crc32(kind))
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
