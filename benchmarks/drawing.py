"""The picture of docs/benchmarks.md: time beside other tools, and time against length."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Rows = Sequence[dict[str, Any]]
UNIT_SECONDS = 64
INK, SOFT, PAPER = "#24292f", "#8c959f", "#ffffff"
OURS, OTHERS = ("#0b6e99", "#8ec3da"), ("#6e7781", "#c4cad0")
"""Dark for wall time, light for CPU time."""
LINES = {("exact", 1080): "#0b6e99", ("exact", 360): "#8ec3da"}
LINES |= {("fast", 1080): "#d1495b", ("fast", 360): "#eda6af"}
_STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "svg.fonttype": "path",
    "svg.hashsalt": "framepick",
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": SOFT,
    "xtick.color": INK,
    "ytick.color": INK,
}


def draw(peers: Rows, lengths: Rows, path: Path) -> None:
    """Draw what there is into an SVG file."""
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(10.5, 4.3), facecolor=PAPER, layout="constrained")
        left, right = figure.subplots(1, 2)
        _bars(left, peers)
        _curves(right, [row for row in lengths if row["gop_seconds"] == 8])
        for axes in (left, right):
            axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(path, format=path.suffix[1:], metadata={"Date": None})


def _bars(axes: Axes, rows: Rows) -> None:
    """Wall time over CPU time of each tool, in seconds."""
    axes.set_title("A 1080p film of 64 s, every tool on it", loc="left", fontsize=11, pad=12)
    for at, row in enumerate(rows):
        dark, light = OURS if row["name"].startswith("framepick") else OTHERS
        for key, offset, colour in (("wall", -0.19, dark), ("cpu", 0.19, light)):
            axes.barh(at + offset, row[key], 0.36, color=colour)
            axes.annotate(
                f"{row[key]:.0f} s" + (" CPU" if key == "cpu" else ""),
                (row[key], at + offset),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
                fontsize=9,
                color=INK if key == "wall" else SOFT,
            )
    axes.set_yticks(range(len(rows)), [row["name"].replace(" ", "\n", 1) for row in rows])
    axes.invert_yaxis()
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.16)
    axes.set_xlabel("seconds: dark is wall time, light is CPU time of all cores")


def _curves(axes: Axes, rows: Rows) -> None:
    """Wall time against length, both on scales of powers of two."""
    axes.set_title("Time against length, whole run", loc="left", fontsize=11, pad=12)
    for (plan, height), colour in LINES.items():
        some = [row for row in rows if (row["plan"], row["height"]) == (plan, height)]
        some.sort(key=lambda row: int(row["units"]))
        if not some:
            continue
        minutes = [row["units"] * UNIT_SECONDS / 60 for row in some]
        axes.plot(minutes, [row["wall"] for row in some], "o-", color=colour, lw=2, ms=5)
        axes.annotate(
            f"{plan}, {height}p",
            (minutes[-1], some[-1]["wall"]),
            xytext=(8, 0),
            textcoords="offset points",
            va="center",
            color=colour if height == 1080 else INK,
            fontsize=9,
        )
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=2)
    _playing_time(axes, rows)
    axes.set_xlabel("minutes of film")
    axes.set_ylabel("seconds")
    axes.grid(color="#eaeef2", lw=0.8)
    axes.set_axisbelow(True)


def _playing_time(axes: Axes, rows: Rows) -> None:
    ends = sorted({row["units"] * UNIT_SECONDS / 60 for row in rows})
    if not ends:
        return
    axes.plot(ends, [60 * minutes for minutes in ends], "--", color=SOFT, lw=1)
    axes.annotate(
        "playing time",
        (ends[-1], 60 * ends[-1]),
        xytext=(8, 0),
        textcoords="offset points",
        va="center",
        fontsize=9,
        color=SOFT,
    )
    axes.set_xticks(ends, [f"{minutes:.0f}" for minutes in ends])
    axes.set_xlim(ends[0] / 1.15, ends[-1] * 2.6)
    axes.minorticks_off()
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
