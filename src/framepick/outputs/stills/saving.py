"""Picked frames as picture files."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from framepick.config import ImageFormat, OutputConfig
from framepick.errors import OutputError
from framepick.outputs.stills.exif import exif_block
from framepick.outputs.stills.icc import srgb_profile
from framepick.outputs.stills.notes import StillNotes
from framepick.outputs.stills.png import write_png
from framepick.outputs.stills.tiff import write_tiff
from framepick.outputs.stills.xmp import xmp_packet
from framepick.types import DeepPixels, Pixels, Still

_LONGEST_SIDES: Mapping[ImageFormat, int] = {"jpeg": 65500, "webp": 16383, "avif": 32768}
_EXIF_MARK_BYTES = 6
_AVIF_THREADS = 2
_AVIF_SPEED = 8
"""Speed of the AVIF encoder, 0 to 10; its default, 6, takes five times as long for a twelfth fewer
bytes."""


def save_still(still: Still, path: Path, rules: OutputConfig, notes: StillNotes) -> None:
    """Write a still in the format of `rules`, with sRGB profile, EXIF and XMP inside.

    The same still gives the same bytes. `path` is used as it is, whatever its ending.

    Raises
    ------
    OutputError
        The format takes no picture of this size.
    OSError
        The file cannot be written.
    """
    height, width, _ = still.pixels.shape
    check_size(notes.source, width, height, rules.image)
    pixels = in_16_bits(still.pixels) if rules.depth == 16 else in_8_bits(still.pixels)
    if rules.image == "tiff":
        write_tiff(pixels, path, notes)
    elif rules.image == "png":
        exif = exif_block(notes, width, height)
        write_png(pixels, path, srgb_profile(), exif[_EXIF_MARK_BYTES:], xmp_packet(notes))
    else:
        _save_by_pillow(in_8_bits(pixels), path, rules, notes)


def check_size(source: str, width: int, height: int, image: ImageFormat) -> None:
    """Make sure that a format takes stills of this size, in pixels.

    Raises
    ------
    OutputError
        It does not.
    """
    longest = _LONGEST_SIDES.get(image)
    if longest and max(width, height) > longest:
        reason = f"stills of {width} x {height} pixels are too large for {image} ({longest} a side)"
        raise OutputError(f"{source}: {reason}; choose png or tiff")


def in_8_bits(pixels: Pixels | DeepPixels) -> Pixels:
    """The nearest levels of 0 to 255."""
    if pixels.dtype == np.uint16:
        return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return np.asarray(pixels, dtype=np.uint8)


def in_16_bits(pixels: Pixels | DeepPixels) -> DeepPixels:
    """Levels of 0 to 65535; 65535 is the white that 255 is."""
    if pixels.dtype == np.uint8:
        return pixels.astype(np.uint16) * np.uint16(257)
    return np.asarray(pixels, dtype=np.uint16)


def _save_by_pillow(pixels: Pixels, path: Path, rules: OutputConfig, notes: StillNotes) -> None:
    height, width, _ = pixels.shape
    # AVIF turns pictures by a box of its own; Pillow makes that of the tag, and spoils UTF-8 then
    exif = exif_block(notes, width, height, with_orientation=rules.image != "avif")
    file = io.BytesIO()  # Pillow takes no notice of a disk that fills up in its last write
    Image.fromarray(pixels).save(
        file,
        format=rules.image.upper(),
        icc_profile=srgb_profile(),
        exif=exif,
        xmp=xmp_packet(notes),
        quality=rules.quality,
        **_options(rules),
    )
    path.write_bytes(file.getbuffer())


def _options(rules: OutputConfig) -> dict[str, Any]:
    match rules.image:
        case "jpeg":
            return {"subsampling": "4:4:4"}
        case "avif":
            # one thread gives other bytes than several, so the number must not be the machine's
            threads = {"max_threads": _AVIF_THREADS}
            return {"subsampling": "4:4:4", "speed": _AVIF_SPEED, **threads}
        case _:
            return {}
