"""How fast and how exact each CPU runtime is beside eager fp32 torch, on the shipped weights.

    python -m benchmarks.runtimes [--rounds N] [--frames N] [CLIP...]

Runtimes take turns on the same views, each in its best batch size of those tried; printed are
medians in milliseconds a frame, and their ratios. Then each scores the first frames of every clip
(the samples, where none is named), to be held against eager fp32: rank correlation (at least
0.98), and the noise of scores as a share of the filter's measurement noise (less than 0.2).
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from framepick.curve.kalman import estimate_noise
from framepick.encoding import LoadedEncoder, load_encoder, machine
from framepick.encoding.hardware import choose_runtime
from framepick.extras import is_installed
from framepick.metrics import spearman
from framepick.model.card import default_weights, read_card
from framepick.model.checkpoint import load_checkpoint
from framepick.scoring import NormScorer
from framepick.sources.opening import open_source
from framepick.types import Floats, FrameBatch, Moment

SAMPLES = Path(__file__).parents[1] / "samples"
BATCHES = (1, 2, 4, 8, 16)
LEAST_CORRELATION, MOST_NOISE = 0.98, 0.2
EAGER = "eager float32"
Views = NDArray[np.uint8]
Runs = dict[tuple[str, int], Callable[[], object]]
"""By name and batch size."""


@dataclass(frozen=True, slots=True)
class Clip:
    """The first frames of a video, as an encoder sees them."""

    name: str
    views: Views
    times_seconds: Floats


def main() -> None:
    """Measure and print."""
    options = _options()
    threads = machine.free_cores()  # that encoders take
    torch.set_num_threads(threads)
    _report_machine(threads)
    eager = _eager()
    _report_speed(eager, options.rounds)
    _report_agreement(eager, options.clips, options.frames)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("clips", nargs="*", type=Path, default=sorted(SAMPLES.glob("*.mp4")))
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--frames", type=int, default=120)
    return parser.parse_args()


def _kinds() -> Iterator[tuple[str, str]]:
    for runtime in ("openvino", "torch"):
        if is_installed(runtime):
            if runtime == "openvino":
                yield runtime, "auto"  # that of the graph beside the weights: int8
            yield runtime, "float32"
            if choose_runtime("cpu").precision == torch.bfloat16:
                yield runtime, "bfloat16"


def _eager() -> Callable[[Views], Floats]:
    """Give the scores of a network as it is loaded: torch, fp32, nothing done for speed."""
    network, _ = load_checkpoint(default_weights())

    def score(views: Views) -> Floats:
        with torch.inference_mode():
            aesthetic = network(torch.from_numpy(views))[0]
        return np.asarray(np.linalg.norm(aesthetic.double().numpy(), axis=1), np.float64)

    return score


def _report_machine(threads: int) -> None:
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(
        f"{threads} threads of {os.cpu_count()} cores, load {load:.1f}, torch {torch.__version__}"
    )


def _report_speed(eager: Callable[[Views], Floats], rounds: int) -> None:
    """Time eager and OpenVINO in turns; then torch, whose encoder changes how memory is freed."""
    side = read_card(default_weights()).view.size
    shape = max(BATCHES), side, side, 3
    views = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    eager_runs: Runs = {(EAGER, n): partial(eager, views[:n]) for n in BATCHES}
    first = _turns({**eager_runs, **_encoder_runs("openvino", views)}, rounds)
    base = min(cost for (label, _), cost in first.items() if label == EAGER)
    print(f"{'runtime':32}{'batch':>6}{'ms a frame':>12}{'ratio':>8}")
    _print_best(first, base)
    machine.keep_freed_memory()
    kept: Runs = {(f"{EAGER}, memory kept", n): run for (_, n), run in eager_runs.items()}
    _print_best(_turns({**kept, **_encoder_runs("torch", views)}, rounds), base)


def _encoder_runs(runtime: str, views: Views) -> Runs:
    runs: Runs = {}
    for name, precision in _kinds():
        for size in BATCHES if name == runtime else ():
            encoder = load_encoder(
                runtime=runtime, precision=precision, device="cpu", batch_size=size
            )
            runs[f"{runtime} {precision}", size] = partial(encoder.encode, _batch(views[:size]))
    return runs


def _turns(runs: Runs, rounds: int) -> dict[tuple[str, int], float]:
    """Median milliseconds a frame of each run."""
    taken: dict[tuple[str, int], list[float]] = {key: [] for key in runs}
    for turn in range(rounds + 2):
        for (label, size), run in runs.items():
            run()  # brings its values back into the cache
            start = time.perf_counter()
            run()
            if turn >= 2:
                taken[label, size].append((time.perf_counter() - start) / size * 1e3)
    return {key: statistics.median(times) for key, times in taken.items()}


def _print_best(taken: dict[tuple[str, int], float], base: float) -> None:
    for label in dict.fromkeys(label for label, _ in taken):
        size = min((n for name, n in taken if name == label), key=lambda n: taken[label, n])
        cost = taken[label, size]
        print(f"{label:32}{size:6}{cost:12.2f}{base / cost:8.2f}", flush=True)


def _report_agreement(eager: Callable[[Views], Floats], paths: list[Path], frames: int) -> None:
    encoders = [load_encoder(runtime=r, precision=p, device="cpu") for r, p in _kinds()]
    scorer = NormScorer(encoders[0].card.calibration)
    for clip in _clips(paths, encoders[0], frames):
        exact = np.concatenate([eager(clip.views[n : n + 4]) for n in range(0, len(clip.views), 4)])
        shot = np.zeros(len(exact), np.int32)
        spread = estimate_noise(clip.times_seconds, exact, shot).measurement_variance ** 0.5
        print(f"{clip.name}: {len(exact)} frames, measurement noise {spread:.4f}")
        for encoder in encoders:
            found = scorer.score(encoder.encode(_batch(clip.views)))
            rank, noise = spearman(exact, found), float(np.std(found - exact)) / spread
            passed = rank >= LEAST_CORRELATION and noise < MOST_NOISE
            verdict = "" if passed else "  fails"
            print(f"  {encoder.runtime:22} rank {rank:.5f} noise {noise:.4f}{verdict}", flush=True)


def _clips(paths: list[Path], encoder: LoadedEncoder, frames: int) -> Iterator[Clip]:
    for path in paths:
        with open_source(path, encoder.view_spec) as source:
            found = list(islice(source.frames(), frames))
        views = np.stack([frame.view for frame in found])
        times = np.array([frame.moment.time_seconds for frame in found])
        yield Clip(path.name, views, times)


def _batch(views: Views) -> FrameBatch:
    return FrameBatch(views, tuple(Moment(i, i, Fraction(1), float(i)) for i in range(len(views))))


if __name__ == "__main__":
    main()
