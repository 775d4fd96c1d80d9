"""The best frame near a live peak, found in a clip of the recent past as in any video."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from framepick.aesthetic import AestheticModel
from framepick.config import PickConfig, Preference, TimeRange, VideoConfig
from framepick.detail import cells
from framepick.live.luma import luma_of_view
from framepick.live.matching import time_between
from framepick.live.policies.actions import REACH_SECONDS
from framepick.protocols import Progress
from framepick.reasons import Reason
from framepick.session import Session, open_session
from framepick.sources.live.client import MICROSECONDS, Clip
from framepick.types import Floats, FrameRequest, Moment, Pixels, Still

_THREADS = 1
"""Decoder threads: the camera comes first."""


@dataclass(frozen=True, slots=True, eq=False)
class Refined:
    """A frame to save."""

    still: Still
    """Its time counts from the start of the session."""
    reasons: tuple[Reason, ...]
    """How it compares with the frames around it."""
    better_by: float
    """Its score over that of the peak, in points."""


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """What moved in the stream that is scored, by which its moments are found in another one."""

    times_seconds: Floats
    """(N,) seconds of the session, rising."""
    lumas: Floats
    """(N, G) small luma."""


def best_near(
    clip: Clip,
    peak: Moment,
    model: AestheticModel,
    prefer: Preference,
    progress: Progress,
    motion: Motion | None = None,
    reach_seconds: float = REACH_SECONDS,
) -> Refined | None:
    """Give the best frame near a peak; None if none there can be kept.

    Times count from the start of the session. If the clip is of another stream, its time of the
    peak is found by `motion`.

    Raises
    ------
    SourceError
        The clip cannot be read.
    """
    with open_session(clip.path, model, progress, threads=_THREADS) as session:
        seconds = _time_in_clip(session, clip, peak, motion)
        reach = TimeRange(max(seconds - reach_seconds, 0.0), seconds + reach_seconds)
        picking = PickConfig(1, min_gap_seconds=0.0, variety=0.0, prefer=prefer, ranges=(reach,))
        config = VideoConfig(picking, plan="exact")
        session.explore(config)
        picks = session.select(config).picks
        if not picks:
            return None
        pick, curve = picks[0], session.curve
        at_peak = int(np.argmin(np.abs(curve.times_seconds - seconds)))
        better_by = float(curve.smoothed[pick.row] - curve.smoothed[at_peak])
        still = _still(session, pick.moment, peak, seconds)
        return Refined(still, pick.reasons[1:], better_by) if still else None


def exactly(
    clip: Clip, peak: Moment, model: AestheticModel, motion: Motion | None = None
) -> Refined | None:
    """Give the frame that was shown at a moment; None if it cannot be decoded.

    If the clip is of another stream, its time of the moment is found by `motion`.

    Raises
    ------
    SourceError
        The clip cannot be read.
    """
    with open_session(clip.path, model, threads=_THREADS) as session:
        seconds = _time_in_clip(session, clip, peak, motion)
        row = _row_at(session, seconds)
        request = FrameRequest((row,))
        moment = next((frame.moment for frame in session.source.frames(request)), None)
        still = _still(session, moment, peak, seconds) if moment else None
        return Refined(still, (), 0.0) if still else None


def _still(session: Session, moment: Moment, peak: Moment, peak_seconds: float) -> Still | None:
    """Give a frame of a clip at full size, its moment as one of the session.

    `peak_seconds` is the time of the `peak` in the clip.
    """
    still = next(iter(session.source.stills([moment])), None)
    if still is None:
        return None
    seconds = peak.time_seconds + moment.time_seconds - peak_seconds
    # the clip has every picture that came, as the session counts them
    index = max(peak.frame_index + moment.frame_index - _row_at(session, peak_seconds), 0)
    return Still(still.pixels, Moment(index, round(seconds / MICROSECONDS), MICROSECONDS, seconds))


def small_luma(view: Pixels) -> Floats:
    """Give the luma of a view (S, S, 3), reduced to (G,)."""
    return cells(luma_of_view(view)).ravel().astype(np.float64)


def _time_in_clip(session: Session, clip: Clip, peak: Moment, motion: Motion | None) -> float:
    """Give when the clip shows a moment, in seconds of the file."""
    seconds = peak.time_seconds - clip.first_seconds
    if motion:
        times, lumas = zip(
            *(
                (frame.moment.time_seconds + clip.first_seconds, small_luma(frame.view))
                for frame in session.source.frames()
            ),
            strict=True,
        )
        of_clip = np.array(times), np.stack(lumas)
        # where nothing moves, all times are as good
        seconds += time_between(motion.times_seconds, motion.lumas, *of_clip) or 0.0
    return max(seconds, 0.0)


def _row_at(session: Session, seconds: float) -> int:
    """Give the index of the frame that is nearest in time."""
    timeline = session.source.timeline
    if timeline is None:  # packets do not tell the frames apart
        times = np.array([frame.moment.time_seconds for frame in session.source.frames()])
    else:
        times = timeline.times_seconds
    return int(np.argmin(np.abs(times - seconds)))
