"""A live session as displays see it, in any state, without a camera."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from framepick.live.state import Command, KeptStill, LiveState

NAN = float("nan")


def jpeg(width: int = 640, height: int = 360, hue: int = 0) -> bytes:
    """Make a picture with something to see in it."""
    across, down = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    pixels = np.stack([60 + 150 * across, 90 + 100 * down, (hue + 180 * (1 - down)) % 255], 2)
    image = Image.fromarray(pixels.astype(np.uint8))
    ImageDraw.Draw(image).ellipse((width * 0.4, height * 0.3, width * 0.6, height * 0.7), "white")
    file = io.BytesIO()
    image.save(file, "JPEG")
    return file.getvalue()


def still(key: int, seconds: float = 12.0, score: float = 4.5, **changes: Any) -> KeptStill:
    made = KeptStill(
        key=key,
        name=f"webcam_00-00-{seconds:06.3f}.jpg",
        seconds=seconds,
        score=score,
        percentile=42.0,
        rating=4,
        reason="best of its stretch of time",
        thumbnail=jpeg(320, 180, 40 * key),
    )
    return replace(made, **changes)


def curve(seconds: float, rate: float = 8.0) -> dict[str, Any]:
    times = np.arange(max(seconds - 60, 0), seconds, 1 / rate)
    level = 3.5 + np.sin(times / 4) + 0.3 * np.sin(times)
    raw = level + 0.2 * np.random.default_rng(0).standard_normal(len(times))
    return {"times_seconds": times, "level": level, "raw": raw}


def made_state(**changes: Any) -> LiveState:
    """A session that has run for a while; `changes` are other values of its fields."""
    seconds = changes.get("seconds", 75.0)
    kept = [still(1, 20.0, 4.1), still(2, 33.0, 4.9), still(3, 51.0, 4.4)]
    made = LiveState(
        source="rtsp://porch/stream",
        mode="the best of every 10 s",
        status="watching",
        message="webcam_00-00-51.000.jpg was kept",
        trouble="",
        retry_seconds=None,
        folder="live/porch",
        seconds=seconds,
        width=1920,
        height=1080,
        picture=jpeg(),
        score=4.37,
        percentile=31.2,
        veto="",
        kept=kept,
        kept_count=len(kept),
        best=kept[1],
        rate=11.4,
        came_rate=29.97,
        dropped=1311,
        age_seconds=0.084,
        ring_bytes=14 << 20,
        guide=None,
        **curve(seconds),
    )
    return replace(made, **changes)


def before_the_first(**changes: Any) -> LiveState:
    nothing = np.zeros(0)
    empty: dict[str, Any] = {
        "status": "connecting",
        "message": "opening the source",
        "seconds": 1.0,
        "width": 0,
        "height": 0,
        "picture": b"",
        "times_seconds": nothing,
        "raw": nothing,
        "level": nothing,
        "score": NAN,
        "percentile": NAN,
        "kept": [],
        "kept_count": 0,
        "best": None,
        "rate": 0.0,
        "came_rate": 0.0,
        "dropped": 0,
        "age_seconds": 0.0,
        "ring_bytes": 0,
    }
    return made_state(**(empty | changes))


class ScriptedWatch:
    """A session whose state a test sets."""

    def __init__(self, folder: Path, state: LiveState | None = None) -> None:
        self.folder = folder
        self.state = state or made_state()
        self.commands: SimpleQueue[Command] = SimpleQueue()
        self.pictures_wanted = 0

    def want_pictures(self) -> None:
        self.pictures_wanted += 1

    def ordered(self) -> list[Command]:
        """Give the commands that came so far."""
        found = []
        try:
            while True:
                found.append(self.commands.get_nowait())
        except Empty:
            return found
