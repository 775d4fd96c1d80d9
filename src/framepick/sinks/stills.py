"""Picked frames as picture files."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from framepick.files import fit_name
from framepick.types import Pick, Still

_QUALITY = 95


def still_name(source: Path, pick: Pick) -> str:
    """File name of a pick: the source's stem, rank and time, such as clip_01_00-00-12.345.jpg."""
    milliseconds = round(pick.moment.time_seconds * 1000)
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    time = f"{hours:02d}-{minutes:02d}-{seconds:02d}.{milliseconds:03d}"
    return fit_name(source.stem, f"_{pick.rank:02d}_{time}.jpg")


def save_still(still: Still, path: Path) -> None:
    """Write a still as JPEG with full colour resolution."""
    image = Image.fromarray(still.pixels)
    image.save(path, format="JPEG", quality=_QUALITY, subsampling=0)
