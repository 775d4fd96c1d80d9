"""Picked frames as picture files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, PngImagePlugin

from framepick.errors import OutputError
from framepick.files import fit_name
from framepick.sinks.exif import exif_block
from framepick.sinks.icc import srgb_profile
from framepick.sinks.naming import time_text
from framepick.sinks.notes import StillNotes
from framepick.sinks.png import XMP_KEYWORD, write_deep_png
from framepick.sinks.rules import ImageFormat, KeepRules
from framepick.sinks.tiff import write_tiff
from framepick.sinks.xmp import xmp_packet
from framepick.types import DeepPixels, Pick, Pixels, Still

_LONGEST_SIDES: Mapping[ImageFormat, int] = {"jpeg": 65500, "webp": 16383, "avif": 32768}
_EXIF_MARK_BYTES = 6
_AVIF_THREADS = 2


def still_name(source: Path, pick: Pick) -> str:
    """Old way, until results.py calls still_names."""
    return fit_name(source.stem, f"_{pick.rank:02d}_{time_text(pick.moment.time_seconds)}.jpg")


def save_still(
    still: Still, path: Path, rules: KeepRules | None = None, notes: StillNotes | None = None
) -> None:
    """Write a still in the format of `rules`, with sRGB profile, EXIF and XMP inside.

    The same still gives the same bytes. `path` is used as it is, whatever its ending.

    Raises
    ------
    OutputError
        The format takes no picture of this size.
    OSError
        The file cannot be written.
    """
    if rules is None or notes is None:  # old way, until results.py hands both over
        Image.fromarray(still.pixels).save(path, format="JPEG", quality=95, subsampling=0)
        return
    pixels = _at_depth(still.pixels, rules.depth)
    height, width, _ = pixels.shape
    check_size(notes.source, width, height, rules.image)
    if rules.image == "tiff":
        write_tiff(pixels, path, notes)
    elif pixels.dtype == np.uint16:
        exif = exif_block(notes, width, height)[_EXIF_MARK_BYTES:]
        write_deep_png(pixels, path, srgb_profile(), exif, xmp_packet(notes))
    else:
        _save_by_pillow(pixels, path, rules, notes)


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


def _at_depth(pixels: Pixels | DeepPixels, depth: int) -> Pixels | DeepPixels:
    """The same levels with `depth` bits each; 255 and 65535 are the same white."""
    if pixels.dtype == np.uint8 and depth == 16:
        return pixels.astype(np.uint16) * 257
    if pixels.dtype == np.uint16 and depth == 8:
        return ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return pixels


def _save_by_pillow(pixels: Pixels, path: Path, rules: KeepRules, notes: StillNotes) -> None:
    height, width, _ = pixels.shape
    # AVIF turns pictures by a box of its own; Pillow makes that of the tag, and spoils UTF-8 then
    exif = exif_block(notes, width, height, with_orientation=rules.image != "avif")
    Image.fromarray(pixels).save(
        path,
        format=rules.image.upper(),
        icc_profile=srgb_profile(),
        exif=exif,
        **_options(rules, xmp_packet(notes)),
    )


def _options(rules: KeepRules, xmp: bytes) -> dict[str, Any]:
    match rules.image:
        case "jpeg":
            return {"xmp": xmp, "quality": rules.quality, "subsampling": "4:4:4", "optimize": True}
        case "avif":
            # one thread gives other bytes than several, so it must not depend on the machine
            threads = {"max_threads": _AVIF_THREADS}
            return {"xmp": xmp, "quality": rules.quality, "subsampling": "4:4:4", **threads}
        case "webp":
            return {"xmp": xmp, "quality": rules.quality}
        case _:
            texts = PngImagePlugin.PngInfo()
            texts.add_itxt(XMP_KEYWORD, xmp.decode())
            return {"pnginfo": texts}
