"""Scenes: a camera moves over a picture, well or badly, and every effect may change over time.

Lengths in pixels are meant for a frame 640 pixels wide and scale with the frame's width, so that
a clip looks the same at any size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TypeVar

import cv2
import numpy as np

from samples.pictures import Floats, Pixels

Value = float | Sequence[tuple[float, float]] | Callable[[float], float]
"""A number, key frames (seconds, number) joined by smooth steps, or a function of seconds."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class View:
    """What the camera sees of a picture."""

    x: float = 0.5
    y: float = 0.5
    """Centre, in shares of the picture's width and height."""
    width: float = 1.0
    """Share of the picture's width; the height follows from the frame's shape."""
    angle: float = 0.0
    """Clockwise roll of the camera in degrees."""


Camera = View | Sequence[tuple[float, View]]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One shot; times run in seconds from its own start."""

    picture: Pixels
    seconds: float
    camera: Camera = View()
    shake: Value = 0.0
    """Pixels by which an unsteady hand moves the view, as a standard deviation."""
    blur: Value = 0.0
    """Length of the motion blur in pixels."""
    blur_angle: Value = 0.0
    """Degrees from the horizontal."""
    defocus: Value = 0.0
    """Standard deviation of the Gaussian blur in pixels."""
    exposure: Value = 0.0
    """Stops above or below the picture, in linear light."""
    haze: Value = 0.0
    """0 leaves the contrast, 1 makes all an even light grey."""
    fade: Value = 0.0
    """-1 is black, 0 the picture, 1 white; serves for fades, flashes and black stretches."""
    noise: Value = 0.0
    """Standard deviation of the grain, 0 to 255."""


def render(
    scenes: Sequence[Scene],
    width: int,
    height: int,
    *,
    rate: Fraction | float = 30,
    times: Iterable[float] | None = None,
    seed: int = 0,
) -> Iterator[Pixels]:
    """Give the frames of `scenes`, cut hard one after the other, each (height, width, 3) RGB.

    Frames lie `rate` to the second, or at `times` in seconds, rising. Hand and grain follow `seed`.
    """
    ends = np.cumsum([scene.seconds for scene in scenes])
    if times is None:
        times = (float(n / rate) for n in range(round(float(ends[-1]) * rate)))
    current, stage = -1, np.empty(0, np.uint8)
    for index, time in enumerate(times):
        number = min(int(np.searchsorted(ends, time + 1e-6, side="right")), len(scenes) - 1)
        scene = scenes[number]
        if number != current:
            current, stage = number, _stage(scene, width)
        local = time - float(ends[number]) + scene.seconds
        frame = _look(scene, stage, local, (width, height), seed + number)
        yield _expose(scene, frame, local, seed + index)


def at(value: Value, seconds: float) -> float:
    """Give `value` at a time."""
    if isinstance(value, int | float):
        return float(value)
    if not isinstance(value, Sequence):
        return value(seconds)
    (_, first), (_, second), share = _between(value, seconds)
    return first + (second - first) * share


def view_at(camera: Camera, seconds: float) -> View:
    """Give the view of `camera` at a time."""
    if isinstance(camera, View):
        return camera
    (_, a), (_, b), share = _between(camera, seconds)
    return View(
        a.x + (b.x - a.x) * share,
        a.y + (b.y - a.y) * share,
        a.width * (b.width / a.width) ** share,
        a.angle + (b.angle - a.angle) * share,
    )


def _between(
    keys: Sequence[tuple[float, T]], seconds: float
) -> tuple[tuple[float, T], tuple[float, T], float]:
    """Find the key frames on both sides, and the eased share of the way between them."""
    after = next((n for n, (time, _) in enumerate(keys) if time > seconds), len(keys))
    first, second = keys[max(after - 1, 0)], keys[min(after, len(keys) - 1)]
    length = second[0] - first[0]
    share = min(max((seconds - first[0]) / length, 0.0), 1.0) if length > 0 else 0.0
    return first, second, share * share * (3 - 2 * share)


def _stage(scene: Scene, width: int) -> Pixels:
    """Shrink the picture where even the tightest view would skip pixels of it."""
    views = [scene.camera] if isinstance(scene.camera, View) else [v for _, v in scene.camera]
    factor = width / (min(view.width for view in views) * scene.picture.shape[1])
    if factor >= 1:
        return scene.picture
    return np.asarray(
        cv2.resize(scene.picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA),
        np.uint8,
    )


def _look(scene: Scene, stage: Pixels, seconds: float, size: tuple[int, int], seed: int) -> Pixels:
    """Give what the lens draws: the view, unsteady, out of focus, smeared."""
    width, height = size
    view, unit = view_at(scene.camera, seconds), width / 640
    roam = at(scene.shake, seconds) * unit
    dx, dy, roll = (roam * wobble for wobble in _wobbles(seconds, seed)) if roam else (0, 0, 0)
    scale = view.width * stage.shape[1] / width
    angle = math.radians(view.angle + roll * 0.15 / unit)
    cos, sin = scale * math.cos(angle), scale * math.sin(angle)
    turn = np.array([[cos, -sin], [sin, cos]])
    centre = np.array([view.x * stage.shape[1], view.y * stage.shape[0]]) - 0.5
    offset = centre + turn @ np.array([dx - width / 2 + 0.5, dy - height / 2 + 0.5])
    method = cv2.INTER_CUBIC if scale < 0.9 else cv2.INTER_LINEAR
    frame = cv2.warpAffine(
        stage,
        np.column_stack([turn, offset]),
        (width, height),
        flags=method | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    sigma, length = at(scene.defocus, seconds) * unit, at(scene.blur, seconds) * unit
    if sigma > 0.1:
        frame = cv2.GaussianBlur(frame, (0, 0), sigma)
    if length > 1:
        frame = cv2.filter2D(frame, -1, _streak(length, at(scene.blur_angle, seconds)))
    return np.asarray(frame, np.uint8)


def _expose(scene: Scene, frame: Pixels, seconds: float, seed: int) -> Pixels:
    """Apply exposure, haze, fade and grain."""
    curve = _tone(at(scene.exposure, seconds), at(scene.haze, seconds), at(scene.fade, seconds))
    if curve is not None:
        frame = np.asarray(cv2.LUT(frame, curve), np.uint8)
    sigma = at(scene.noise, seconds)
    if sigma <= 0:
        return frame
    height, width = frame.shape[:2]
    down, right = np.random.default_rng(seed).integers(0, 64, 2)
    grain = _grain(height + 64, width + 64)[down : down + height, right : right + width]
    return np.asarray(cv2.add(frame, cv2.merge([grain * sigma] * 3), dtype=cv2.CV_8U), np.uint8)


def _tone(exposure: float, haze: float, fade: float) -> Pixels | None:
    """Give the tone curve (256,), or None where nothing changes."""
    if exposure == haze == fade == 0:
        return None
    level = np.arange(256) / 255
    linear = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    linear = np.clip(linear * 2**exposure, 0, 1)
    level = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    level += haze * (0.78 - level)
    level += abs(fade) * ((fade > 0) - level)
    return np.rint(level * 255).astype(np.uint8)


def _streak(length: float, degrees: float) -> Floats:
    """Give the kernel of a straight motion blur; its sum is 1."""
    half = math.ceil(length / 2)
    steps = np.linspace(-length / 2, length / 2, 16 * half)
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    rows = np.rint(-steps * math.sin(math.radians(degrees))).astype(int) + half
    columns = np.rint(steps * math.cos(math.radians(degrees))).astype(int) + half
    np.add.at(kernel, (rows, columns), 1 / len(steps))
    return kernel


def _wobbles(seconds: float, seed: int) -> tuple[float, float, float]:
    """Give three smooth random movements at a time, each with a standard deviation of about 1."""
    rates, phases, weights = _hand(seed)
    waves = weights * np.sin(2 * math.pi * rates * seconds + phases)
    x, y, roll = waves.sum(axis=1) * math.sqrt(2)
    return float(x), float(y), float(roll)


@cache
def _hand(seed: int) -> tuple[Floats, Floats, Floats]:
    """Draw the frequencies in Hz, phases and weights (3, 6) of a hand's tremor."""
    rng = np.random.default_rng(seed)
    rates = rng.uniform((0.4, 0.8, 1.5, 2.5, 4.0, 6.5), (0.8, 1.5, 2.5, 4.0, 6.5, 9.0), (3, 6))
    weights = np.array((1.0, 0.8, 0.6, 0.45, 0.3, 0.2), np.float32)
    return (
        rates.astype(np.float32),
        rng.uniform(0, 2 * math.pi, (3, 6)).astype(np.float32),
        np.tile(weights / np.linalg.norm(weights), (3, 1)),
    )


@cache
def _grain(height: int, width: int) -> Floats:
    """Draw grain (height, width) with a standard deviation of 1."""
    return np.random.default_rng(0).standard_normal((height, width), np.float32)
