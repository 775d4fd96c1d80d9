"""Photos as views, through the same resize as the frames of a video."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from framepick.errors import SourceError
from framepick.sources.photo_files import is_raw, way_out
from framepick.sources.views import resize_view
from framepick.types import Pixels, ViewSpec


def load_photo(path: Path) -> Pixels:
    """Read a photo as (H, W, 3) uint8 RGB, upright; of an animation, the first picture.

    Raises
    ------
    SourceError
        The file is missing, damaged, too large or not a picture.
    """
    try:
        if not path.exists():
            raise SourceError(f"{path}: does not exist")
        if not path.is_file():
            raise SourceError(f"{path}: is not a regular file")
        if is_raw(path):
            raise SourceError(f"{path}: is a raw photo, which is not read{way_out(path)}")
        with warnings.catch_warnings():
            # up to twice Pillow's limit is what large cameras make; above, Pillow raises
            warnings.simplefilter("ignore")
            with Image.open(path) as image:
                return _upright_rgb(image)
    except UnidentifiedImageError as error:
        raise SourceError(f"{path}: is not a picture that can be read{way_out(path)}") from error
    except Image.DecompressionBombError as error:
        limit = 2 * (Image.MAX_IMAGE_PIXELS or 0) // 1_000_000
        raise SourceError(f"{path}: has too many pixels, over {limit} million") from error
    # decoders of damaged files raise nearly anything
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, MemoryError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise SourceError(f"{path}: cannot be read ({reason})") from error


def load_view(path: Path, spec: ViewSpec) -> Pixels:
    """Read a photo as the view (S, S, 3) that a frame of a video would give.

    Raises
    ------
    SourceError
        As `load_photo`, or the photo is too thin to be scaled.
    """
    pixels = load_photo(path)
    try:
        return resize_view(pixels, spec)
    except SourceError as error:
        raise SourceError(f"{path}: {error}") from error


def _upright_rgb(image: Image.Image) -> Pixels:
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith(("I", "F")):
        return _from_deep_grey(np.asarray(upright), upright.mode)
    if upright.has_transparency_data:
        coloured = upright.convert("RGBA")
        paper = Image.new("RGBA", coloured.size, "white")
        upright = Image.alpha_composite(paper, coloured)
    return np.asarray(upright.convert("RGB"), dtype=np.uint8)


def _from_deep_grey(values: np.ndarray, mode: str) -> Pixels:
    # Pillow's own conversion cuts everything above 255 to white
    if mode == "F":
        raise ValueError("pictures of floating-point values have no fixed white")
    grey = (np.clip(values, 0, 65535) / 257.0 + 0.5).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)
