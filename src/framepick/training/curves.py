"""Training curves: a table of every step, and a plot."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from framepick.files import whole_file
from framepick.training.state import Log
from framepick.types import Floats

SMOOTHED_SHARE = 0.05
"""Share of the steps that a point of a smoothed curve averages."""
COLUMNS = 3
"""Panels per row."""


def write_losses(path: Path, names: Sequence[str], log: Log) -> None:
    """Write a row per step: step, learning rate, total and each loss; empty where it has none."""
    with whole_file(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["step", "rate", "total", *names])
        for step, row in enumerate(log.losses, 1):
            writer.writerow([step, *("" if math.isnan(v) else f"{v:.7g}" for v in row)])


def draw_curves(path: Path, names: Sequence[str], figures: Sequence[str], log: Log) -> None:
    """Draw every loss, smoothed, and what was measured on held-out parts, as a PNG picture."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    losses = np.array(log.losses, np.float64).reshape(-1, 2 + len(names))[:, 1:]
    held_out = np.array(log.held_out, np.float64).reshape(-1, 1 + len(figures))
    rows = math.ceil((len(names) + 2) / COLUMNS)
    figure = Figure(figsize=(4.0 * COLUMNS, 2.6 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    panels = figure.subplots(rows, COLUMNS, sharex=True, squeeze=False).flatten()
    for panel, name, column in zip(panels, ("total", *names), losses.T, strict=False):
        steps = np.flatnonzero(~np.isnan(column))
        panel.plot(steps + 1, smoothed(column[steps]))
        panel.set(title=f"loss: {name}")
    measured = panels[len(names) + 1]
    for name, column in zip(figures, held_out[:, 1:].T, strict=True):
        measured.plot(held_out[:, 0], column, marker=".", label=name)
    measured.set(title="on held-out parts")
    if figures:
        measured.legend()
    for panel in panels[len(names) + 2 :]:
        panel.set_axis_off()
    figure.supxlabel("step")
    with whole_file(path) as partial:
        figure.savefig(partial, format="png", dpi=110, metadata={"Software": None})


def smoothed(values: Floats) -> Floats:
    """Return the moving average (N,) of each value and those before it."""
    width = max(1, int(SMOOTHED_SHARE * len(values)))
    sums = np.concatenate([[0.0], values.cumsum()])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(ends - width, 0)
    return np.asarray((sums[ends] - sums[starts]) / (ends - starts), np.float64)
