"""How honest the error bars of the score curve are, clip by clip.

    python -m benchmarks.calibration_of_curve scores.csv [more.csv ...]

Reads score tables (columns time_seconds, raw, shot). Keeps every 3rd, then every 10th score,
estimates the noise from the kept ones alone, and counts how many of the other scores lie within
two predictive standard deviations of the curve, root(variance + measurement variance). A useless
band holds everything, so its mean half width is given too, in standard deviations of the clip's
raw scores.
Aim: 0.90 to 0.97 inside, and a half width well under 2, which is what no curve at all would give.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from framepick.curve.kalman import estimate_noise, smooth
from framepick.types import Floats

THINNINGS = (3, 10)


def coverage(
    times_seconds: Floats, raw: Floats, shot: NDArray[np.int32], keep_every: int
) -> tuple[float, float]:
    """Share of the left-out scores inside the band, and its half width in spreads of `raw`."""
    kept = np.arange(len(raw)) % keep_every == 0
    thinned = np.where(kept, raw, np.nan)
    noise = estimate_noise(times_seconds, thinned, shot)
    smoothed, variance = smooth(times_seconds, thinned, shot, noise)
    half_width = 2 * np.sqrt(variance + noise.measurement_variance)
    inside = np.abs(raw - smoothed) <= half_width
    spread = max(float(raw.std()), 1e-12)
    return float(inside[~kept].mean()), float(half_width[~kept].mean()) / spread


def read_scores(path: Path) -> tuple[Floats, Floats, NDArray[np.int32]]:
    """Times (T,), raw scores (T,) and shot numbers (T,) of a score table."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    times, raw = (np.array([float(row[name]) for row in rows]) for name in ("time_seconds", "raw"))
    return times, raw, np.array([int(row["shot"]) for row in rows], np.int32)


def main() -> None:
    """Print one line per clip and thinning."""
    parser = argparse.ArgumentParser(description="Coverage of the score curve's error bars.")
    parser.add_argument("tables", nargs="+", type=Path, metavar="SCORES.csv")
    print(f"{'clip':40} {'scores':>6} {'kept':>9} {'inside':>7} {'half width / spread':>20}")
    for path in parser.parse_args().tables:
        times, raw, shot = read_scores(path)
        for keep_every in THINNINGS:
            if len(raw) < 2 * keep_every:
                continue
            inside, width = coverage(times, raw, shot, keep_every)
            print(
                f"{path.stem:40} {len(raw):6} {f'1 in {keep_every}':>9} {inside:7.3f} {width:20.2f}"
            )


if __name__ == "__main__":
    main()
