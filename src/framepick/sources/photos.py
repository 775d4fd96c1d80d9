"""Photos as pictures and as views, through the same resize as the frames of a video."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from framepick.errors import SourceError
from framepick.shape_repr import ShapeRepr
from framepick.sources.capture import Capture, capture_of
from framepick.sources.colour_profile import to_srgb
from framepick.sources.photo_files import is_raw, way_out
from framepick.sources.raw_previews import raw_preview
from framepick.sources.views import resize_view
from framepick.types import Pixels, ViewSpec


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Photo(ShapeRepr):
    """One photo, upright, in sRGB."""

    pixels: Pixels
    """(H, W, 3) uint8; of a raw photo, its embedded preview."""
    capture: Capture


def load_photo(path: Path) -> Pixels:
    """Read a photo as (H, W, 3) uint8 sRGB, upright; raises as `read_photo` does."""
    return read_photo(path).pixels


def read_photo(path: Path) -> Photo:
    """Read a photo; of an animation, the first picture.

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
        with warnings.catch_warnings():
            # up to twice Pillow's limit is what large cameras make; above, Pillow raises
            warnings.simplefilter("ignore")
            with _opened(path) as (image, capture):
                return Photo(_upright_rgb(image), capture)
    except UnidentifiedImageError as error:
        raise SourceError(f"{path}: is not a picture that can be read{way_out(path)}") from error
    except Image.DecompressionBombError as error:
        limit = 2 * (Image.MAX_IMAGE_PIXELS or 0) // 1_000_000
        raise SourceError(f"{path}: has too many pixels, over {limit} million") from error
    # decoders of damaged files raise nearly anything
    except (
        OSError, ValueError, TypeError, SyntaxError, EOFError, LookupError, ArithmeticError,
        RuntimeError, MemoryError,
    ) as error:  # fmt: skip
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise SourceError(f"{path}: cannot be read ({reason})") from error


def load_view(path: Path, spec: ViewSpec) -> Pixels:
    """Read a photo as the view (S, S, 3) that a frame of a video would give.

    Raises
    ------
    SourceError
        As `load_photo`, or the photo is too thin to be scaled.
    """
    return view_of(load_photo(path), path, spec)


def view_of(pixels: Pixels, path: Path, spec: ViewSpec) -> Pixels:
    """Squeeze the photo of `path` (H, W, 3) to a view (S, S, 3).

    Raises
    ------
    SourceError
        The photo is too thin to be scaled.
    """
    try:
        return resize_view(pixels, spec)
    except SourceError as error:
        raise SourceError(f"{path}: {error}") from error


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Image.Image, Capture]]:
    if is_raw(path):  # some open as TIFF, but what they show then is a thumbnail or a mosaic
        with raw_preview(path) as found:
            yield found
        return
    _register_heic()
    with Image.open(path) as image:
        yield image, capture_of(image.getexif())


@cache
def _register_heic() -> None:
    """Teach Pillow to read HEIC, where the package for that is installed."""
    with suppress(ImportError):
        import pi_heif

        pi_heif.register_heif_opener()


def _upright_rgb(image: Image.Image) -> Pixels:
    profile = image.info.get("icc_profile")
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith(("I", "F")):
        return _from_deep_grey(np.asarray(upright), upright.mode)
    if upright.has_transparency_data:
        coloured = upright.convert("RGBA")
        paper = Image.new("RGBA", coloured.size, "white")
        upright = Image.alpha_composite(paper, coloured).convert("RGB")
    return np.asarray(to_srgb(upright, profile), dtype=np.uint8)


def _from_deep_grey(values: np.ndarray, mode: str) -> Pixels:
    # Pillow's own conversion cuts everything above 255 to white
    if mode == "F":
        raise ValueError("pictures of floating-point values have no fixed white")
    grey = (np.clip(values, 0, 65535) / 257.0 + 0.5).astype(np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)
