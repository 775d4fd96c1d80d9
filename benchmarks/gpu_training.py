"""Fine-tunes a network for as many steps as fit a time, and keeps the weights and figures.

    python -m benchmarks.gpu_training --out FOLDER [--recipe FILE] [--seconds 270] [--dry-run]

A short run of the same recipe tells what a step takes; the schedule of the run that counts is then
made for the number of steps that the rest of the time allows, no more than the recipe says. FOLDER
gets the weights with their card, the losses of all steps, the curves, and figures.json.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from framepick.encoding.hardware import choose_runtime
from framepick.errors import FramepickError
from framepick.training.config import DescentConfig, TrainConfig, read_config
from framepick.training.descent import descend

RECIPE = Path(__file__).parents[1] / "recipes" / "finetune-lite2.toml"
PROBE_STEPS, DRY_STEPS = 50, 4
MARGIN_SECONDS = 10.0
KEPT = (".safetensors", ".json", ".losses.csv", ".curves.png")
"""Ends of the files that are kept: all but the state, which is the largest."""


@dataclass(frozen=True, slots=True)
class Pace:
    """What a run takes."""

    step: float
    """Seconds a step."""
    around: float
    """Seconds before the first step and after the last."""


def main() -> None:
    """Train and keep."""
    parser = argparse.ArgumentParser(description="Fine-tune for as long as there is time.")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--recipe", type=Path, default=RECIPE)
    parser.add_argument("--seconds", type=float, default=270.0)
    parser.add_argument("--dry-run", action="store_true")
    options = parser.parse_args()
    try:
        fine_tune(options.recipe, options.out, options.seconds, is_dry=options.dry_run)
    except FramepickError as error:
        raise SystemExit(str(error)) from error


def fine_tune(recipe: Path, out: Path, seconds: float, *, is_dry: bool) -> None:
    """Train for `seconds`, and leave weights and figures in the folder `out`."""
    start = time.perf_counter()
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        config = read_config(recipe)
        config = replace(config, out=Path(folder), cache=Path(folder) / "cache")
        config = _tiny(config) if is_dry else config
        pace = measure_pace(config, DRY_STEPS if is_dry else PROBE_STEPS)
        left = seconds - (time.perf_counter() - start)
        steps = steps_that_fit(pace, left, _descent(config).steps)
        print(f"{pace.step:.3f} s a step: {steps} steps", flush=True)
        outcome = descend(_of(config, steps), _silent, print)
        for ending in KEPT:
            shutil.copy(Path(folder) / f"{config.name}{ending}", out)
    about = {"device": _device(), "torch": torch.__version__, "seconds_a_step": pace.step}
    figures = {**about, "steps": steps, "figures": dict(outcome.figures)}
    (out / "figures.json").write_text(json.dumps(figures, indent=1))
    for name, value in outcome.figures.items():
        print(f"{name}: {value:.3f}")


def measure_pace(config: TrainConfig, steps: int) -> Pace:
    """Time a run of a few steps; the first half of them is not counted."""
    done: dict[int, float] = {}

    def progress(at: int, total: int | None) -> None:
        if total == steps:
            done[at] = time.perf_counter()

    start = time.perf_counter()
    descend(_of(replace(config, name="probe"), steps), progress, print)
    whole, half = time.perf_counter() - start, steps // 2
    step = (done[steps] - done[half]) / (steps - half)
    return Pace(step, max(0.0, whole - steps * step))


def steps_that_fit(pace: Pace, seconds: float, most: int) -> int:
    """Return how many steps a run of `seconds` can take; 1 at least, `most` at most."""
    left = seconds - pace.around - MARGIN_SECONDS
    return max(1, min(most, int(left / pace.step)))


def _tiny(config: TrainConfig) -> TrainConfig:
    """Return the same run with smaller views and few steps."""
    descent = replace(_descent(config), steps=DRY_STEPS, batch=12, measure_every=DRY_STEPS)
    return replace(config, network=replace(config.network, view=96, content=8), descent=descent)


def _of(config: TrainConfig, steps: int) -> TrainConfig:
    return replace(config, descent=replace(_descent(config), steps=steps))


def _descent(config: TrainConfig) -> DescentConfig:
    if config.descent is None:
        raise SystemExit(f"{config.name}: has no [descent]; name another recipe")
    return config.descent


def _silent(done: int, total: int | None) -> None:
    pass


def _device() -> str:
    device = choose_runtime("auto").device
    return torch.cuda.get_device_name() if device.type == "cuda" else str(device)


if __name__ == "__main__":
    main()
