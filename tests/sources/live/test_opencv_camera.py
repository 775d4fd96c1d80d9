"""Cameras through OpenCV, where libav has no input for them. A file stands for the camera."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from framepick.sources.live import Address, CaptureClient, LiveFrame
from framepick.sources.live.client import Lost
from framepick.types import ViewSpec
from samples.clipmaker import read_number


def opened(url: str) -> CaptureClient:
    address = Address("a camera", "device", url, None)
    return CaptureClient(address, ViewSpec(64), 60.0, 64 << 20, time.monotonic())


def test_pictures_and_their_past_come_through_opencv(clip: Path, tmp_path: Path) -> None:
    client = opened(str(clip))
    try:
        frames: list[LiveFrame] = []
        answer = client.next(5.0, False)
        while not isinstance(answer, Lost):
            frames += [answer] if isinstance(answer, LiveFrame) else []
            answer = client.next(5.0, False)
        assert frames
        last = frames[-1]
        assert (last.width, last.height) == (320, 180)
        assert last.came == 90
        kept = client.clip(tmp_path / "past.mkv", 0.0, 60.0)
        still = client.still(kept, last.frame.moment)
        assert still is not None
        assert read_number(np.asarray(still.pixels)) == pytest.approx(89, abs=1)
    finally:
        client.close()


def test_a_camera_that_is_not_there_is_refused(tmp_path: Path) -> None:
    client = opened(str(tmp_path / "nothing"))
    try:
        answer = client.next(5.0, False)
        while not isinstance(answer, Lost):
            answer = client.next(5.0, False)
        assert "OpenCV" in answer.text
    finally:
        client.close()
