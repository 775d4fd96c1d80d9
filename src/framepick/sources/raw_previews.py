"""The picture that a camera put into its raw photo: its own development, at full size in most.

How raw values are developed is a matter of taste; the preview is what the photographer saw.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from framepick.errors import SourceError
from framepick.sources.capture import Capture, capture_of

_TURNS = {3: 2, 5: 1, 6: 3}
"""Quarter turns against the clock, by LibRaw's code of how the camera was held."""
_WAY_OUT = "export it as JPEG or TIFF first"


@contextmanager
def raw_preview(path: Path) -> Iterator[tuple[Image.Image, Capture]]:
    """Open the preview of a raw photo, and read when it was taken.

    Its EXIF or, without any, its pixels say how it stands upright.

    Raises
    ------
    SourceError
        The file is damaged, of an unknown camera or without a preview; or rawpy is missing.
    """
    try:
        import rawpy
    except ImportError as error:
        raise SourceError(f"{path}: raw photos need rawpy; pip install rawpy") from error
    try:
        with path.open("rb") as file, rawpy.imread(file) as raw:
            preview, sizes, time = raw.extract_thumb(), raw.sizes, raw.other.timestamp
    except rawpy.LibRawNoThumbnailError as error:
        raise SourceError(f"{path}: holds no preview; {_WAY_OUT}") from error
    except rawpy.LibRawError as error:
        reason = _text(error.args[0] if error.args else "")
        raise SourceError(
            f"{path}: cannot be read as a raw photo ({reason}); {_WAY_OUT}"
        ) from error
    with _opened(preview.data) as picture:
        yield _upright(picture, sizes), _capture(path, picture, time)


def _opened(data: Any) -> Image.Image:
    """Open a preview: the bytes of a JPEG file, or pixels (H, W, 3)."""
    return Image.open(io.BytesIO(data)) if isinstance(data, bytes) else Image.fromarray(data)


def _upright(picture: Image.Image, sizes: Any) -> Image.Image:
    """Turn a preview as the camera was held, unless it stands so already, or says so itself."""
    turns = _TURNS.get(sizes.flip, 0)
    is_said = picture.getexif().get(0x0112, 1) != 1
    is_turned = turns % 2 and (picture.width < picture.height) != (
        sizes.raw_width < sizes.raw_height
    )
    if not turns or is_said or is_turned:
        return picture
    return Image.fromarray(np.rot90(np.asarray(picture), turns))


def _capture(path: Path, preview: Image.Image, time: datetime) -> Capture:
    """Read the capture from the file itself, as far as it is built like TIFF, or its preview."""
    try:
        with Image.open(path) as image:
            own = capture_of(image.getexif())
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        own = capture_of(preview.getexif())
    # LibRaw takes the camera's clock for that of this machine
    clock = datetime.fromtimestamp(time.timestamp()) if time.timestamp() > 0 else None
    return own if own.at else Capture(clock, own.camera)


def _text(message: object) -> str:
    return message.decode(errors="replace") if isinstance(message, bytes) else str(message)
