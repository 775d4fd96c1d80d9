"""Reports of the best frames so far, while a long search goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic

from framepick.results import Pick

PicksFound = Callable[[Sequence[Pick]], None]
"""Called with picks that may still change, best first."""
REPORT_SECONDS = 10.0
"""Provisional picks are reported after this time of exploring, and at such intervals from then."""


def no_picks(picks: Sequence[Pick]) -> None:
    """Ignore provisional picks."""


class ProvisionalPicks:
    """Reports the provisional picks of long runs, at intervals and only if they have changed."""

    def __init__(self, picks: Callable[[], list[Pick]], found: PicksFound) -> None:
        self._picks = picks
        self._found = found
        self._next = monotonic() + REPORT_SECONDS
        self._reported: list[float] = []

    def report(self, is_last: bool = False) -> None:
        """Report now if it is time; at the end, if earlier picks were reported and have changed."""
        is_due = monotonic() >= self._next or (is_last and self._reported)
        if self._found is no_picks or not is_due:
            return
        picks = self._picks()
        times = [pick.moment.time_seconds for pick in picks]
        if times and times != self._reported:
            self._found(picks)
        self._reported, self._next = times, monotonic() + REPORT_SECONDS
