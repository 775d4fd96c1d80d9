"""The best frame near a live peak, found in a clip of the recent past as in any video."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from framepick.aesthetic import AestheticModel
from framepick.config import PickConfig, Preference, TimeRange, VideoConfig
from framepick.reasons import Reason
from framepick.session import Session, open_session
from framepick.sources.live.client import MICROSECONDS, Clip
from framepick.types import FrameRequest, Moment, Still

REACH_SECONDS = 0.5
"""Farthest that a kept frame lies from its peak."""
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


def best_near(
    clip: Clip,
    peak: Moment,
    model: AestheticModel,
    prefer: Preference,
    is_late: Callable[[], bool],
) -> Refined | None:
    """Give the best frame near a peak; None if none there can be kept.

    Times count from the start of the session. Once it `is_late`, the frame at the peak is given
    as it is.

    Raises
    ------
    SourceError
        The clip cannot be read.
    """
    if is_late():
        return exactly(clip, peak, model)
    seconds = max(peak.time_seconds - clip.first_seconds, 0.0)
    reach = TimeRange(max(seconds - REACH_SECONDS, 0.0), seconds + REACH_SECONDS)
    picking = PickConfig(count=1, min_gap_seconds=0.0, variety=0.0, prefer=prefer, ranges=(reach,))
    config = VideoConfig(picking, plan="exact")
    with open_session(clip.path, model, threads=_THREADS) as session:
        session.explore(config)
        picks = session.select(config).picks
        if not picks:
            return None
        pick, curve = picks[0], session.curve
        at_peak = int(np.argmin(np.abs(curve.times_seconds - seconds)))
        better_by = float(curve.smoothed[pick.row] - curve.smoothed[at_peak])
        still = _still(session, pick.moment, clip, peak)
        return Refined(still, pick.reasons[1:], better_by) if still else None


def exactly(clip: Clip, peak: Moment, model: AestheticModel) -> Refined | None:
    """Give the frame that was shown at a moment; None if it cannot be decoded.

    Raises
    ------
    SourceError
        The clip cannot be read.
    """
    with open_session(clip.path, model, threads=_THREADS) as session:
        row = _row_at(session, peak.time_seconds - clip.first_seconds)
        request = FrameRequest((row,))
        moment = next((frame.moment for frame in session.source.frames(request)), None)
        still = _still(session, moment, clip, peak) if moment else None
        return Refined(still, (), 0.0) if still else None


def _still(session: Session, moment: Moment, clip: Clip, peak: Moment) -> Still | None:
    """Give a frame of a clip at full size, its moment as one of the session."""
    still = next(iter(session.source.stills([moment])), None)
    if still is None:
        return None
    seconds = moment.time_seconds + clip.first_seconds
    # the clip has every picture that came, as the session counts them
    after_peak = moment.frame_index - _row_at(session, peak.time_seconds - clip.first_seconds)
    index = max(peak.frame_index + after_peak, 0)
    return Still(still.pixels, Moment(index, round(seconds / MICROSECONDS), MICROSECONDS, seconds))


def _row_at(session: Session, seconds: float) -> int:
    """Give the index of the frame that is nearest in time."""
    timeline = session.source.timeline
    if timeline is None:  # packets do not tell the frames apart
        times = np.array([frame.moment.time_seconds for frame in session.source.frames()])
    else:
        times = timeline.times_seconds
    return int(np.argmin(np.abs(times - seconds)))
