"""What plans pick, compared with scoring every frame.

    python -m benchmarks.plans [FOLDER of clips] [--clips 8] [--first 0]

Makes clips of 2 to 4 minutes, 854 x 480, key frames every 2 s and every 8 s: shots of 1 to 18 s of
photographs in motion, some of them blurred, out of focus or badly lit for a while. The photographs
are those of the folder that FRAMEPICK_DATA names, else those of the samples. Clips are kept in
`build/bench/plans`; a folder of others can be named instead.

Each clip is picked from with the exact plan, then with the fast plan, both refined. Scores are read
off the whole curve at the frames kept; a figure is the sum over clips of (plan - mean of the clip)
over that of the exact plan, with its bootstrap interval. Budgets, and the even grid that costs what
the fast plan costs, are replayed on the recorded curves without refinement; for budgets a clock
is charged what two cores take for 1080p.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.figures import FOLDER, keep
from benchmarks.figures import load as how_busy
from framepick.aesthetic import AestheticModel, load_model
from framepick.config import PickConfig, VideoConfig
from framepick.curve import to_curve
from framepick.evaluation.bootstrap import Interval, interval
from framepick.picking import pick_best
from framepick.plans.budget import BudgetPlan
from framepick.plans.candidates import Candidates
from framepick.plans.fast import FastPlan
from framepick.plans.gops import Gops
from framepick.protocols import Plan, PlanState, ProcessedRequest
from framepick.session import open_session
from framepick.sources.photos import load_photo
from framepick.types import Floats, Samples, Timeline, Vectors
from samples.clipmaker import Pixels, Scene, View, load, names, render, write

RULES = PickConfig(5, 1.0)
EXACT = VideoConfig(pick=RULES, plan="exact")
BUDGETS = (2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0)
SECONDS_PER_FRAME = 0.0231 / 2
"""Of 1080p: decoding, measuring and encoding it on two cores."""
SECONDS_PER_REQUEST = 0.02
_RATE, _REACH_SECONDS = 25, 0.6


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """All of a clip, as the exact plan saw it."""

    timeline: Timeline
    samples: Samples
    content: Vectors
    smoothed: Floats

    def gain(self, frame_indices: Iterable[int]) -> float:
        """Scores of frames over the mean of the clip, summed."""
        return float(np.sum(self.smoothed[list(frame_indices)] - self.smoothed.mean()))

    def part(self, rows: np.ndarray) -> Samples:
        """Samples of `rows` (n,) alone."""
        given, content = self.samples, self.content[rows]
        change = 1.0 - np.sum(content[1:] * content[:-1], axis=1, dtype=np.float64)
        return replace(
            given,
            frame_index=given.frame_index[rows],
            pts=given.pts[rows],
            times_seconds=given.times_seconds[rows],
            raw=given.raw[rows],
            content_change=np.concatenate([[0.0], np.clip(change, 0, 2)])[: len(rows)],
            measures=given.measures[rows],
        )

    def picked(self, rows: np.ndarray, model: AestheticModel) -> list[int]:
        """Peaks of the curve of `rows` (n,), as rows of the clip."""
        samples, content = self.part(rows), self.content[rows]
        percentile = model.scorer.calibration.percentile
        picks, _ = pick_best(
            samples, to_curve(samples), RULES, lambda some: content[some], percentile
        )
        return [int(rows[pick.row]) for pick in picks]


def replay(clip: Recorded, model: AestheticModel, plan: Plan) -> tuple[list[int], float]:
    """Process the requests of a plan on recorded scores; give the picks and the seconds."""
    gops = Gops.of(clip.timeline)
    known = np.zeros(len(clip.timeline), np.bool_)

    def peaks() -> list[int]:
        rows = np.flatnonzero(known)
        return [int(row) for row in np.searchsorted(rows, clip.picked(rows, model))]

    state = PlanState(None, peaks)
    while request := plan.next(state):
        new = np.arange(len(known)) if request.is_everything else np.array(request.frame_indices)
        end = state.seconds + SECONDS_PER_REQUEST + SECONDS_PER_FRAME * gops.cost(new)
        known[new] = True
        done = ProcessedRequest(request, state.seconds, end)
        state = state.after(done, clip.part(np.flatnonzero(known)))
    return clip.picked(np.flatnonzero(known), model), state.seconds


def plan_for(clip: Recorded, budget_seconds: float | None = None) -> Plan:
    """Give the fast plan, or that for a budget of the exploration alone."""
    candidates = Candidates(
        clip.timeline, RULES.count, RULES.gap_seconds(clip.timeline.times_seconds), _REACH_SECONDS
    )
    return BudgetPlan(candidates, budget_seconds) if budget_seconds else FastPlan(candidates)


def even(clip: Recorded, model: AestheticModel, seconds: float) -> list[int]:
    """Picks of the finest even grid that takes no longer."""
    gops = Gops.of(clip.timeline)
    for step in range(1, len(clip.timeline)):
        rows = np.arange(0, len(clip.timeline), step)
        if SECONDS_PER_FRAME * gops.cost(rows) <= seconds:
            return clip.picked(rows, model)
    return clip.picked(np.array([0]), model)


def record(path: Path, model: AestheticModel) -> tuple[Recorded, list[int], float]:
    """Search a clip whole; give what was seen, the frames kept, and the seconds it took."""
    begun = perf_counter()
    with open_session(path, model) as search:
        search.explore(EXACT)
        kept = [pick.moment.frame_index for pick in search.select(EXACT).picks]
        taken = perf_counter() - begun
        timeline, samples = search.source.timeline, search.samples
        assert timeline is not None
        content = search.processor.content_of(np.arange(len(samples)))
        return Recorded(timeline, samples, content, search.curve.smoothed), kept, taken


def searched(path: Path, model: AestheticModel) -> tuple[list[int], float, float]:
    """Search with the fast plan; give the frames kept, the seconds, and the share seen."""
    begun, config = perf_counter(), replace(EXACT, plan="fast")
    with open_session(path, model) as search:
        search.explore(config)
        kept = [pick.moment.frame_index for pick in search.select(config).picks]
        share = len(search.samples) / search.source.info.packet_count
        return kept, perf_counter() - begun, share


def measure(path: Path, model: AestheticModel) -> dict[str, float]:
    """Gains of all plans on one clip."""
    clip, whole, exact_seconds = record(path, model)
    fast, fast_seconds, share = searched(path, model)
    peaks = clip.picked(np.arange(len(clip.timeline)), model)
    fast_peaks, replayed_seconds = replay(clip, model, plan_for(clip))
    row = {
        "exact": clip.gain(whole),
        "fast": clip.gain(fast),
        "exact, no close look": clip.gain(peaks),
        "fast, no close look": clip.gain(fast_peaks),
        "even grid, no close look": clip.gain(even(clip, model, replayed_seconds)),
    }
    print(
        f"{path.name}: fast keeps {row['fast'] / row['exact']:.3f} of exact's gain, "
        f"{exact_seconds / fast_seconds:.1f} times as fast, saw {share:.0%}",
        flush=True,
    )
    for seconds in BUDGETS:
        picks, taken = replay(clip, model, plan_for(clip, seconds))
        row[f"{seconds:g} s"] = clip.gain(picks)
        row[f"{seconds:g} s, taken"] = taken / seconds
    return row


def share_of(rows: Sequence[dict[str, float]], plan: str, exact: str) -> Interval:
    """Gain of a plan over that of another, summed over clips."""
    ours, theirs = (np.array([row[name] for row in rows]) for name in (plan, exact))
    return interval(lambda weights: (weights @ ours) / (weights @ theirs), np.arange(len(rows)))


def report(rows: Sequence[dict[str, float]]) -> list[dict[str, float | str]]:
    """Print the table; give its rows."""
    plain = "exact, no close look"
    table: list[dict[str, float | str]] = []
    names = [("fast", "exact"), ("fast, no close look", plain), ("even grid, no close look", plain)]
    names += [(f"{seconds:g} s", plain) for seconds in BUDGETS]
    print(f"{'plan':26} share of exact's gain, 95 % of draws; worst clip; time taken of budget")
    for plan, exact in names:
        found = share_of(rows, plan, exact)
        worst = min(row[plan] / row[exact] for row in rows)
        taken = max(row.get(f"{plan}, taken", 0.0) for row in rows)
        longest = f"; at most {taken:.2f}" if taken else ""
        drawn = f"{found.low:.3f} to {found.high:.3f}"
        print(f"{plan:26} {found.value:.3f}, {drawn}; {worst:.2f}{longest}")
        figures = {"share": found.value, "low": found.low, "high": found.high, "worst": worst}
        table.append({"plan": plan, **figures, "taken": taken})
    return table


def make_clip(seed: int, pictures: Sequence[Path | str]) -> Path:
    """Give a clip, which is made if it is not there."""
    rng, gop = np.random.default_rng(seed), (50, 200)[seed % 2]
    path = FOLDER / "plans" / f"{seed}_gop{gop}.mp4"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        scenes: list[Scene] = []
        left = float(rng.uniform(120, 240))
        while left > 0:
            usual = rng.choice([1.5, 3, 5, 8, 14], p=[0.2, 0.35, 0.25, 0.15, 0.05])
            seconds = round(float(usual * rng.uniform(0.7, 1.3)) * _RATE) / _RATE
            scenes.append(
                _scene(rng, _picture(pictures[int(rng.integers(len(pictures)))]), seconds)
            )
            left -= seconds
        part = path.with_suffix(".part")
        frames = render(scenes, 854, 480, rate=_RATE, seed=seed)
        write(part, frames, rate=_RATE, gop=gop, quality=24, container="mp4")
        part.rename(path)
    return path


def _scene(rng: np.random.Generator, picture: Pixels, seconds: float) -> Scene:
    """A camera pans over a picture, and something goes wrong now and then."""
    (x, y), (u, v) = rng.uniform(0.4, 0.6, (2, 2))
    near, far = rng.uniform(0.5, 1, 2)
    turns, phase = rng.uniform(0.1, 0.8), rng.uniform(0, 6)

    def wave(t: float) -> float:
        return float(np.sin(2 * np.pi * turns * t + phase))

    scene = Scene(
        picture,
        seconds,
        ((0.0, View(x, y, near)), (seconds, View(u, v, far))),
        shake=float(rng.choice([0, 1, 4])),
        noise=float(rng.uniform(0.5, 2)),
        blur_angle=float(rng.uniform(0, 180)),
    )
    most = float(rng.uniform(0.2, 1))
    faults = (
        lambda: replace(scene, defocus=lambda t: max(0.0, wave(t)) * 6 * most),
        lambda: replace(scene, blur=lambda t: max(0.0, wave(t)) * 20 * most),
        lambda: replace(scene, exposure=lambda t: wave(t) * 2 * most),
        lambda: scene,
    )
    return faults[rng.integers(4)]()


def _pictures() -> list[Path | str]:
    folder = os.environ.get("FRAMEPICK_DATA")
    found = sorted(Path(folder).rglob("*.jpg")) if folder else []
    return [*found] or [*names()]


def _picture(name: Path | str) -> Pixels:
    return load_photo(name) if isinstance(name, Path) else load(name)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, help="of clips, instead of made ones")
    parser.add_argument("--clips", type=int, default=8)
    parser.add_argument("--first", type=int, default=0, help="seed of the first clip")
    options = parser.parse_args()
    print(how_busy())
    if options.folder:
        clips = sorted(options.folder.glob("*.mp4"))
    else:
        seeds = range(options.first, options.first + options.clips)
        pictures = _pictures()
        clips = [make_clip(seed, pictures) for seed in seeds]
    model = load_model(device="cpu")
    rows = [measure(path, model) for path in clips]
    keep("plans", report(rows))


if __name__ == "__main__":
    main()
