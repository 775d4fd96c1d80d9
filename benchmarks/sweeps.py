"""How well a sweep finds the best view: synthetic pans over large photographs.

    FRAMEPICK_DATA=... python -m benchmarks.sweeps [--sweeps 20] [--seed 1] [--rate 8]

A camera held by hand sweeps over a photograph, or a picture of a clip: smooth motion with jitter,
motion blur, sensor noise, small changes of exposure; of its 30 frames/s the encoder sees `--rate`.
Then a user with a reaction time follows the arrow and stops. The truth is the same line scored
offline, still and clean, at every percent of the width, as a file that pans slowly: with the
smoothed curve of the tool. Its best view is where that curve is highest.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np

from framepick.aesthetic import AestheticModel, load_model
from framepick.curve.kalman import (
    FilterState,
    NoiseModel,
    estimate_noise,
    smooth,
    update,
    with_alike_errors,
)
from framepick.live.sweep import Guidance, Sweep, SweepFrame
from framepick.types import Floats, Pixels, Vectors

LEAST_WIDTH = 480
FADE_FRAMES = 30
"""Clips may fade in for so long."""
CAMERA_PIXELS = 1280 * 720
"""What a view is made of: it averages the noise of as many pixels as it has less."""
RATE = 30
EXPOSURE_SECONDS = 1 / 50
NEAR = 0.05
ARROW_DEGREES = 30.0
"""An arrow that is off by less points to the view."""
REACTION_SECONDS = 0.4
MOST_SECONDS = 30.0
TURN_SECONDS = 0.25
"""How fast a hand changes its speed."""


def pictures() -> list[tuple[str, Pixels]]:
    """Give pictures at least `LEAST_WIDTH` wide: one of each clip, and as many photographs."""
    data = Path(os.environ["FRAMEPICK_DATA"])
    clips = sorted((data / "footage" / "clips").glob("*.mp4"))
    found = [(path.stem, _still(path)) for path in clips]
    stills = [one for one in found if one[1].shape[1] >= LEAST_WIDTH]
    paths = sorted([*data.glob("photos/*.jpg"), *data.glob("photos2/*.jpg")])
    order = np.random.default_rng(0).permutation(len(paths))
    for at in order:
        photo = cv2.imread(str(paths[at]), cv2.IMREAD_COLOR_RGB)
        if photo is not None and photo.shape[1] >= LEAST_WIDTH:
            found.append((paths[at].stem, np.asarray(photo, np.uint8)))
            stills.append(found[-1])
        if len(stills) >= 80:
            break
    return stills


def _still(path: Path) -> Pixels:
    with av.open(str(path)) as container:
        frames = islice(container.decode(video=0), FADE_FRAMES)
        return np.asarray(list(frames)[-1].to_ndarray(format="rgb24"), np.uint8)


class Scene:
    """A photograph that a window of a share of its width looks at, and the line of a sweep."""

    def __init__(self, name: str, photo: Pixels, size: int, seed: int) -> None:
        self.name, self._size, self._rng = name, size, np.random.default_rng(seed)
        self.width = float(self._rng.uniform(0.4, 0.55))
        self.height = float(self._rng.uniform(0.55, 0.7))
        # twice the view's pixels: what lies between pixels is then as sharp as they are
        scale = 2 * size / np.array([self.width * photo.shape[1], self.height * photo.shape[0]])
        self._photo = cv2.resize(photo, None, fx=scale[0], fy=scale[1], interpolation=(
            cv2.INTER_CUBIC if scale.min() > 1 else cv2.INTER_AREA))  # fmt: skip
        self.room = np.array([1 / self.width - 1, 1 / self.height - 1])
        """How far the window can go, in its own sizes."""
        tilt = self._rng.uniform(0.3, 0.7, 2)
        ends = np.array([[0.02, 0.98], tilt]).T * self.room
        self.line = ends if self._rng.random() < 0.5 else ends[::-1]

    def view(self, at: Floats) -> Pixels:
        """Show the window at a position, in its own sizes, still and clean."""
        side = 2 * self._size
        centre = np.clip(at, 0, self.room) * side + side / 2 - 0.5
        patch = cv2.getRectSubPix(self._photo, (side, side), tuple(map(float, centre)))
        return np.asarray(
            cv2.resize(patch, (self._size, self._size), interpolation=cv2.INTER_AREA), np.uint8
        )

    def frame(self, start: Floats, end: Floats, exposure: float, grain: float) -> Pixels:
        """Show what a camera sees that moves from one position to another meanwhile."""
        way = 1 + min(7, int(2 * np.abs(end - start).max() * self._size))
        steps = [start + (end - start) * (n + 0.5) / way for n in range(way)]
        mean = np.mean([self.view(at).astype(np.float32) for at in steps], axis=0)
        averaged = np.sqrt(CAMERA_PIXELS / self._size**2)
        noise = self._rng.normal(0, grain / averaged, mean.shape)
        return np.asarray(np.clip(np.rint(mean * exposure + noise), 0, 255), np.uint8)

    def strip(self) -> Floats:
        """Positions along the line, a percent of the width apart, (N, 2)."""
        count = 1 + round(float(np.abs(self.line[1, 0] - self.line[0, 0])) * 100)
        share = np.linspace(0, 1, count)[:, None]
        result: Floats = self.line[0] + (self.line[1] - self.line[0]) * share
        return result


class Hand:
    """A hand that sweeps along the line, then follows the arrow; with a tremor all the time."""

    def __init__(self, scene: Scene, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._scene = scene
        self._rates = rng.uniform((0.5, 1.0, 2.0, 4.0), (1.0, 2.0, 4.0, 8.0), (2, 4))
        self._phases = rng.uniform(0, 2 * np.pi, (2, 4))
        self._sizes = np.array([0.006, 0.004, 0.002, 0.001]) * rng.uniform(0.5, 1.5)
        length = float(np.abs(scene.line[1] - scene.line[0]).max())
        self.sweep_seconds = length / float(rng.uniform(0.15, 0.3))
        self._drift, self._drift_rate = rng.normal(0, 0.03), rng.uniform(0.1, 0.4)
        self._base, self._speed, self._seconds = scene.line[0].copy(), np.zeros(2), 0.0
        self._told: list[tuple[float, Guidance]] = []

    def hear(self, seconds: float, guidance: Guidance) -> None:
        self._told.append((seconds, guidance))

    def at(self, seconds: float) -> Floats:
        """Give the position at a time; times rise."""
        if seconds < 0.7 + self.sweep_seconds:
            share = np.clip((seconds - 0.7) / self.sweep_seconds, 0, 1)
            share = share * share * (3 - 2 * share)
            self._base = self._scene.line[0] + (self._scene.line[1] - self._scene.line[0]) * share
            self._base[1] += self._drift * np.sin(2 * np.pi * self._drift_rate * seconds) * share
        else:
            self._follow(seconds)
        self._seconds = seconds
        angles = 2 * np.pi * self._rates * seconds + self._phases
        tremor: Floats = self._base + (self._sizes * np.sin(angles)).sum(axis=1)
        return tremor

    def _follow(self, seconds: float) -> None:
        step = seconds - self._seconds
        heard = [one for at, one in self._told if at <= seconds - REACTION_SECONDS]
        arrow = np.zeros(2)
        if heard and heard[-1].dx is not None:
            arrow = np.array([heard[-1].dx, heard[-1].dy])
        wanted = arrow / max(float(np.hypot(*arrow)), 1e-9) * min(0.25, float(np.hypot(*arrow)))
        self._speed += (wanted - self._speed) * min(1.0, step / TURN_SECONDS)
        self._base = np.clip(self._base + self._speed * step, 0, self._scene.room)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """How one sweep went."""

    name: str
    seconds: float
    is_stopped: bool
    off: float
    """Distance of the result from the best view, in shares of the width."""
    lost: float
    """Score that the result lacks, in shares of the range of the strip's curve."""
    is_alike: bool
    """Whether it lacks no more than the curve's own standard deviation."""
    arrows: int
    right: int


def scores(model: AestheticModel, views: list[Pixels]) -> tuple[Floats, Vectors]:
    """Give scores (N,) and contents (N, C) of views."""
    found = [model.encode_views(np.stack(views[n : n + 8])) for n in range(0, len(views), 8)]
    values = [model.scorer.score(one) + model.scorer.moments(one) for one in found]
    return np.concatenate(values), np.concatenate([one.content for one in found])


def truth(scene: Scene, model: AestheticModel) -> tuple[Floats, Floats, Floats]:
    """Score the line densely: positions (N, 2), curve (N,), its variance (N,)."""
    strip = scene.strip()
    raw, _ = scores(model, [scene.view(at) for at in strip])
    times, shot = np.arange(len(raw)) / RATE, np.zeros(len(raw), np.int32)
    noise = with_alike_errors(estimate_noise(times, raw, shot), times)
    curve, variance = smooth(times, raw, shot, noise)
    return strip, curve, variance


class Filter:
    """The forward filter, with the noise of what was seen so far."""

    def __init__(self) -> None:
        self._times: list[float] = []
        self._raw: list[float] = []
        self._state: FilterState | None = None

    def add(self, seconds: float, score: float) -> tuple[float, float]:
        self._times.append(seconds)
        self._raw.append(score)
        times, raw = np.array(self._times), np.array(self._raw)
        noise = NoiseModel(0.035, 1.15, 2.0)
        if len(raw) >= 30:
            shot = np.zeros(len(raw), np.int32)
            noise = with_alike_errors(estimate_noise(times, raw, shot), times)
        self._state = update(self._state, seconds, score, noise)
        return float(self._state.mean[0]), float(self._state.covariance[0, 0])


def run(scene: Scene, model: AestheticModel, seed: int, rate: float) -> Outcome:
    """Sweep, follow the arrow, stop; compare with the truth."""
    strip, curve, variance = truth(scene, model)
    sweep, hand, filtered = Sweep(), Hand(scene, seed), Filter()
    rng = np.random.default_rng(seed)
    grain, gain = float(rng.uniform(2, 6)), float(rng.uniform(0.0, 0.04))
    seen: dict[float, Floats] = {}
    arrows = right = 0
    best = -np.inf
    target = strip[0]
    for seconds in _times(rate):
        ends = [hand.at(seconds), hand.at(seconds + EXPOSURE_SECONDS)]
        view = scene.frame(ends[0], ends[1], 1 + gain * np.sin(seconds), grain)
        raw, content = scores(model, [view])
        frame = SweepFrame(
            seconds, view, content[0], float(raw[0]), *filtered.add(seconds, float(raw[0]))
        )
        told = sweep.add(frame)
        hand.hear(seconds, told)
        seen[seconds] = ends[0]
        near = int(np.argmin(((strip - ends[0]) ** 2).sum(axis=1)))
        if curve[near] > best:
            best, target = curve[near], strip[near]
        if told.dx is not None and told.dy is not None:
            arrows += 1
            right += _angle(np.array([told.dx, told.dy]), target - ends[0]) < ARROW_DEGREES
        if sweep.is_done:
            break
    sweep.end()
    end = seen[sweep.result()[0].seconds]
    row, top = int(np.argmin(((strip - end) ** 2).sum(axis=1))), int(np.argmax(curve))
    return Outcome(
        scene.name,
        seconds,
        seconds < MOST_SECONDS - 1,
        float(np.hypot(*(end - strip[top]))),
        float((curve[top] - curve[row]) / np.ptp(curve)),
        bool(curve[top] - curve[row] <= np.sqrt(variance[top])),
        arrows,
        right,
    )


def _times(rate: float) -> Iterator[float]:
    seconds = 0.0
    while seconds < MOST_SECONDS:
        yield seconds
        seconds += round(RATE / rate) / RATE


def _angle(one: Floats, other: Floats) -> float:
    cosine = one @ other / max(float(np.hypot(*one) * np.hypot(*other)), 1e-9)
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sweeps", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=8.0)
    asked = parser.parse_args()
    model = load_model(device="cpu", threads=1)
    size = model.encoder.view_spec.size
    found = pictures()
    order = np.random.default_rng(asked.seed).permutation(len(found))[: asked.sweeps]
    done = []
    for at in order.tolist():
        name, photo = found[at]
        scene = Scene(name, photo, size, asked.seed * 1000 + at)
        one = run(scene, model, asked.seed * 1000 + at, asked.rate)
        done.append(one)
        print(f"{one.name:24} {one.seconds:5.1f} s  off {one.off:.3f}  lost {one.lost:.3f}"
              f"{'  as good' if one.is_alike else ''}  arrows {one.right} of {one.arrows}"
              f"{'' if one.is_stopped else '  by time'}", flush=True)  # fmt: skip
    report(done)


def report(done: list[Outcome]) -> None:
    """Print the shares."""
    count, arrows = len(done), sum(one.arrows for one in done)
    near = sum(one.off <= NEAR for one in done)
    good = sum(one.off <= NEAR or one.is_alike for one in done)
    right = sum(one.right for one in done)
    print(f"{near} of {count} end within {NEAR:.0%} of the width of the best view, {good} there or "
          f"on a view as good by the variance of the offline curve")  # fmt: skip
    print(f"the arrow points to the best view so far in {right / max(arrows, 1):.1%} of {arrows}")


if __name__ == "__main__":
    main()
