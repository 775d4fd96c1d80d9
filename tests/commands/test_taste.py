"""Tastes on the command line: learnt from real pictures, used, shown and forgotten."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest
from PIL import Image

from framepick.aesthetic import load_model
from framepick.cache import PhotoCache
from framepick.judging import Viewer, judged_of
from framepick.protocols import Encoder
from framepick.taste.learning import Lesson, learn
from framepick.taste.reference import load_reference
from framepick.taste.ways import Way
from framepick.types import Embeddings, FrameBatch, Pixels
from samples.clipmaker import load, write
from tests.command_line import Done, framepick
from tests.tiny import tiny_weights

LIKED, DISLIKED = ("chelsea", "astronaut"), ("coffee", "rocket")
SAME_LOOK = 128.0
"""Mean of every channel: the pictures differ in what they show, not in light or colour."""


def part(name: str, place: int, side: int = 160) -> Pixels:
    """Cut a part out of a picture, one of six places."""
    picture = load(name, (400, 300)).astype(np.float64)
    across, down = divmod(place, 2)
    top, left = down * 60, across * 70
    cut = picture[top : top + side + 80, left : left + side + 80]
    cut = SAME_LOOK + (cut - cut.mean(axis=(0, 1))) / cut.std(axis=(0, 1)) * 45
    found: Pixels = np.clip(cut, 0, 255).astype(np.uint8)
    return found


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """A folder with the photos that are liked and disliked, and others of the same subjects."""
    for folder, names in (("liked", LIKED), ("disliked", DISLIKED)):
        (tmp_path / folder).mkdir()
        (tmp_path / "new").mkdir(exist_ok=True)
        for name, place in product(names, range(6)):
            where = tmp_path / (folder if place < 5 else "new")
            Image.fromarray(part(name, place)).save(where / f"{name}{place}.png")
    return tmp_path


def taste(folder: Path, *arguments: object) -> Done:
    return framepick(folder, "taste", *arguments)


def ranks(folder: Path) -> list[str]:
    document = json.loads((folder / "photos.json").read_text())
    return [Path(row["source"]).stem for row in document["photos"]]


def document(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "picks.json").read_text())
    return found


def learnt(album: Path, name: str = "cats") -> None:
    done = taste(album, "learn", "--like", "liked", "--dislike", "disliked", "--out", name)
    assert done.returncode == 0, done.stderr


def test_photos_come_in_the_order_of_a_taste(album: Path) -> None:
    learnt(album)
    for name, more in (("general", ()), ("mine", ("--taste", "cats"))):
        assert framepick(album, "photos", "new", "-o", name, *more).returncode == 0
    assert {name.rstrip("5") for name in ranks(album / "mine")[:2]} == set(LIKED)
    facts = json.loads((album / "mine" / "photos.json").read_text())
    rows = facts["photos"]
    assert facts["taste"].startswith("cats ")
    assert "by the taste cats" in (album / "mine" / "report.html").read_text()
    codes = {Path(row["source"]).stem: row["reasons"][-1] for row in rows}
    assert all(one["code"] == "taste" and one["name"] == "cats" for one in codes.values())
    assert codes["chelsea5"]["points"] > 0 > codes["coffee5"]["points"]
    before = json.loads((album / "general" / "photos.json").read_text())["photos"]
    usual = {row["source"]: row["score"] for row in before}
    for row in rows:
        moved = usual[row["source"]] + row["reasons"][-1]["points"]
        assert row["score"] == pytest.approx(moved, abs=2e-3)


def test_the_map_beside_a_report_has_scores_before_and_after_a_taste(album: Path) -> None:
    learnt(album)
    inputs = ("liked", "disliked", "--taste", "cats")
    for call in (("photos", *inputs, "-o", "mine", "--map"), ("map", *inputs, "-o", "map.html")):
        assert framepick(album, *call).returncode == 0
    beside, alone = (scores_in(album / name) for name in ("mine/map.html", "map.html"))
    assert set(beside) == {"general score", "cats"}
    assert beside == alone


def scores_in(page: Path) -> dict[str, dict[str, float]]:
    """The scores of a map by who scores, each by the name of the photo."""
    found = re.search(r'id="map">(.*?)</script>', page.read_text(encoding="utf-8"))
    assert found
    data = json.loads(found[1])
    views = {view["name"]: view["scores"] for view in data["views"]}
    return {name: dict(zip(data["names"], view, strict=True)) for name, view in views.items()}


def test_without_a_taste_all_is_as_before(album: Path) -> None:
    assert framepick(album, "photos", "new", "-o", "before").returncode == 0
    learnt(album)
    assert framepick(album, "photos", "new", "-o", "after").returncode == 0
    first, second = ((album / name / "photos.csv").read_text() for name in ("before", "after"))
    assert first == second


def test_a_result_is_made_anew_when_the_taste_changes(album: Path) -> None:
    learnt(album)
    assert framepick(album, "photos", "new", "-o", "out", "--taste", "cats").returncode == 0
    before = (album / "out" / "photos.json").read_bytes()
    done = taste(album, "learn", "--like", "disliked", "--dislike", "liked", "-o", "cats")
    assert (done.returncode, "--overwrite" in done.stderr) == (2, True)
    again = ("learn", "--like", "disliked", "--dislike", "liked", "-o", "cats", "--overwrite")
    assert taste(album, *again).returncode == 0
    assert framepick(album, "photos", "new", "-o", "out", "--taste", "cats").returncode == 0
    assert (album / "out" / "photos.json").read_bytes() != before
    assert {name.rstrip("5") for name in ranks(album / "out")[:2]} == set(DISLIKED)


def film(path: Path) -> None:
    """A film of a rocket, then of a person, who scores lower in general."""
    frames = [part(name, place) for name, place in (("rocket", 5), ("astronaut", 0))]
    write(path, [one for one in frames for _ in range(40)])


def is_rocket(pick: dict[str, Any]) -> bool:
    return bool(pick["frame_index"] < 40)


def test_picks_follow_a_taste_and_say_so(album: Path) -> None:
    learnt(album)
    film(album / "film.mp4")
    calls = {"general": (), "mine": ("--taste", "cats")}
    for name, more in calls.items():
        call = ("pick", "film.mp4", "-n", "2", "--per-scene", "1", "-o", name, *more)
        assert framepick(album, *call).returncode == 0
    found = {name: document(album / name / "film.mp4") for name in calls}
    assert found["general"]["settings"]["taste"] is None
    assert found["mine"]["settings"]["taste"].startswith("cats ")
    assert found["mine"]["config_hash"] != found["general"]["config_hash"]
    assert is_rocket(found["general"]["picks"][0])
    first, second = found["mine"]["picks"]
    assert not is_rocket(first)
    assert is_rocket(second)
    assert [one["reasons"][-1]["code"] for one in (first, second)] == ["taste"] * 2
    assert first["reasons"][-1]["points"] > 0 > second["reasons"][-1]["points"]
    assert "<dt>Taste</dt><dd>cats</dd>" in (album / "mine/film.mp4/report.html").read_text()


def test_a_table_of_frames_has_personal_scores_and_what_they_were_moved_by(album: Path) -> None:
    learnt(album)
    film(album / "film.mp4")
    for name, more in (("general", ()), ("mine", ("--taste", "cats"))):
        call = ("score", "film.mp4", "-o", f"{name}.parquet", *more)
        assert framepick(album, *call).returncode == 0
    general, mine = (
        pyarrow.parquet.read_table(album / f"{name}.parquet") for name in ("general", "mine")
    )
    assert "taste" not in general.column_names
    moved = mine["taste"].to_numpy()
    assert moved[:40].max() < 0 < moved[40:].min()
    assert mine["raw"].to_numpy() == pytest.approx(general["raw"].to_numpy() + moved)
    call = ("score", "film.mp4", "-o", "mine.csv", "--taste", "cats")
    assert framepick(album, *call).returncode == 0
    with (album / "mine.csv").open(newline="") as file:
        shown = [float(row["taste"]) for row in csv.DictReader(file)]
    assert shown == np.round(moved, 3).tolist()


def test_another_choice_needs_the_taste_of_the_first(album: Path) -> None:
    learnt(album)
    film(album / "film.mp4")
    call = ("pick", "film.mp4", "-n", "2", "-o", "mine", "--taste", "cats")
    assert framepick(album, *call).returncode == 0
    done = framepick(album, "repick", "mine/film.mp4", "-n", "1")
    assert done.returncode == 0, done.stderr
    [pick] = document(album / "mine" / "film.mp4")["picks"]
    assert not is_rocket(pick)
    assert taste(album, "forget", "cats").returncode == 0
    done = framepick(album, "repick", "mine/film.mp4", "-n", "1")
    assert (done.returncode, "--taste" in done.stderr) == (1, True)


def test_a_batch_is_done_again_with_another_taste_only(album: Path) -> None:
    learnt(album)
    (album / "films").mkdir()
    film(album / "films" / "film.mp4")
    call = ("batch", "films", "--out", "picks", "-n", "1", "--jobs", "1", "--dry-run")
    assert framepick(album, *call[:-1], "--taste", "cats").returncode == 0
    assert document(album / "picks" / "film.mp4")["settings"]["taste"].startswith("cats ")
    assert "keep" in framepick(album, *call, "--taste", "cats").stdout
    assert "keep" not in framepick(album, *call).stdout


def test_frames_of_videos_and_kept_stills_are_judged_too(album: Path) -> None:
    film(album / "film.mp4")
    assert framepick(album, "pick", "film.mp4", "-n", "2", "-o", "picks").returncode == 0
    done = taste(album, "learn", "--like", "picks/film.mp4", "--dislike", "disliked", "--json")
    assert json.loads(done.stdout)["likes"] == 2
    more = [word for at in range(4) for word in ("--like", f"film.mp4@{1.5 + at / 5}")]
    done = taste(album, "learn", *more, "--add", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert 2 <= found["likes"] <= 6  # frames of a still film are one
    assert found["dislikes"] == 10


def test_what_is_shown_can_be_read_and_forgotten(album: Path) -> None:
    learnt(album)
    shown = taste(album, "show", "cats", "--photos", "new").stdout
    assert "cats: 10 likes and 10 dislikes" in shown
    assert len(shown.splitlines()) == 3 + 4
    assert shown.splitlines()[3].endswith(("chelsea5.png", "astronaut5.png"))
    assert taste(album, "show").stdout.startswith("cats: ")
    assert taste(album, "forget", "cats").returncode == 0
    done = taste(album, "show", "cats")
    assert (done.returncode, "no such taste" in done.stderr) == (2, True)


def test_rounds_name_photos_that_were_not_judged(album: Path) -> None:
    learnt(album)
    names = taste(album, "next", "liked", "new", "--taste", "cats", "-n", "3").stdout.split()
    assert names
    assert {Path(name).parent.name for name in names} == {"new"}
    found = taste(album, "similar", "liked/chelsea0.png", "new", "-n", "1").stdout.split()
    assert Path(found[0]).stem == "chelsea5"


def test_a_taste_that_does_not_help_is_told_and_changes_nothing(album: Path) -> None:
    done = taste(album, "learn", "--like", "liked/chelsea0.png", "-o", "few")
    assert "not used yet: about 3 more likes" in done.stdout
    for name, more in (("general", ()), ("few", ("--taste", "few"))):
        done = framepick(album, "photos", "new", "-o", name, *more)
        assert done.returncode == 0
    assert "is not used yet" in done.stderr
    first, second = ((album / name / "photos.csv").read_text() for name in ("general", "few"))
    assert first == second


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("learn",), "--like"),
        (("learn", "--like", "nowhere"), "nowhere: does not exist"),
        (("learn", "--like", "liked", "--dislike", "liked"), "liked and disliked"),
        (("learn", "--like", "liked", "-o", "a/../.."), "name"),
        (("show", "nobody"), "no such taste"),
        (("forget", "nobody"), "no such taste"),
        (("forget", "liked/chelsea0.png"), "liked/chelsea0.png"),
        (("next", "nowhere"), "nowhere"),
    ],
)
def test_wrong_calls_end_in_a_line(album: Path, arguments: tuple[str, ...], text: str) -> None:
    done = taste(album, *arguments)
    assert done.returncode != 0
    assert text in done.stderr
    assert "Traceback" not in done.stderr
    assert (album / "liked" / "chelsea0.png").exists()


def test_other_weights_know_no_tastes(album: Path) -> None:
    learnt(album)
    tiny_weights(album)
    done = framepick(
        album, "photos", "new", "-o", "out", "--taste", "cats", "--weights", "tiny.safetensors"
    )
    assert (done.returncode, "tiny-taste.safetensors" in done.stderr) == (2, True)


def test_what_pictures_show_is_learnt_by_the_network_and_not_from_noise(album: Path) -> None:
    model = load_model(threads=1)
    noisy = replace(model, encoder=_Noise(model.encoder))
    found = {name: _lesson(album, one) for name, one in (("real", model), ("noise", noisy))}
    reached = {name: one.accuracy[Way.NEAREST] for name, one in found.items()}
    assert reached["real"] > 0.95
    assert reached["noise"] < 0.85


class _Noise:
    """An encoder whose vectors say nothing of the picture."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.encoder_id, self.view_spec = "noise", encoder.view_spec
        self.batch_size = encoder.batch_size
        self._random = np.random.default_rng(0)

    def encode(self, batch: FrameBatch) -> Embeddings:
        found = self._encoder.encode(batch)
        rows = self._random.standard_normal(found.content.shape).astype(np.float32)
        return replace(found, content=rows / np.linalg.norm(rows, axis=1, keepdims=True))


def _lesson(album: Path, model: Any) -> Lesson:
    viewer = Viewer(model, PhotoCache.off(), None, 1)
    sides = [viewer.look_at([album / name]).pictures for name in ("liked", "disliked")]
    judged = judged_of(*sides)
    assert judged
    return learn(judged, load_reference())
