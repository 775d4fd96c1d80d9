"""Tastes as files: the same after reading, and refused where they lie."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from framepick.errors import UsageError
from framepick.taste import files
from framepick.taste.files import (
    check_is_taste,
    known_taste,
    load_taste,
    new_taste,
    place_of,
    save_taste,
    user_folder,
)
from framepick.taste.learning import Lesson, learn
from framepick.taste.taste import Taste
from framepick.taste.ways import Examples, Way, fitted
from tests.taste.made import judged, pictures, reference

LIKES, DISLIKES = pictures(10, 0, seed=1), pictures(10, 1, seed=2)


@pytest.fixture(autouse=True)
def made_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "load_reference", lambda weights: reference())


@cache
def taste(way: Way | None = None) -> Taste:
    known, held = judged(LIKES, DISLIKES), reference()
    lesson = learn(known, held)
    if way:
        lesson = Lesson(fitted(way, Examples.of(known, held)), way, {way.value: 0.9}, 0.5, 0.01)
    return new_taste("anna", known, lesson, held)


@pytest.mark.parametrize("way", Way)
def test_a_taste_scores_the_same_after_it_was_saved(way: Way, tmp_path: Path) -> None:
    made = taste(way)
    save_taste(made, tmp_path / "anna.safetensors")
    found = load_taste(tmp_path / "anna.safetensors")
    others = pictures(30, seed=5)
    assert np.array_equal(found.score(others), made.score(others))
    assert (found.card, found.label) == (made.card, made.label)
    assert found.label


def test_a_taste_that_does_not_help_moves_nothing(tmp_path: Path) -> None:
    anything = pictures(20, seed=205)
    known = judged(anything.of_rows(np.arange(10)), anything.of_rows(np.arange(10, 20)))
    made = new_taste("bert", known, learn(known, reference()), reference())
    save_taste(made, tmp_path / "b.safetensors")
    found = load_taste(tmp_path / "b.safetensors")
    others = pictures(30, seed=5)
    assert found.label is None
    assert found.score(others) is others.scores


def test_other_judgements_make_another_label() -> None:
    known = judged(LIKES, pictures(10, 2, seed=9))
    other = new_taste("anna", known, learn(known, reference()), reference())
    assert other.label != taste().label


def test_a_taste_of_another_model_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_taste(taste(), tmp_path / "anna.safetensors")
    monkeypatch.setattr(files, "load_reference", lambda weights: reference("other"))
    with pytest.raises(UsageError, match="other weights"):
        load_taste(tmp_path / "anna.safetensors")


def test_a_taste_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such taste"):
        load_taste(tmp_path / "none.safetensors")


def _changed(path: Path, tensors: dict[str, Any], card: dict[str, Any]) -> None:
    """Write a taste anew with other tensors (None removes one) and other fields of its card."""
    made = taste()
    save_taste(made, path)
    arrays = load(path.read_bytes())
    header = {"format": files.FORMAT, **asdict(made.card), **card}
    arrays = {**arrays, **tensors}
    kept = {name: one for name, one in arrays.items() if one is not None}
    path.write_bytes(save(kept, {"card": json.dumps(header)}))


LIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "other counts": ({}, {"likes": 11}),
    "counts that are none": ({}, {"likes": "many"}),
    "another version": ({}, {"format": 99}),
    "a stray field": ({}, {"more": 1}),
    "a way that is none": ({}, {"way": "magic"}),
    "shares that are none": ({}, {"chance": 2.0}),
    "an accuracy that is none": ({}, {"accuracy": {"kernel ridge": "high"}}),
    "a name that is a path": ({}, {"name": "../x"}),
    "a day that is none": ({}, {"made_at": "yesterday"}),
    "a use that is none": ({}, {"is_used": 1}),
    "no ranker": ({"ranker.weights": None}, {}),
    "fewer weights": ({"ranker.weights": np.ones(3, np.float32)}, {}),
    "huge weights": ({"ranker.weights": np.full(20, 1e30, np.float32)}, {}),
    "weights that are no numbers": ({"ranker.weights": np.full(20, np.nan, np.float32)}, {}),
    "other columns": ({"content": np.eye(20, 9, dtype=np.float32)}, {}),
    "vectors of another length": ({"content": np.full((20, 8), 3, np.float32)}, {}),
    "fewer looks": ({"look": np.zeros((20, 2), np.float32)}, {}),
    "fewer judgements": ({"liked": np.ones(3, np.uint8)}, {}),
    "scores of a table": ({"scores": np.ones((20, 2))}, {}),
}


@pytest.mark.parametrize("lie", LIES)
def test_files_that_lie_are_refused_in_one_line(lie: str, tmp_path: Path) -> None:
    path = tmp_path / "anna.safetensors"
    _changed(path, *LIES[lie])
    with pytest.raises(UsageError, match=r"no taste that can be read|fits no") as told:
        load_taste(path)
    assert "\n" not in str(told.value)
    assert str(told.value).startswith(str(path))


@pytest.mark.parametrize("content", [b"", b"no taste", bytes(100), b"\xff" * 1000])
def test_files_that_are_none_are_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "anna.safetensors"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="no taste"):
        load_taste(path)
    with pytest.raises(UsageError, match="no taste"):
        check_is_taste(path)


def test_every_cut_of_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "anna.safetensors"
    save_taste(taste(), path)
    whole = path.read_bytes()
    for length in range(0, len(whole), 97):
        path.write_bytes(whole[:length])
        with pytest.raises(UsageError):
            load_taste(path)


def test_names_stand_for_the_users_tastes_and_paths_for_files() -> None:
    assert place_of("anna") == user_folder() / "anna.safetensors"
    assert place_of("there/anna") == Path("there/anna")
    assert place_of("anna.safetensors") == Path("anna.safetensors")
    for name in ("", "..", ".hidden", "a\nb", "x" * 200):
        with pytest.raises(UsageError, match="no name of a taste"):
            place_of(name)


def test_a_label_finds_the_taste_only_with_that_content() -> None:
    made = taste()
    save_taste(made, place_of("anna"))
    assert made.label
    found = known_taste(made.label)
    assert found is not None
    assert found.label == made.label
    assert known_taste("anna 000000000000") is None
    assert known_taste("bert " + made.label.rpartition(" ")[2]) is None


def test_frames_of_a_video_are_moved_by_half() -> None:
    made, others = taste(), pictures(30, seed=5)
    assert np.allclose(made.moves_in_video(others), made.moves(others) / 2)
    assert np.abs(made.moves(others)).max() > 0.3
