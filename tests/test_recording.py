"""What is kept of the frames, and files that are whole or not there."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from framepick.errors import OutputError
from framepick.files import fit_name, whole_file, whole_folder
from framepick.measures import measure
from framepick.recording import Recorder
from framepick.types import Embeddings, Moment


def _embeddings(first: int, count: int) -> Embeddings:
    content = np.eye(16, dtype=np.float32)[np.arange(first, first + count) % 16]
    moments = tuple(Moment(n, n, Fraction(1, 25), n / 25) for n in range(first, first + count))
    return Embeddings(np.ones((count, 4), np.float32), content, moments, "test")


def _measures(count: int) -> list[object]:
    view = np.full((16, 16, 3), 90, np.uint8)
    return [measure(view, None, is_damaged=False)[0] for _ in range(count)]


def test_vectors_are_read_back_by_row_also_between_additions() -> None:
    with Recorder() as recorder:
        for first in range(0, 60, 20):
            recorder.add(_embeddings(first, 20), np.arange(20.0), _measures(20))  # type: ignore[arg-type]
            rows = np.array([first + 7, 3], dtype=np.int64)
            assert np.array_equal(recorder.content_of(rows), np.eye(16)[rows % 16])
        samples = recorder.samples()
    assert samples.ordinal.tolist() == list(range(60))
    assert samples.content_change[0] == 0
    assert np.allclose(samples.content_change[1:], 1)
    assert samples.moment(30) == Moment(30, 30, Fraction(1, 25), 1.2)


def test_frames_marked_as_damaged_are_vetoed_in_a_copy() -> None:
    with Recorder() as recorder:
        recorder.add(_embeddings(0, 5), np.arange(5.0), _measures(5))  # type: ignore[arg-type]
        samples = recorder.samples()
    marked = samples.with_damaged({1, 3})
    assert marked.measures["is_damaged"].tolist() == [False, True, False, True, False]
    assert not samples.measures["is_damaged"].any()


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    def fail() -> None:
        with whole_file(tmp_path / "a.txt") as partial:
            partial.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not list(tmp_path.iterdir())
    with whole_file(tmp_path / "a.txt") as partial:
        partial.write_text("whole")
        assert not (tmp_path / "a.txt").exists()
    assert [path.read_text() for path in tmp_path.iterdir()] == ["whole"]


def test_a_folder_gets_its_files_at_the_end_the_named_one_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[str] = []
    replace = os.replace

    def watched(source: Path, target: Path) -> None:
        moved.append(target.name)
        replace(source, target)

    monkeypatch.setattr(os, "replace", watched)
    (tmp_path / ".out.partial").mkdir()
    (tmp_path / ".out.partial" / "of a killed run").touch()
    with whole_folder(tmp_path / "out", last="b") as partial:
        for name in "abc":
            (partial / name).touch()
        assert not (tmp_path / "out").exists()
    assert moved == ["a", "c", "b"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_place_that_takes_no_folder_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(OutputError, match="cannot be written"),
        whole_folder(tmp_path / "file" / "out", last="x"),
    ):
        pass


@pytest.mark.parametrize("stem", ["a" * 400, "ä" * 300, "日" * 200, os.fsdecode(b"\xe9\xff" * 200)])
def test_names_are_cut_to_what_file_systems_take(tmp_path: Path, stem: str) -> None:
    name = fit_name(stem, "_01_00-00-01.000.jpg")
    assert name.endswith("_01_00-00-01.000.jpg")
    assert len(name) > 40
    with whole_file(tmp_path / name) as partial:
        partial.touch()
    assert (tmp_path / name).exists()
