"""The rated frames of clips, decoded as for scoring, and cached on disk."""

from __future__ import annotations

import zipfile
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

import numpy as np

import framepick
from framepick.cache import fingerprint
from framepick.errors import OutputError, SourceError
from framepick.evaluation.footage.clips import RatedClip
from framepick.evaluation.scores import Views
from framepick.files import whole_file
from framepick.sources.opening import open_source
from framepick.sources.photos import load_photo
from framepick.sources.views import resize_view
from framepick.types import VIEW_FILTER, DeepPixels, Floats, FrameRequest, Pixels, ViewSpec

_FORMAT = 1
"""Rises when the contents of cached files change."""
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class RatedFrames:
    """The N rated frames of a clip."""

    views: Views
    laplacian: Floats
    """(N,) variances of the Laplacian of luma, 0 to 255, at full size."""


def read_frames(clip: RatedClip, spec: ViewSpec, cache: Path) -> RatedFrames:
    """Decode the rated frames of a clip, or take them from the folder `cache`.

    A cache that is damaged or cannot be written costs only time.

    Raises
    ------
    SourceError
        A video or picture cannot be read, or has no such frame.
    """
    file = cache / f"footage-{_key(clip, spec)}.npz"
    if known := _read(file):
        return known
    found = _decoded(clip, clip.video, spec) if clip.video else _loaded(clip, spec)
    with suppress(OutputError), whole_file(file) as partial, partial.open("wb") as stream:
        np.savez_compressed(stream, views=found.views, laplacian=found.laplacian)
    return found


def variance_of_laplacian(pixels: Pixels | DeepPixels) -> float:
    """Measure the sharpness of a picture (H, W, 3) by the variance of its luma's Laplacian."""
    luma = pixels.astype(np.float32) @ _LUMA
    inner = luma[1:-1, 1:-1]
    around = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:]
    return float((around - 4.0 * inner).var())


def _decoded(clip: RatedClip, video: Path, spec: ViewSpec) -> RatedFrames:
    wanted = tuple(clip.frame_indices.tolist())
    with open_source(video, spec) as source:
        frames = list(source.frames(FrameRequest(wanted)))
        views = {frame.moment.frame_index: frame.view for frame in frames}
        if missing := sorted(set(wanted) - set(views)):
            raise SourceError(
                f"{video}: frame {missing[0]} is rated, but there is no such frame; "
                "correct its row in ratings.csv"
            )
        laplacian = {
            still.moment.frame_index: variance_of_laplacian(still.pixels)
            for still in source.stills([frame.moment for frame in frames])
        }
    return RatedFrames(
        np.stack([views[index] for index in wanted]),
        np.array([laplacian[index] for index in wanted]),
    )


def _loaded(clip: RatedClip, spec: ViewSpec) -> RatedFrames:
    pictures = [load_photo(path) for path in clip.images]
    return RatedFrames(
        np.stack([resize_view(pixels, spec) for pixels in pictures]),
        np.array([variance_of_laplacian(pixels) for pixels in pictures]),
    )


def _key(clip: RatedClip, spec: ViewSpec) -> str:
    """Name what the frames depend on: files, frame indices, view, and who decodes."""
    parts = [str(_FORMAT), f"{spec.size}{VIEW_FILTER}", framepick.__version__, version("av")]
    parts += [fingerprint(path) for path in ((clip.video,) if clip.video else clip.images)]
    text = " ".join([*parts, *map(str, clip.frame_indices)])
    return blake2b(text.encode(), digest_size=16).hexdigest()


def _read(file: Path) -> RatedFrames | None:
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as columns:
            return RatedFrames(columns["views"], columns["laplacian"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
