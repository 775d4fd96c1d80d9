"""The pictures that are explained: photos, and frames of videos at full size."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import numpy as np

from framepick.errors import LostFrames, SourceError
from framepick.film_time import FrameAt, time_text
from framepick.protocols import Source
from framepick.scope import frame_shown_at
from framepick.sources.opening import open_source
from framepick.types import Frame, FrameRequest, Moment, Pixels, ViewSpec


def picture_at(place: FrameAt, spec: ViewSpec, threads: int | None = None) -> tuple[Moment, Pixels]:
    """Decode a frame of a video at full size (H, W, 3), and tell its moment.

    Raises
    ------
    SourceError
        The video, or this frame of it, cannot be decoded.
    UsageError
        The video has no such time.
    """
    with open_source(place.video, spec, threads=threads) as source:
        try:
            moment = _moment_at(place, source)
            [still] = source.stills([moment])
        except (LostFrames, StopIteration, ValueError):
            when = time_text(place.time)
            raise SourceError(f"{place.video}: its frame at {when} cannot be decoded") from None
        return moment, still.pixels.astype(np.uint8, copy=False)


def _moment_at(place: FrameAt, source: Source) -> Moment:
    timeline = source.timeline
    if timeline is None:
        moments = [frame.moment for frame in source.frames()]
        times = np.array([one.time_seconds for one in moments])
        return moments[frame_shown_at(place.time, source.info, times)]
    wanted = frame_shown_at(place.time, source.info, timeline.times_seconds)
    return next(frame.moment for frame in _frames(source, wanted))


def _frames(source: Source, index: int) -> Iterator[Frame]:
    with closing(source.frames(FrameRequest((index,)))) as frames:  # type: ignore[type-var]
        yield from frames
