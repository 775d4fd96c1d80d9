"""What is kept of the frames, and files that are whole or not there."""

from __future__ import annotations

import os
import tempfile
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from framepick.errors import OutputError
from framepick.files import fit_name, whole_file, whole_folder
from framepick.measures import as_rows, measure
from framepick.recording import Recorder
from framepick.types import Embeddings, Moment


def _embeddings(first: int, count: int) -> Embeddings:
    content = np.eye(16, dtype=np.float32)[np.arange(first, first + count) % 16]
    moments = tuple(Moment(n, n, Fraction(1, 25), n / 25) for n in range(first, first + count))
    return Embeddings(np.ones((count, 4), np.float32), content, moments, "test")


def _measures(count: int) -> NDArray[np.void]:
    view = np.full((16, 16, 3), 90, np.uint8)
    return as_rows([measure(view, None, is_damaged=False)[0]] * count)


def test_vectors_are_read_back_by_row_also_between_additions() -> None:
    with Recorder() as recorder:
        for first in range(0, 60, 20):
            recorder.add(_embeddings(first, 20), np.arange(20.0), _measures(20))
            rows = np.array([first + 7, 3], dtype=np.int64)
            assert np.array_equal(recorder.content_of(rows), np.eye(16)[rows % 16])
        samples = recorder.samples()
    assert samples.frame_index.tolist() == list(range(60))
    assert samples.content_change[0] == 0
    assert np.allclose(samples.content_change[1:], 1)
    assert samples.moment(30) == Moment(30, 30, Fraction(1, 25), 1.2)


def test_scores_of_samples_count_moments_from_the_median_of_all_frames() -> None:
    moments = np.arange(40.0)
    with Recorder() as recorder:
        for first in (20, 0):  # in any order
            rows = slice(first, first + 20)
            recorder.add(_embeddings(first, 20), np.full(20, 50.0), _measures(20), moments[rows])
        raw = recorder.samples().raw
    assert raw == pytest.approx(50.0 + moments - 19.5)


def test_another_taste_moves_the_scores_of_what_came_before() -> None:
    with Recorder() as recorder:
        for first in (0, 20):
            recorder.add(_embeddings(first, 20), np.arange(first, first + 20.0), _measures(20))
        parts = list(recorder.parts())
        assert [len(scores) for _, scores, _ in parts] == [20, 20]
        assert np.array_equal(parts[1][0], _embeddings(20, 20).content)
        before = recorder.samples()
        recorder.move(np.concatenate([2.0 * scores for _, scores, _ in parts]))
        assert recorder.samples().raw == pytest.approx(3.0 * before.raw)
        recorder.move(None)
        assert recorder.samples().moved is None
        assert np.array_equal(recorder.samples().raw, before.raw)


def test_a_taste_moves_scores_and_moments_stay() -> None:
    moments, moved = np.arange(40.0), np.linspace(-2, 2, 40)
    with Recorder() as general, Recorder() as personal:
        for first in (20, 0):  # in any order
            rows, scores = slice(first, first + 20), np.full(20, 50.0)
            for recorder, more in ((general, None), (personal, moved[rows])):
                vectors = _embeddings(first, 20)
                recorder.add(vectors, scores, _measures(20), moments[rows], more)
        usual, samples = general.samples(), personal.samples()
        known = personal.picture_scores(np.array([0, 39], np.int64))
    assert usual.moved is None
    assert samples.moved is not None
    assert np.allclose(samples.moved, moved)
    assert np.allclose(samples.raw - usual.raw, moved)
    assert known.tolist() == [48, 52]


def _vectors(frame_indices: list[int], seed: int = 0) -> Embeddings:
    """Frames of a video in which every frame has its own content, a little like the one before."""
    rng = np.random.default_rng(seed)
    every = rng.normal(size=(200, 16)) + 2 * rng.normal(size=16)
    content = (every / np.linalg.norm(every, axis=1, keepdims=True)).astype(np.float32)[
        frame_indices
    ]
    moments = tuple(Moment(n, 3 * n, Fraction(1, 75), n / 25) for n in frame_indices)
    return Embeddings(np.ones((len(frame_indices), 4), np.float32), content, moments, "test")


def _add(recorder: Recorder, frame_indices: list[int], raw: float = 0.0, seed: int = 0) -> None:
    scores = np.array(frame_indices) + raw
    recorder.add(_vectors(frame_indices, seed), scores, _measures(len(frame_indices)))


def test_frames_in_any_order_end_in_order_of_time_with_the_change_to_their_neighbours() -> None:
    with Recorder() as whole, Recorder() as parts:
        _add(whole, list(range(200)))
        _add(parts, list(range(0, 200, 10)))
        seen: set[int] = set(range(0, 200, 10))
        for first in (150, 37, 90, 0, 125):
            group = [n for n in range(first, min(first + 50, 200)) if n not in seen]
            seen |= set(group)
            _add(parts, group[: len(group) // 2])
            parts.samples()  # also between additions
            _add(parts, group[len(group) // 2 :])
        expected, samples = whole.samples(), parts.samples()
        for name in ("frame_index", "pts", "times_seconds", "raw", "measures"):
            rows = getattr(expected, name)[samples.frame_index]
            assert np.array_equal(getattr(samples, name), rows)
        content = _vectors(samples.frame_index.tolist()).content
        between = 1 - np.sum(content[1:] * content[:-1], axis=1)
        assert np.allclose(samples.content_change, np.append(0, between), atol=2e-3)
        rows = np.array([5, 0, len(samples) - 1, 77])
        assert np.allclose(parts.content_of(rows), content[rows], atol=1e-3)
    assert len(samples) == len(seen)


def test_a_frame_that_comes_again_replaces_the_one_before() -> None:
    with Recorder() as recorder:
        _add(recorder, [0, 10, 20, 30])
        _add(recorder, [20, 21, 22], raw=0.5, seed=1)
        _add(recorder, [0], raw=0.25)
        samples = recorder.samples()
        assert samples.frame_index.tolist() == [0, 10, 20, 21, 22, 30]
        assert samples.raw.tolist() == [0.25, 10, 20.5, 21.5, 22.5, 30]
        found = recorder.content_of(np.arange(6))
        assert np.allclose(found[2], _vectors([20], seed=1).content[0], atol=1e-3)
        assert samples.content_change[2] == pytest.approx(1 - found[2] @ found[1], abs=1e-3)
        assert len(recorder) == 8


def test_frames_at_one_time_that_came_in_order_all_stay() -> None:
    moments = tuple(Moment(n, pts, Fraction(1, 25), 0.4) for n, pts in enumerate((10, 9, 9)))
    content = np.eye(4, dtype=np.float32)[:3]
    with Recorder() as recorder:
        held = Embeddings(np.ones((3, 4), np.float32), content, moments, "test")
        recorder.add(held, np.arange(3.0), _measures(3))
        assert recorder.samples().pts.tolist() == [10, 9, 9]


def test_frames_marked_as_damaged_are_vetoed_in_a_copy() -> None:
    with Recorder() as recorder:
        recorder.add(_embeddings(0, 5), np.arange(5.0), _measures(5))
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
    for expected in ([], ["a", "c", "b"]):  # at first with one rename
        with whole_folder(tmp_path / "out", last="b") as partial:
            for name in "abc":
                (partial / name).touch()
            assert (tmp_path / "out").exists() == bool(expected)
        assert moved == expected
        (tmp_path / "out" / "mine").touch()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert sorted(os.listdir(tmp_path / "out")) == ["a", "b", "c", "mine"]


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


def test_a_full_temporary_folder_is_told_in_one_line_of_our_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    full = open("/dev/full", "w+b")  # noqa: SIM115 - the recorder closes it
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: full)
    with (
        pytest.raises(OutputError, match=r"cannot keep working data .* TMPDIR"),
        Recorder() as all_,
    ):
        all_.add(_embeddings(0, 20), np.arange(20.0), _measures(20))
    assert full.closed
