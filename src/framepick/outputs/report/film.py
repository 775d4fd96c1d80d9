"""The curve of a film as the page carries it: full resolution, packed small.

Times are whole units of 10 microseconds, as steps; scores have 65,535 levels over their range,
which is finer than a screen or a reader can tell. Both go as base64 of little-endian arrays.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framepick.measures import vetoes
from framepick.outputs.sentences import sentence
from framepick.outputs.text import length_seconds, timecode_of
from framepick.reasons import Reason, ReasonCode
from framepick.results import Filmstrip, VideoResult
from framepick.timecode import timecodes
from framepick.types import (
    Floats,
    Rows,
)

MAX_SAMPLES = 300_000
"""Rows that a page carries at most; beyond, they are thinned evenly, the picks kept."""
_UNITS_PER_SECOND = 100_000
_MISSING = 65535
_UNEXPLORED_SECONDS = 0.3  # after a longer stretch that was not explored, a new shot is no cut
_MAX_SPREAD_RANGES = 4.0  # a band wider than this many ranges of the score tells no more


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring rows with vetoes."""

    first: int
    last: int
    """The first and the last row, both inclusive."""
    reasons: tuple[Reason, ...]
    """Their vetoes, the most frequent first."""

    @property
    def count(self) -> int:
        """How many rows there are."""
        return self.last - self.first + 1

    @property
    def text(self) -> str:
        """Their vetoes in words."""
        return ", ".join(sentence(reason) for reason in self.reasons)


def film(
    result: VideoResult, rows: Sequence[Mapping[str, Any]], strip: Filmstrip, strip_size: list[int]
) -> dict[str, Any]:
    """All that the page's script draws, ready for JSON.

    `rows` are those of picks.json, one per pick; `strip_size` is the width and height in pixels
    of the pictures of `strip`.
    """
    curve = result.curve
    kept = thinned(len(curve), [pick.row for pick in result.picks])
    words: dict[str, int] = {}
    code = timecodes(result.info, result.frame_times_seconds)
    return {
        "length": length_seconds(result),
        "times": pack_times(curve.times_seconds[kept]),
        "smoothed": pack_levels(curve.smoothed[kept]),
        "spread": pack_levels(_spread(curve.smoothed, curve.variance)[kept]),
        "raw": pack_levels(curve.raw[kept]),
        **_parts(result, kept),
        "vetoes": _coded(hard_veto_stretches(result), kept, words),
        "relative_vetoes": _coded(relative_veto_stretches(result), kept, words),
        "words": list(words),
        "strip": {
            "times": [round(time, 4) for time in strip.times_seconds.tolist()],
            "size": strip_size,
            "pictures": [base64.b64encode(one).decode() for one in strip.pictures],
        },
        "picks": [
            {
                "rank": pick.rank,
                "row": int(np.searchsorted(kept, pick.row)),
                "time": pick.moment.time_seconds,
                "score": pick.score,
                "timecode": timecode_of(row, pick),
            }
            for pick, row in zip(result.picks, rows, strict=True)
        ],
        "code": {
            "rate": [code.rate.numerator, code.rate.denominator],
            "base": code.base,
            "drop": code.is_drop,
            "start": code.start_frame,
        },
    }


def _parts(result: VideoResult, kept: Rows) -> dict[str, list[int]]:
    """Rows where shots begin, and where the curve begins anew after frames not explored."""
    begins = np.diff(result.curve.shot[kept], prepend=-1) != 0
    frame_indices, times = result.samples.frame_index, result.samples.times_seconds
    is_apart = np.diff(frame_indices, prepend=frame_indices[:1]) > 1
    is_apart &= np.diff(times, prepend=times[:1]) > _UNEXPLORED_SECONDS
    gaps = begins & is_apart[kept]
    return {"shots": np.flatnonzero(begins & ~gaps).tolist(), "gaps": np.flatnonzero(gaps).tolist()}


def hard_veto_stretches(result: VideoResult) -> list[Stretch]:
    """Stretches of rows that have the same hard veto."""
    codes = vetoes(result.samples.measures)
    ends = np.flatnonzero(np.r_[codes[1:] != codes[:-1], True]) if len(codes) else codes
    stretches, first = [], 0
    for last in ends.tolist():
        if codes[last]:
            stretches.append(Stretch(first, last, (Reason(ReasonCode(codes[last])),)))
        first = last + 1
    return stretches


def relative_veto_stretches(result: VideoResult) -> list[Stretch]:
    """Stretches of neighbouring rows that have the same relative veto."""
    stretches: list[Stretch] = []
    for row in sorted(result.relative_vetoes):
        reasons = (result.relative_vetoes[row],)
        last = stretches[-1] if stretches else None
        if last and (last.last, last.reasons) == (row - 1, reasons):
            stretches[-1] = replace(last, last=row)
        else:
            stretches.append(Stretch(row, row, reasons))
    return stretches


def thinned(count: int, needed: Sequence[int]) -> Rows:
    """Rows that the page carries, rising: all of `count`, or evenly some and the `needed` ones."""
    stride = -(-count // MAX_SAMPLES) if count else 1
    return np.union1d(np.arange(0, count, stride), np.array(needed, np.int64)).astype(np.int64)


def pack_times(times_seconds: Floats) -> dict[str, Any]:
    """Rising times (N,) as steps from the first."""
    units = np.rint(times_seconds * _UNITS_PER_SECOND).astype(np.int64)
    steps = np.diff(units, prepend=units[:1])
    return {
        "first": int(units[0]) if len(units) else 0,
        "per_second": _UNITS_PER_SECOND,
        "steps": _base64(steps.astype("<u4")),
    }


def pack_levels(values: Floats) -> dict[str, Any]:
    """Values (N,) as levels over their range; what is not finite is marked as missing."""
    is_finite = np.isfinite(values)
    known = values[is_finite]
    lowest, highest = (float(known.min()), float(known.max())) if len(known) else (0.0, 0.0)
    step = (highest - lowest) / (_MISSING - 1) or 1.0
    levels = np.full(len(values), _MISSING, np.uint16)
    levels[is_finite] = np.rint((known - lowest) / step).clip(0, _MISSING - 1)
    return {"lowest": lowest, "step": step, "levels": _base64(levels.astype("<u2"))}


def _spread(smoothed: Floats, variance: Floats) -> Floats:
    """Standard deviation (T,), cut where it is out of all proportion to the scores."""
    known = smoothed[np.isfinite(smoothed)]
    widest = _MAX_SPREAD_RANGES * (float(np.ptp(known)) if len(known) else 0.0)
    spread = np.sqrt(np.maximum(variance, 0.0))
    return np.minimum(spread, widest) if widest > 0 else spread


def _coded(stretches: list[Stretch], kept: Rows, words: dict[str, int]) -> list[list[int]]:
    """Stretches in terms of `kept` rows, their words by number; those that fall between go."""
    coded = []
    for stretch in stretches:
        low = int(np.searchsorted(kept, stretch.first))
        high = int(np.searchsorted(kept, stretch.last, side="right")) - 1
        if low <= high:
            coded.append([low, high, words.setdefault(stretch.text, len(words))])
    return coded


def _base64(array: NDArray[Any]) -> str:
    return base64.b64encode(array.tobytes()).decode()
