"""How large the pictures of a page may be, so that the page stays small enough to send."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from PIL import Image

from framepick.outputs.previews import Previews
from framepick.results import Candidate, Filmstrip, VideoResult
from framepick.types import Moment

STRIP_BYTES = 1_150_000
"""Most bytes of all pictures along the film; with more, every second one is left out."""
PICK_BYTES = 1_350_000
"""Most bytes of the pictures of all picks and their runners-up."""
_SIZES = ((1080, 84), (960, 82), (800, 80), (640, 78), (520, 75), (420, 70), (340, 66), (260, 60))
"""Longer side in pixels and JPEG quality; the first that fits is taken."""
_TRIED = 6  # pictures that a size is tried on before all are made in it
_Shape = tuple[Moment, int, int]
"""A picture, its longer side in pixels and its JPEG quality."""


def fitting_strip(strip: Filmstrip) -> tuple[Filmstrip, list[int]]:
    """The filmstrip within its bounds, and the width and height of its pictures."""
    while sum(map(len, strip.pictures)) > STRIP_BYTES:
        strip = Filmstrip(strip.times_seconds[::2], strip.pictures[::2])
    if not strip.pictures:
        return strip, [16, 9]
    return strip, list(Image.open(io.BytesIO(strip.pictures[0])).size)


def fitting_pictures(result: VideoResult, previews: Previews) -> dict[Moment, bytes]:
    """JPEG files of picks and runners-up, as large as the page's bounds allow.

    A runner-up that has no preview is shown by the nearest picture of the filmstrip, if that is
    close enough to show the same.
    """
    moments = [pick.moment for pick in result.picks]
    moments += [pick.runner_up.moment for pick in result.picks if pick.runner_up]
    known = list(dict.fromkeys(moment for moment in moments if moment in previews))
    made: dict[_Shape, bytes] = {}
    side, quality = _fitting_size(known, previews, made)
    files = {at: _jpeg(previews, (at, side, quality), made) for at in known}
    for moment in moments:
        if moment not in files and (picture := _from_strip(result.filmstrip, moment)):
            files[moment] = picture
    return files


def candidate_picture(result: VideoResult, candidate: Candidate) -> bytes | None:
    """JPEG file of a candidate, or of the filmstrip where that has one of its scene close by."""
    picture = result.pictures.get(candidate.moment)
    return picture or _from_strip(result.filmstrip, candidate.moment)


def data_url(picture: bytes, kind: str = "jpeg") -> str:
    """A picture's file as an address that needs no network."""
    return f"data:image/{kind};base64," + base64.b64encode(picture).decode()


def size_of(jpeg: bytes) -> tuple[int, int]:
    """Width and height in pixels."""
    width, height = Image.open(io.BytesIO(jpeg)).size
    return width, height


def _fitting_size(
    moments: Sequence[Moment], previews: Previews, made: dict[_Shape, bytes]
) -> tuple[int, int]:
    some = moments[:: max(1, len(moments) // _TRIED)]
    for (side, quality), _ in pairwise(_SIZES):
        taken = sum(len(_jpeg(previews, (at, side, quality), made)) for at in some)
        if taken * len(moments) <= PICK_BYTES * max(1, len(some)):
            return side, quality
    return _SIZES[-1]


def _jpeg(previews: Previews, shape: _Shape, made: dict[_Shape, bytes]) -> bytes:
    """Give a picture of those `made`, which becomes one of them if it is not."""
    if shape not in made:
        made[shape] = previews.jpeg(*shape) or b""
    return made[shape]


def _from_strip(strip: Filmstrip, moment: Moment) -> bytes | None:
    times = strip.times_seconds
    if not len(times):
        return None
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    nearest = int(np.argmin(np.abs(times - moment.time_seconds)))
    is_close = abs(float(times[nearest]) - moment.time_seconds) <= max(0.2, step / 2)
    return strip.pictures[nearest] if is_close else None
