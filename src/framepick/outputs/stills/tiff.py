"""Stills of 8 or 16 bits per channel as TIFF, with EXIF and GPS as directories of their own."""

from __future__ import annotations

import sys
import zlib
from pathlib import Path

from framepick.outputs.stills import ifd
from framepick.outputs.stills.exif import inner_directories, main_fields
from framepick.outputs.stills.icc import srgb_profile
from framepick.outputs.stills.notes import StillNotes
from framepick.outputs.stills.xmp import xmp_packet
from framepick.types import DeepPixels, Pixels

_STRIP_BYTES = 1 << 18
_LEVEL = 6
_DEFLATE, _RGB, _CHUNKY, _DIFFERENCES = 8, 2, 1, 2


def write_tiff(pixels: Pixels | DeepPixels, path: Path, notes: StillNotes) -> None:
    """Write (H, W, 3) RGB without loss, deflated; needs no other memory than the coded picture.

    Raises
    ------
    ValueError
        The coded picture takes more than 4 GiB.
    """
    height, width, _ = pixels.shape
    rows = max(1, _STRIP_BYTES // (width * 3 * pixels.itemsize))
    strips = [_strip(pixels[top : top + rows]) for top in range(0, height, rows)]
    fields = [*main_fields(notes), *_picture_fields(pixels, rows)]
    fields += [ifd.octets(700, xmp_packet(notes)), ifd.raw(34675, srgb_profile())]
    with path.open("wb") as file:
        file.writelines(ifd.tiff_file(fields, inner_directories(notes), strips))


def _picture_fields(pixels: Pixels | DeepPixels, rows: int) -> list[ifd.Field]:
    height, width, _ = pixels.shape
    return [
        ifd.long(256, width),  # ImageWidth
        ifd.long(257, height),  # ImageLength
        ifd.short(258, *[pixels.itemsize * 8] * 3),  # BitsPerSample
        ifd.short(259, _DEFLATE),  # Compression
        ifd.short(262, _RGB),  # PhotometricInterpretation
        ifd.short(277, 3),  # SamplesPerPixel
        ifd.long(278, rows),  # RowsPerStrip
        ifd.short(284, _CHUNKY),  # PlanarConfiguration
        ifd.short(317, _DIFFERENCES),  # Predictor
        ifd.short(339, 1, 1, 1),  # SampleFormat: unsigned
    ]


def _strip(pixels: Pixels | DeepPixels) -> bytes:
    """Rows as differences to the pixel on the left, little-endian, deflated."""
    differences = pixels.copy()
    differences[:, 1:] -= pixels[:, :-1]
    if sys.byteorder == "big":
        differences = differences.byteswap()
    return zlib.compress(differences.tobytes(), _LEVEL)
