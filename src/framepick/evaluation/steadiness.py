"""Steadiness: how little a score changes between near-identical frames.

Scales differ, so everything is relative to a score's own response to blur: the root mean square
change, on the same clips, under defocus of middle strength. Its sign is reported separately, as
the fall, because scores that ignore blur rise and fall under it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from framepick.distortions import PICTURE_SIDE, STRENGTHS, graded_copies, to_pictures
from framepick.evaluation.bootstrap import Interval, interval
from framepick.evaluation.scores import ScoreViews, Views
from framepick.evaluation.statistics import Statistic, gain_of, mean_of
from framepick.sources.opening import open_source
from framepick.types import Floats, Frame, ViewSpec

FRAMES_PER_CLIP = 96
RUN_FRAMES = 16
"""Consecutive frames; a long clip gives several runs, evenly spaced."""
BLURRED_PER_CLIP = 8
MIN_TRIPLES = 4
"""Fewest triples of near-identical frames in a clip that counts."""
MAX_GAP_SECONDS = 0.1
MAX_CHANGE = 0.01
"""Largest `FrameMeasures.change` between frames that count as near-identical: 2.5 of 255."""
_ROUNDING_SECONDS = 1e-6
_FLOOR = 1e-6
"""Floor relative to the largest value, so that logarithms stay finite."""


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Runs of frames of one video."""

    name: str
    views: Views
    """(T, S, S, 3)."""
    frame_index: NDArray[np.int64]
    """Frame indices (T,) in the video, rising; a run ends where they skip."""
    times_seconds: Floats
    change: Floats
    """`FrameMeasures.change` (T,) from the preceding frame of the video."""


@dataclass(frozen=True, slots=True)
class ClipFigures:
    """Variation of one score on one clip, in the score's own unit."""

    clip: str
    triples: int
    """Number of triples of near-identical frames."""
    jitter: float
    """Deviation of single frames from the line between their neighbours; nan without triples."""
    movement: float
    """Standard deviation over the frames of the clip."""
    fall: float
    """Mean fall under defocus of middle strength."""
    response: float
    """Root mean square change under it."""


@dataclass(frozen=True, slots=True)
class Steadiness:
    """Variation of one score on several clips, relative to its response to blur."""

    clips: tuple[ClipFigures, ...]
    """Clips with enough triples; the others do not count."""
    response: float
    """Root mean square over the clips of their responses to blur, in the score's unit."""
    fall: float
    """Mean fall / response, -1 to 1: 1 where all frames fall alike, 0 where as many rise."""
    jitter: Interval
    """Geometric mean over the clips of jitter / response: lower is steadier."""
    movement: Interval
    """Geometric mean of movement / response, of the same clips."""
    jitter_of_movement: Interval
    """Geometric mean of jitter / movement."""


def measure_steadiness(
    scores: Mapping[str, ScoreViews], clips: Iterable[Clip]
) -> dict[str, Steadiness]:
    """Measure all methods; clips are consumed one by one, so that only one is in memory."""
    found: dict[str, list[ClipFigures]] = {name: [] for name in scores}
    for clip in clips:
        if not len(clip.views):
            continue  # damaged throughout
        rows = np.linspace(0, len(clip.views) - 1, min(BLURRED_PER_CLIP, len(clip.views)))
        clean, blurred = _defocused(clip.views[np.unique(rows.astype(np.int64))])
        for name, score in scores.items():
            falls = score(clean) - score(blurred)
            found[name].append(clip_figures(clip, score(clip.views), falls))
    return {name: steadiness(figures) for name, figures in found.items()}


def read_clip(path: Path, spec: ViewSpec, frames: int = FRAMES_PER_CLIP) -> Clip:
    """Read at most about `frames` frames of a video, in runs that cover it evenly.

    Damaged frames are skipped. Raises SourceError if the video cannot be read.
    """
    with open_source(path, spec) as source:
        wanted = _wanted(source.info.packet_count, frames)
        kept = [frame for frame in source.frames() if frame.moment.frame_index in wanted]
    kept = [frame for frame in kept if not frame.measures.is_damaged]
    return _clip(path.name, kept, spec)


def clip_figures(clip: Clip, scores: Floats, falls: Floats) -> ClipFigures:
    """Measure one clip by the scores (T,) of its frames and the `falls` (B,) under blur.

    A triple counts where its frames follow each other in the video within `MAX_GAP_SECONDS` each,
    change by no more than `MAX_CHANGE`, and are no exact repeats. The middle frame's distance
    from the line between the others is divided by the length that independent noise of 1 would
    give it, so steady drift counts for nothing and time may be uneven.
    """
    rows = np.flatnonzero(_is_near(clip)[:-1] & _is_near(clip)[1:]) + 1  # middles of triples
    before, after = np.diff(clip.times_seconds)[rows - 1], np.diff(clip.times_seconds)[rows]
    share = before / (before + after)
    line = (1.0 - share) * scores[rows - 1] + share * scores[rows + 1]
    unit = np.sqrt(1.0 + share**2 + (1.0 - share) ** 2)
    jitter = np.sqrt(np.mean(np.square((scores[rows] - line) / unit))) if len(rows) else np.nan
    return ClipFigures(
        clip=clip.name,
        triples=len(rows),
        jitter=float(jitter),
        movement=float(scores.std()),
        fall=float(falls.mean()),
        response=float(np.sqrt(np.square(falls).mean())),
    )


def steadiness(clips: Sequence[ClipFigures]) -> Steadiness:
    """Aggregate clips, with equal weights; intervals resample whole clips.

    A score that does not respond to blur has infinite jitter and movement.
    """
    measurable = tuple(clip for clip in clips if clip.triples >= MIN_TRIPLES)
    response = math.sqrt(_mean([clip.response**2 for clip in measurable]))
    jitter, movement = (
        _log_per_response(measurable, "jitter"),
        _log_per_response(measurable, "movement"),
    )
    return Steadiness(
        clips=measurable,
        response=response,
        fall=_mean([clip.fall for clip in measurable]) / response if response else 0.0,
        jitter=_exponential(jitter, measurable),
        movement=_exponential(movement, measurable),
        jitter_of_movement=_exponential(
            gain_of(_log_mean(measurable, "jitter"), _log_mean(measurable, "movement")), measurable
        ),
    )


def times_steadier(one: Steadiness, than: Steadiness) -> Interval:
    """Return how many times less `one` jitters than another score, at equal response to blur.

    Raises ValueError if the two were not measured on the same clips.
    """
    if [clip.clip for clip in one.clips] != [clip.clip for clip in than.clips]:
        raise ValueError("steadiness compares on the same clips only")
    gain = gain_of(_log_per_response(than.clips, "jitter"), _log_per_response(one.clips, "jitter"))
    return _exponential(gain, one.clips)


def _log_per_response(clips: Sequence[ClipFigures], name: str) -> Statistic:
    """Return the log of the geometric mean of a metric over the response; infinite without one."""
    size, square = _log_mean(clips, name), mean_of([clip.response**2 for clip in clips])

    def statistic(weights: Floats) -> Floats:
        squares = square(weights)
        logs = np.log(squares, out=np.full(len(squares), -np.inf), where=squares > 0.0)
        return size(weights) - 0.5 * logs

    return statistic


def _log_mean(clips: Sequence[ClipFigures], name: str) -> Statistic:
    values = np.array([getattr(clip, name) for clip in clips])
    floor = max(_FLOOR * values.max(initial=0.0), np.finfo(np.float64).tiny)
    return mean_of(np.log(np.maximum(values, floor)))


def _exponential(statistic: Statistic, clips: Sequence[ClipFigures]) -> Interval:
    if not clips:
        return Interval(float("nan"))
    found = interval(statistic, [str(number) for number in range(len(clips))])
    return Interval(*(float(np.exp(value)) for value in (found.value, found.low, found.high)))


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else math.nan


def _wanted(count: int, limit: int) -> frozenset[int]:
    """Return frame indices of runs that cover `count` frames evenly, about `limit` in all."""
    runs = max(1, limit // RUN_FRAMES)
    if count <= runs * RUN_FRAMES:
        return frozenset(range(count))
    starts = np.linspace(0, count - RUN_FRAMES, runs).astype(np.int64)
    return frozenset(int(start) + step for start in starts for step in range(RUN_FRAMES))


def _clip(name: str, frames: Sequence[Frame], spec: ViewSpec) -> Clip:
    return Clip(
        name=name,
        views=np.array([frame.view for frame in frames], np.uint8).reshape(
            -1, spec.size, spec.size, 3
        ),
        frame_index=np.array([frame.moment.frame_index for frame in frames], np.int64),
        times_seconds=np.array([frame.moment.time_seconds for frame in frames], np.float64),
        change=np.array([frame.measures.change for frame in frames], np.float64),
    )


def _is_near(clip: Clip) -> NDArray[np.bool_]:
    """Return whether each frame but the first is near-identical to its predecessor, (T - 1,)."""
    follows = np.diff(clip.frame_index) == 1
    gap = np.diff(clip.times_seconds)
    is_soon = (gap > 0.0) & (gap <= MAX_GAP_SECONDS + _ROUNDING_SECONDS)
    is_other = (clip.views[1:] != clip.views[:-1]).any(axis=(1, 2, 3))
    return np.asarray(follows & is_soon & is_other & (clip.change[1:] <= MAX_CHANGE))


def _defocused(views: Views) -> tuple[Views, Views]:
    """Return undistorted and defocused copies of views, as in distortion pairs."""
    small = to_pictures(torch.from_numpy(views))
    pictures = functional.interpolate(small, (PICTURE_SIDE, PICTURE_SIDE), mode="bicubic")
    copies = graded_copies(
        pictures.clamp(0, 1), "defocus", torch.Generator().manual_seed(0), views.shape[1]
    )
    return copies[:, 0].numpy(), copies[:, STRENGTHS.index("middle") + 1].numpy()
