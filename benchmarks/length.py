"""What picking costs: against length, against picture size, and fast against exact.

    python -m benchmarks.length [--units 1 4 16] [--rounds 1]

Every run is a process of its own, from its start to the last file written, with an empty cache;
films are those of `benchmarks.clips`, a unit 64 s long. Printed are wall time, CPU time and peak
memory of all processes, and ratios; the search alone beside the whole.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.clips import FULL, LOOPS, SHORT_GROUPS, SMALL, Kind, film
from benchmarks.figures import Cost, keep, load, middle
from benchmarks.one_pick import one_pick

PLANS = ("exact", "fast")


@dataclass(frozen=True, slots=True)
class Run:
    """A film, picked from by a plan."""

    kind: Kind
    units: int
    plan: str
    cost: Cost
    figures: dict[str, float]

    @property
    def row(self) -> dict[str, Any]:
        """To be kept."""
        return {
            "height": self.kind.height,
            "gop_seconds": self.kind.gop_seconds,
            "units": self.units,
            "plan": self.plan,
            "wall": self.cost.wall,
            "cpu": self.cost.cpu,
            "peak": self.cost.peak,
            **self.figures,
        }


def measured(kind: Kind, units: int, plan: str, rounds: int) -> Run:
    """Medians of some runs."""
    path = film(kind, units)
    runs = [one_pick(path, plan) for _ in range(rounds)]
    names = runs[0][1]
    figures = {name: median(found[name] for _, found in runs) for name in names}
    one = Run(kind, units, plan, middle([cost for cost, _ in runs]), figures)
    seen = figures["seen"] / figures["frames"]
    print(
        f"{kind.height}p, key frames {kind.gop_seconds} s apart, {units:2d} x 64 s, {plan:5}: "
        f"{one.cost.wall:7.1f} s, search {figures['search_seconds']:7.1f} s, "
        f"CPU {one.cost.cpu:7.1f} s, peak {one.cost.peak:5.0f} MB, {100 * seen:5.1f} % seen, "
        f"first pick after {figures['first_seconds']:.1f} s",
        flush=True,
    )
    return one


def report_lengths(runs: list[Run]) -> None:
    """Print how cost and memory grow with length."""
    for first in runs:
        for other in runs:
            same = (first.kind, first.plan) == (other.kind, other.plan)
            if same and first.units == min(r.units for r in runs) < other.units:
                longer = other.units / first.units
                print(
                    f"{first.kind.height}p, {first.plan}: {longer:g} times as long takes "
                    f"{other.cost.wall / first.cost.wall:.2f} times as long, "
                    f"{other.cost.cpu / first.cost.cpu:.2f} times the CPU time, "
                    f"{other.cost.peak - first.cost.peak:+.0f} MB"
                )


def report_plans(runs: list[Run]) -> None:
    """Print how many times faster fast is."""
    for fast in runs:
        for exact in runs:
            same = (fast.kind, fast.units) == (exact.kind, exact.units)
            if same and (fast.plan, exact.plan) == ("fast", "exact"):
                search = exact.figures["search_seconds"] / fast.figures["search_seconds"]
                print(
                    f"{fast.kind}, {fast.units} x 64 s: fast takes "
                    f"1/{exact.cost.wall / fast.cost.wall:.1f} of the time of exact, "
                    f"the search alone 1/{search:.1f}, "
                    f"CPU 1/{exact.cost.cpu / fast.cost.cpu:.1f}"
                )


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description="Cost against length, size and plan.")
    parser.add_argument("--units", type=int, nargs="+", default=list(LOOPS))
    parser.add_argument("--rounds", type=int, default=1)
    options = parser.parse_args()
    print(load())
    lengths = [(kind, units) for kind in (SMALL, FULL) for units in options.units]
    runs = []
    for kind, units in (*lengths, (SHORT_GROUPS, max(options.units))):
        runs += [measured(kind, units, plan, options.rounds) for plan in PLANS]
    report_lengths(runs)
    report_plans(runs)
    keep("length", [run.row for run in runs])


if __name__ == "__main__":
    main()
