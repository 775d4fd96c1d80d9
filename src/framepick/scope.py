"""Which frames of one film a user lets in: ranges, exclusions, and frames by name (pure).

Times of the configuration are seconds or time codes; here they become seconds and frame indices of
one film.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from framepick.config import NEIGHBOUR_SECONDS, PickConfig, TimeRange
from framepick.errors import UsageError
from framepick.film_time import FilmTime, time_text
from framepick.timecode import Timecodes, timecodes
from framepick.types import Flags, Floats, Rows, Samples, VideoInfo

VETO_SECONDS = 1.0
"""Frames so near to one that a user vetoed are vetoed, too."""
_SAME_SECONDS = 1e-6
"""Times closer than this are one."""

Span = tuple[float, float]
"""First and last second, both within."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The frames of one film that may be picked, and those that have to be."""

    spans: tuple[Span, ...] = ()
    """Frames are picked from these; from the whole film if there are none."""
    excluded: tuple[Span, ...] = ()
    """No frame is picked from these."""
    included: tuple[int, ...] = ()
    """`Moment.frame_index` of frames that are kept whatever their score."""
    pinned: tuple[int, ...] = ()
    """`Moment.frame_index` of earlier picks that stay."""
    vetoed: tuple[int, ...] = ()
    """`Moment.frame_index` of frames that are not picked, nor what is near."""

    @property
    def is_everything(self) -> bool:
        """Whether every frame may be picked."""
        return not (self.spans or self.excluded or self.vetoed)

    @property
    def required(self) -> tuple[int, ...]:
        """`Moment.frame_index` of frames that have to be decoded, rising."""
        return tuple(sorted({*self.included, *self.pinned, *self.vetoed}))

    def covers(self, times_seconds: Floats) -> Flags:
        """Tell which of `times_seconds` (T,) lie in the ranges and outside of the exclusions."""
        inside = _within(times_seconds, self.spans) if self.spans else True
        return np.asarray(inside & ~_within(times_seconds, self.excluded), np.bool_)


EVERYTHING = Scope()
"""Every frame may be picked, none has to be."""


def scope_of(rules: PickConfig, clock: Timecodes, times_seconds: Floats) -> Scope:
    """Work out what `rules` let in of a film with frames at `times_seconds` (P,), rising.

    Raises
    ------
    ValueError
        A time lies after the end, a time code is none of this film, a range ends before it starts,
        or no frame is left.
    """
    if not rules.names_times:
        return EVERYTHING
    film = _Film(clock, times_seconds)
    scope = Scope(
        spans=tuple(film.span(one, "--from", "--to") for one in rules.ranges),
        excluded=tuple(film.span(one, "--exclude", "its end") for one in rules.excluded),
        included=tuple(dict.fromkeys(film.frame_at(one) for one in rules.included)),
        pinned=rules.pinned,
        vetoed=rules.vetoed,
    )
    film.check(scope)
    return scope


def frame_shown_at(time: FilmTime, info: VideoInfo, times_seconds: Floats) -> int:
    """Give the index of the frame that is shown at a time of a film with frames at these times.

    Raises
    ------
    UsageError
        The time lies after the end, or is a time code that is none of this film.
    """
    rules = PickConfig(count=1, included=(time,))
    try:
        return scope_of(rules, timecodes(info, times_seconds), times_seconds).included[0]
    except ValueError as error:
        raise UsageError(f"{info.name}: {error}") from None


def excluded_rows(scope: Scope, samples: Samples) -> Flags:
    """Tell which rows (T,) of `samples` may not be picked."""
    times = samples.times_seconds
    near = np.abs(times[:, None] - times[vetoed_rows(scope, samples)][None]) <= VETO_SECONDS
    return np.asarray(~scope.covers(times) | near.any(axis=1), np.bool_)


def vetoed_rows(scope: Scope, samples: Samples) -> Rows:
    """Give the rows (n,) of `samples` that the user vetoed."""
    return np.flatnonzero(np.isin(samples.frame_index, scope.vetoed))


def lonely(samples: Samples) -> Flags:
    """Tell which rows (T,) no other frame lies `NEIGHBOUR_SECONDS` or less from."""
    steps = np.diff(samples.times_seconds)
    apart = np.minimum(np.append(np.inf, steps), np.append(steps, np.inf))
    return np.asarray(apart > NEIGHBOUR_SECONDS, np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class _Film:
    """The times of one film."""

    clock: Timecodes
    times_seconds: Floats

    @property
    def last_seconds(self) -> float:
        return float(self.times_seconds[-1]) if len(self.times_seconds) else 0.0

    def span(self, part: TimeRange, start_name: str, end_name: str) -> Span:
        """Give a range in seconds; `start_name` and `end_name` are what messages call its ends."""
        start = 0.0 if part.start is None else self._edge(part.start, -1)
        end = np.inf if part.end is None else self._edge(part.end, 1)
        if part.start is not None and start > self.last_seconds + _SAME_SECONDS:
            raise ValueError(f"{start_name} {time_text(part.start)} {self._lies_after()}")
        if start > end:
            first, last = (time_text(one or 0.0) for one in (part.start, part.end))
            raise ValueError(f"{end_name} {last} comes before {start_name} {first}; swap them")
        return start, end

    def frame_at(self, time: FilmTime) -> int:
        """Give the index of the frame that is shown at a time: of a time code the nearest one."""
        seconds = self._seconds(time)
        if seconds > self._end_seconds:
            raise ValueError(f"{time_text(time)} {self._lies_after()}")
        if isinstance(time, str):
            return int(np.argmin(np.abs(self.times_seconds - seconds)))
        shown = np.searchsorted(self.times_seconds, seconds + _SAME_SECONDS, side="right") - 1
        return max(0, int(shown))

    def check(self, scope: Scope) -> None:
        """Raise ValueError where no frame can be picked."""
        for span in scope.spans:
            if not _within(self.times_seconds, [span]).any():
                first, last = (time_text(float(one)) for one in span)
                raise ValueError(f"no frame lies between {first} and {last}; widen the range")
        if not (scope.included or scope.pinned or scope.covers(self.times_seconds).any()):
            raise ValueError("--exclude leaves no frame to pick; exclude less")

    @property
    def _end_seconds(self) -> float:
        """The end of the last frame, which is shown as long as the one before it."""
        step = np.diff(self.times_seconds[-2:])
        return self.last_seconds + (float(step[0]) if len(step) else 0.0)

    def _edge(self, time: FilmTime, side: int) -> float:
        """Give an end of a range; that of a time code lies between its frame and the next one."""
        half = 0.5 / float(self.clock.rate) if isinstance(time, str) else 0.0
        return self._seconds(time) + side * half

    def _seconds(self, time: FilmTime) -> float:
        if not isinstance(time, str):
            return time
        seconds = self.clock.seconds_of(time)
        if seconds is None:
            rate = f"{float(self.clock.rate):.3f}".rstrip("0").rstrip(".")
            raise ValueError(f"{time} is no time code at {rate} frames per second")
        if seconds > self._end_seconds:
            raise ValueError(f"{time} {self._lies_after()}")
        return seconds

    def _lies_after(self) -> str:
        first, last = (self.clock.text_at(at) for at in (self._first_seconds, self.last_seconds))
        end = time_text(round(self.last_seconds, 3))
        return f"is not in the film, which ends at {end} (time code {first} to {last})"

    @property
    def _first_seconds(self) -> float:
        return float(self.times_seconds[0]) if len(self.times_seconds) else 0.0


def around(indices: Collection[int], times_seconds: Floats, reach_seconds: float) -> Rows:
    """Give the rows within reach of the frames `indices`, rising; rows are those of a timeline."""
    known = [at for at in indices if at < len(times_seconds)]
    spans = [(times_seconds[at] - reach_seconds, times_seconds[at] + reach_seconds) for at in known]
    return np.flatnonzero(_within(times_seconds, spans))


def _within(times_seconds: Floats, spans: Sequence[Span]) -> Flags:
    inside = np.zeros(len(times_seconds), np.bool_)
    for start, end in spans:
        inside |= (times_seconds >= start - _SAME_SECONDS) & (times_seconds <= end + _SAME_SECONDS)
    return inside
