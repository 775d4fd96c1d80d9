"""Frames that a user wants to be among the picks, with the reasons that stand beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from framepick.measures import vetoes
from framepick.picking import Held, RefinedPeak
from framepick.reasons import Reason, ReasonCode
from framepick.results import Pick
from framepick.scope import Scope
from framepick.types import Samples

RelativeVeto = Callable[[int], Reason | None]
"""Gives the relative veto of a row, None where it has none or was not compared."""
_INCLUDED = (ReasonCode.INCLUDED, ReasonCode.INCLUDED_VETOED)
_FILLERS = (ReasonCode.FILLER_DUPLICATE, ReasonCode.FILLER_CLOSE)
"""Their values name ranks, which are others in another choice."""


@dataclass(frozen=True, slots=True)
class EarlierPick:
    """A pick as it stands in picks.json."""

    rank: int
    frame_index: int
    time_seconds: float
    peak_seconds: float | None
    reasons: tuple[Reason, ...]
    runner_up: tuple[int, Reason] | None
    """`Moment.frame_index` of the frame that came second, and why."""
    is_pinned: bool = False

    @property
    def is_included(self) -> bool:
        """Whether it was picked because the user named its time."""
        return self.reasons[0].code in _INCLUDED

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """Read a pick of picks.json.

        Raises
        ------
        KeyError, TypeError, ValueError
            It was written by another version.
        """
        second = row["runner_up"]
        return cls(
            rank=int(row["rank"]),
            frame_index=int(row["frame_index"]),
            time_seconds=float(row["time_seconds"]),
            peak_seconds=row["peak_seconds"],
            reasons=tuple(map(_read_reason, row["reasons"])),
            runner_up=second and (int(second["frame_index"]), _read_reason(second["reason"])),
        )

    def as_row(self) -> dict[str, Any]:
        """Give what `of_row` reads, as JSON takes it."""
        second = self.runner_up and {
            "frame_index": self.runner_up[0],
            "reason": _reason_row(self.runner_up[1]),
        }
        return {
            "rank": self.rank,
            "frame_index": self.frame_index,
            "time_seconds": self.time_seconds,
            "peak_seconds": self.peak_seconds,
            "reasons": [_reason_row(reason) for reason in self.reasons],
            "runner_up": second,
        }


def earlier_pick(pick: Pick) -> EarlierPick:
    """Give a pick as it will stand in picks.json."""
    second = pick.runner_up
    return EarlierPick(
        pick.rank,
        pick.moment.frame_index,
        pick.moment.time_seconds,
        pick.peak_seconds,
        pick.reasons,
        (second.moment.frame_index, second.reason) if second else None,
    )


def no_veto(row: int) -> None:
    """Compare nothing at full size."""


def included(scope: Scope, samples: Samples, relative_veto: RelativeVeto) -> Iterator[Held]:
    """Give the included frames that were decoded, each exactly as it is."""
    if not scope.included:
        return
    allowed = samples.with_excluded(np.zeros(len(samples), np.bool_))
    codes = vetoes(allowed.measures)
    for frame_index in scope.included:
        for row in _rows(samples, frame_index):
            yield Held(row, RefinedPeak(row), _include_reason(str(codes[row]), relative_veto(row)))


def kept(picks: Sequence[EarlierPick], samples: Samples) -> Iterator[Held]:
    """Give earlier picks that stay, as far as they were decoded, with what was said of them."""
    for pick in picks:
        for row in _rows(samples, pick.frame_index):
            first, *others = pick.reasons
            seconds = pick.time_seconds if pick.peak_seconds is None else pick.peak_seconds
            yield Held(
                candidate=int(np.argmin(np.abs(samples.times_seconds - seconds))),
                refined=RefinedPeak(row, tuple(others), _runner_up(pick, samples)),
                reason=_kept_reason(first, pick.is_pinned),
            )


def _rows(samples: Samples, frame_index: int) -> list[int]:
    """Give the row of a frame, none if it was not decoded."""
    rows: list[int] = np.flatnonzero(samples.frame_index == frame_index)[:1].tolist()
    return rows


def _runner_up(pick: EarlierPick, samples: Samples) -> tuple[int, Reason] | None:
    rows = _rows(samples, pick.runner_up[0]) if pick.runner_up else []
    return (rows[0], pick.runner_up[1]) if pick.runner_up and rows else None


def _include_reason(hard_veto: str, relative_veto: Reason | None) -> Reason:
    veto = hard_veto or (relative_veto.code.value if relative_veto else "")
    if veto:
        return Reason(ReasonCode.INCLUDED_VETOED, {"veto": veto})
    return Reason(ReasonCode.INCLUDED)


def _kept_reason(first: Reason, is_pinned: bool) -> Reason:
    if is_pinned:
        return Reason(ReasonCode.PINNED)
    return Reason(ReasonCode.FILLER) if first.code in _FILLERS else first


def _reason_row(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code.value, **reason.values}


def _read_reason(row: Mapping[str, Any]) -> Reason:
    values = {name: value for name, value in row.items() if name not in ("code", "text")}
    return Reason(ReasonCode(row["code"]), values)
