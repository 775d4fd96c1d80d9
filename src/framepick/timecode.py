"""Time code: the hour, minute, second and frame that an editor shows for a frame.

Time codes count whole frames. Where frames do not come in whole numbers a second, the count runs
at the rounded rate: 23.976 counts 24 to the second, 12.5 counts 13 (halves go up). So the clock of
time code drifts from a real one. At 29.97 and its multiples drop-frame code makes up for that: it
leaves out the numbers 0 and 1 (at 59.94 0 to 3, at 119.88 0 to 7) of each minute but every tenth.
Some cameras number 30 whole frames a second so, too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from framepick.types import Floats, VideoInfo

_NTSC = Fraction(1000, 1001)
_WHOLE = (1, 2, 5, 6, 8, 10, 12, 15, 16, 18, 20, 24, 25, 30, 48, 50, 60, 72, 90, 100, 120, 200, 240)
_USUAL = (
    *(Fraction(rate) for rate in _WHOLE),
    *(Fraction(rate) * _NTSC for rate in (24, 30, 48, 60, 120, 240)),
    Fraction(25, 2),
)
_FALLBACK = Fraction(25)
_LOWEST, _HIGHEST = 1, 1000
_SAME = 0.0005
"""Half the relative distance between 30 and 29.97: what is closer is the same rate, rounded."""
_OFF_GRID_FRAMES = 0.3
"""Time stamps in milliseconds or in 1/600 s are off by less than this."""
_OFF_GRID_SHARE = 0.02
_CODE = re.compile(r"\s*(\d{1,2}):(\d{2}):(\d{2})([:;.,])(\d{2,3})\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Timecodes:
    """Turns times of one video into time codes."""

    rate: Fraction
    """Frames per second that time codes count at, exactly: 30000/1001, not 29.97."""
    is_drop: bool
    """Drop-frame: the count leaves numbers out, so that it keeps up with the clock."""
    start_frame: int
    """Number of the time code at the start of the file: frames since 00:00:00:00 at `rate`."""
    is_nominal: bool
    """The video has a variable rate: time codes are the nearest of an even rate."""
    first_seconds: float = 0.0
    """Time of the first frame, which need not lie on a whole frame from the start of the file."""

    @property
    def base(self) -> int:
        """Frames that the code counts to a second: `rate`, rounded, at least 1."""
        return counted_rate(self.rate)

    def frame_at(self, time_seconds: float) -> int:
        """Give the frames from the start of the file to the frame nearest to `time_seconds`."""
        first = Fraction(self.first_seconds)
        return self._nearest(first) + self._nearest(Fraction(time_seconds) - first)

    def seconds_of(self, code: str) -> float | None:
        """Give the time, from the start of the file, of the frame that has a code.

        None for what is no code at this rate. A code before that of the start is one of the next
        day. Of a code that drop-frame leaves out, the next one counts.
        """
        number = self._number_of(code)
        if number is None:
            return None
        frame = (number - self.start_frame) % frames_a_day(self.rate, self.is_drop)
        first = Fraction(self.first_seconds)
        return float(first + Fraction(frame - self._nearest(first)) / self.rate)

    def _number_of(self, code: str) -> int | None:
        found = _CODE.fullmatch(f"{code[:8]}{';' if self.is_drop else ':'}{code[9:]}")
        return _number(found, self.base) if found else None

    def _nearest(self, seconds: Fraction) -> int:
        return math.floor(seconds * self.rate + Fraction(1, 2))

    def text(self, frame: int) -> str:
        """Give the code of a frame counted from the start: 01:00:00:00, drop-frame 01:00:00;00.

        Wraps after 24 hours.
        """
        number = (self.start_frame + frame) % frames_a_day(self.rate, self.is_drop)
        if self.is_drop:
            number += _left_out_before(number, self.base)
        seconds, frames = divmod(number, self.base)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        mark, digits = ";" if self.is_drop else ":", max(2, len(str(self.base - 1)))
        return f"{hours:02d}:{minutes:02d}:{seconds:02d}{mark}{frames:0{digits}d}"

    def text_at(self, time_seconds: float) -> str:
        """Give the code of the frame nearest to `time_seconds` from the start of the file."""
        return self.text(self.frame_at(time_seconds))


def timecodes(info: VideoInfo, times_seconds: Floats) -> Timecodes:
    """Work out the time codes of a video from its header and the times of its frames.

    Parameters
    ----------
    info
        `frame_rate` is believed where the frames agree with it. `start_timecode` gives the number
        at the start of the file and says whether numbers are dropped; it is ignored where it cannot
        be one. It may count at another rate than the video, `start_timecode_rate`.
    times_seconds
        (T,) `Moment.time_seconds` of the frames, rising. Frames that lie on an even grid have a
        constant rate, though some of the grid be missing; else the rate is nominal.

    Without a start code, numbering starts at 0 and is drop-frame at 29.97, 59.94 and 119.88. With
    one, it is drop-frame where the code says so and 30 or a multiple of it are counted to a second.
    """
    first = float(times_seconds[0]) if len(times_seconds) else 0.0
    rate, is_nominal = _rate(info.frame_rate, times_seconds - first)
    code = _CODE.fullmatch(info.start_timecode or "")
    says_drop = code is not None and code[4] != ":"
    if is_nominal and says_drop and can_drop(rate) and not is_ntsc(rate):
        rate *= _NTSC  # of two rates that are as near, the one that has such codes
    start = _start_frame(code, rate, info.start_timecode_rate) if code else None
    is_drop = can_drop(rate) and (is_ntsc(rate) if start is None else says_drop)
    return Timecodes(rate, is_drop, start or 0, is_nominal, first)


def counted_rate(rate: Fraction) -> int:
    """Give the frames that a time code counts to a second."""
    return max(1, math.floor(rate + Fraction(1, 2)))


def can_drop(rate: Fraction) -> bool:
    """Tell whether there is drop-frame code at this rate: 29.97, 30 and their multiples."""
    return counted_rate(rate) % 30 == 0


def is_ntsc(rate: Fraction) -> bool:
    """Tell whether a rate is a whole one divided by 1.001, as 23.976 and 29.97 are."""
    return abs(rate / (counted_rate(rate) * _NTSC) - 1) < _SAME


def frames_a_day(rate: Fraction, is_drop: bool) -> int:
    """Give the frames that time code numbers before it starts again at 0."""
    base = counted_rate(rate)
    return base * 86400 - (_dropped(base) * 9 * 6 * 24 if is_drop else 0)


def _dropped(base: int) -> int:
    return base // 15


def _left_out_before(frame: int, base: int) -> int:
    """Give how many numbers drop-frame code has left out before the frame of this count."""
    dropped = _dropped(base)
    tens, rest = divmod(frame, base * 600 - 9 * dropped)
    return dropped * (9 * tens + max(0, (rest - dropped) // (base * 60 - dropped)))


def _start_frame(code: re.Match[str], rate: Fraction, code_rate: int | None) -> int | None:
    """Give the count at `rate` of a container's code; None for what is no code.

    The code itself counts `code_rate` frames to a second, or as many as the video.
    """
    base = counted_rate(rate)
    number = _number(code, code_rate or base)
    if number is None or not code_rate:
        return number
    return math.floor(Fraction(number * base, code_rate) + Fraction(1, 2))


def _number(code: re.Match[str], base: int) -> int | None:
    """Give the count of a code at `base` frames to a second; a dropped number is the next one."""
    hours, minutes, seconds, frames = (int(code[group]) for group in (1, 2, 3, 5))
    if hours > 23 or minutes > 59 or seconds > 59 or frames >= base:
        return None
    number = ((hours * 60 + minutes) * 60 + seconds) * base + frames
    if code[4] == ":" or base % 30:
        return number
    if minutes % 10 and not seconds:
        number += max(0, _dropped(base) - frames)
    whole_minutes = hours * 60 + minutes
    return number - _dropped(base) * (whole_minutes - whole_minutes // 10)


def _rate(declared: Fraction | None, times_seconds: Floats) -> tuple[Fraction, bool]:
    """Give the rate, and whether it is only nominal; the first of the times is 0."""
    measured = _measured_rate(times_seconds)
    declared = declared if declared and _LOWEST <= declared <= _HIGHEST else None
    if measured is None:  # one frame tells nothing
        return (_snapped(declared), False) if declared else (_FALLBACK, True)
    if declared and not 0.75 < float(declared) / measured < 1.5:
        declared = None
    average = (len(times_seconds) - 1) / float(times_seconds[-1] - times_seconds[0])
    # steps of 240 a second, in ticks of 1/600 s, are 2 or 3: only their average tells
    for rate in (*_candidates(declared, measured), *_candidates(None, average)):
        if _is_even(times_seconds, rate):
            return rate, False
    near = declared if declared and abs(float(declared) / measured - 1) < 0.05 else measured
    return _nearest_usual(float(near)), True


def _measured_rate(times_seconds: Floats) -> float | None:
    """Give the frames per second as they mostly come, without the gaps of missing ones."""
    steps = np.diff(times_seconds)
    steps = steps[steps > 0]
    if len(steps) == 0:
        return None
    middle = np.median(steps)
    usual = steps[np.abs(steps / middle - 1) < 0.25]
    return float(1 / (usual.mean() if len(usual) else middle))


def _candidates(declared: Fraction | None, measured: float) -> Iterator[Fraction]:
    """Give the rates that it may be, the likeliest first: to a short video many fit."""
    if declared:
        yield _snapped(declared)
        yield declared
    close = (rate for rate in _USUAL if abs(float(rate) / measured - 1) < 0.05)
    yield from sorted(close, key=lambda rate: abs(float(rate) - measured))
    if _LOWEST <= round(measured) <= _HIGHEST:
        yield Fraction(round(measured))


def _snapped(rate: Fraction) -> Fraction:
    """Give 30000/1001 for 2997/100; a rate that is none of the usual ones stays."""
    usual = _nearest_usual(float(rate))
    return usual if abs(rate / usual - 1) < _SAME else rate


def _nearest_usual(rate: float) -> Fraction:
    return min(_USUAL, key=lambda usual: abs(math.log(rate / usual)))


def _is_even(times_seconds: Floats, rate: Fraction) -> bool:
    """Tell whether nearly all frames lie on the grid of a rate, each on a place of its own."""
    places = times_seconds * float(rate)
    nearest = np.rint(places)
    is_off = np.abs(places - nearest) > _OFF_GRID_FRAMES
    is_off[1:] |= np.diff(nearest) < 1
    return bool(is_off.mean() <= _OFF_GRID_SHARE)
