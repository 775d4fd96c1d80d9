"""What a session does when its source fails, or does not give a frame again as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from framepick.aesthetic import AestheticModel, load_model
from framepick.config import PickConfig, TimeRange, VideoConfig
from framepick.errors import DecoderError, SourceError
from framepick.measures import vetoes
from framepick.outputs.folder import Written
from framepick.results import VideoResult
from framepick.session import Session
from samples.clipmaker import numbered
from tests.fake_source import FakeSource, Script
from tests.tiny import tiny_weights

SCRIPT = Script(list(numbered(90)))


@pytest.fixture
def model(tmp_path: Path) -> AestheticModel:
    tiny_weights(tmp_path)
    return load_model(tmp_path / "tiny.safetensors", "cpu")


def _picked(script: Script, model: AestheticModel, folder: Path) -> tuple[VideoResult, Written]:
    with Session(FakeSource(script, model.encoder.view_spec), model) as session:
        session.explore(VideoConfig())
        return session.write(folder, VideoConfig())


def test_a_frame_that_decodes_differently_is_vetoed_and_replaced(
    tmp_path: Path, model: AestheticModel
) -> None:
    _, written = _picked(SCRIPT, model, tmp_path / "whole")
    best = written.rows[0]["frame_index"]
    lossy = replace(SCRIPT, lost=frozenset({best}))
    result, written = _picked(lossy, model, tmp_path / "out")
    assert len(written.rows) == 5
    assert best not in [row["frame_index"] for row in written.rows]
    assert vetoes(result.samples.measures)[best] == "damaged"
    assert len(list((tmp_path / "out").glob("*_*.jpg"))) == 5


def test_a_source_that_fails_on_the_way_leaves_no_result(
    tmp_path: Path, model: AestheticModel
) -> None:
    with pytest.raises(DecoderError):
        _picked(replace(SCRIPT, fails_at=40), model, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_included_frame_that_was_not_decoded_is_told(model: AestheticModel) -> None:
    with Session(FakeSource(SCRIPT, model.encoder.view_spec), model) as session:
        session.explore(VideoConfig(PickConfig(ranges=(TimeRange(0.0, 1.0),))))
        with pytest.raises(SourceError, match="frame 75 cannot be decoded; include another"):
            session.select(VideoConfig(PickConfig(included=(2.5,))))
