"""What a session does when a frame does not come back as it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from framepick.aesthetic import load_model
from framepick.config import VideoConfig
from framepick.errors import LostFrames
from framepick.measures import vetoes
from framepick.model.checkpoint import save_checkpoint
from framepick.model.tiny import tiny_checkpoint
from framepick.session import pick_video
from framepick.sources.video import VideoSource
from framepick.types import Moment, Still


def test_a_frame_that_decodes_differently_is_vetoed_and_replaced(
    tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_checkpoint(tmp_path / "tiny.safetensors", *tiny_checkpoint(seed=0))
    model = load_model(tmp_path / "tiny.safetensors", "cpu")
    stills = VideoSource.stills
    lost: list[int] = []

    def unsteady(source: VideoSource, moments: Sequence[Moment], depth: int = 8) -> Iterator[Still]:
        # which frames a decoder gives differently cannot be arranged, so say that the best is one
        if not lost:
            lost.append(moments[0].frame_index)
            raise LostFrames("once", frozenset(lost))
        yield from stills(source, moments, depth)

    monkeypatch.setattr(VideoSource, "stills", unsteady)
    result, written = pick_video(clip, tmp_path / "out", model, VideoConfig())
    assert len(written.rows) == 5
    assert lost[0] not in [row["frame_index"] for row in written.rows]
    assert vetoes(result.samples.measures)[lost[0]] == "damaged"
    assert len(list((tmp_path / "out").glob("*_*.jpg"))) == 5
