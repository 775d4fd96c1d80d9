"""`framepick evaluate --footage` on clips whose best frames are known, and on folders at fault."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from samples.clipmaker import Pixels, load, write
from tests.command_line import Done, framepick
from tests.tiny import tiny_weights

pytestmark = pytest.mark.usefixtures("one_thread")
RATE, STEP = 10, 6
LEVELS = {
    "cat.mp4": (5, 2, 8, 3, 9, 1, 10, 4, 7, 6),
    "cup.mp4": (9, 6, 4, 10, 2, 7, 3, 8, 1, 5),
    "sea.mp4": (1, 10, 6, 2, 7, 3, 9, 5, 4, 8),
}
"""Brightness of each stretch of a clip, from 1 to 10; it is also the rating of its middle frame."""
PICTURES = {"cat.mp4": "chelsea", "cup.mp4": "coffee", "sea.mp4": "landscape"}


def lit(picture: str, level: int) -> Pixels:
    """Give a picture in the light of a level."""
    return np.asarray(load(picture, (96, 64)) * (0.25 + 0.06 * level), np.uint8)


def stretches(name: str) -> Iterator[Pixels]:
    for level in LEVELS[name]:
        yield from [lit(PICTURES[name], level)] * STEP


def rated_index(row: int) -> int:
    return row * STEP + STEP // 2


def best_four(name: str) -> str:
    rows = [row for row, level in enumerate(LEVELS[name]) if level > 6]
    return " ".join(str(rated_index(row)) for row in rows)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make clips that dim and brighten; tiny weights like them the more, the brighter they are."""
    folder = tmp_path_factory.mktemp("footage")
    (folder / "clips").mkdir()
    for name in LEVELS:
        write(folder / "clips" / name, stretches(name), rate=RATE)
    return folder


@pytest.fixture
def footage(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder whose tables may be changed, with tiny weights beside it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(made / "cached"))
    tiny_weights(tmp_path)
    folder = tmp_path / "footage"
    folder.mkdir()
    (folder / "clips").symlink_to(made / "clips")
    clips = [
        [name, "train" if name == "cat.mp4" else "evaluate only", "pet", 60, best_four(name)]
        for name in LEVELS
    ]
    table(folder / "clips.csv", ["file", "use", "topic", "frame_count", "best_four"], clips)
    rows = [
        [name, rated_index(row), level]
        for name, levels in LEVELS.items()
        for row, level in enumerate(levels)
    ]
    table(folder / "ratings.csv", ["file", "frame_index", "rating"], rows)
    return folder


def table(path: Path, head: list[str], rows: list[list[Any]]) -> None:
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([head, *rows])


def records(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def evaluate(footage: Path, *more: object) -> Done:
    options = ("tiny.safetensors", "--footage", "footage", "--out", "out")
    return framepick(footage.parent, "evaluate", *options, *more)


def figures(footage: Path, title: str) -> dict[str, dict[str, Any]]:
    """Give the rows of the table whose title begins so, by name."""
    report = json.loads((footage.parent / "out" / "figures.json").read_text())
    (found,) = [one for one in report["tables"] if one["title"].startswith(title)]
    return {row["name"]: row for row in found["rows"]}


def test_a_score_that_follows_the_ratings_gains_all_and_noise_nothing(footage: Path) -> None:
    done = evaluate(footage)
    assert done.returncode == 0, done.stderr
    rows = figures(footage, "All: 3 clips")
    score, noise = rows["tiny-0"], rows["noise encoder"]
    assert score["within"]["value"] == pytest.approx(1.0)
    assert score["gain of top 4"]["value"] == pytest.approx(1.0)
    assert score["gain of picks"]["value"] > 0.8
    assert score["picks rated 3 or less"]["value"] == 0.0
    assert abs(noise["within"]["value"]) < 0.25
    assert abs(noise["gain of top 4"]["value"]) < 0.25
    assert noise["gain of picks"]["value"] < 0.6
    assert abs(rows["random four"]["gain of picks"]["value"]) < 0.1
    cat = [row for row in records(footage.parent / "out" / "picks.csv") if row["file"] == "cat.mp4"]
    ratings = [float(row["rating"]) for row in cat if row["method"] == "tiny-0"]
    assert max(ratings) == ratings[0] == 10.0
    with Image.open(footage.parent / "out" / "picks.jpg") as page:
        shown = [np.asarray(page)[30:94, left : left + 96].mean() for left in (8, 256, 504, 752)]
    assert np.argsort(shown).tolist() == np.argsort(ratings).tolist()


def test_rated_frames_stand_in_a_table_with_their_scores(footage: Path) -> None:
    assert evaluate(footage, "--no-picks", "--use", "train").returncode == 0
    rows = records(footage.parent / "out" / "frames.csv")
    assert {row["file"] for row in rows} == {"cat.mp4"}
    brightest = max(rows, key=lambda row: float(row["tiny-0"]))
    assert (brightest["frame_index"], brightest["rating"]) == (str(rated_index(6)), "10.0")
    assert not (footage.parent / "out" / "picks.csv").exists()


def test_a_second_measurement_decodes_nothing(
    footage: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cached"))
    assert evaluate(footage, "--no-picks").returncode == 0
    before = figures(footage, "All")
    monkeypatch.setattr("framepick.evaluation.footage.frames.open_source", None)
    assert evaluate(footage, "--no-picks").returncode == 0
    assert figures(footage, "All") == before


def test_other_weights_are_measured_beside(footage: Path) -> None:
    tiny_weights(footage.parent, seed=1, name="other")
    done = evaluate(footage, "--no-picks", "--against", "other.safetensors")
    assert done.returncode == 0, done.stderr
    assert {"tiny-0", "tiny-1"} <= set(figures(footage, "All"))


def test_clips_of_which_only_rated_frames_are_left_count_apart(footage: Path) -> None:
    (footage / "frames").mkdir()
    for level in range(1, 6):
        Image.fromarray(lit("chelsea", level)).save(footage / "frames" / f"{level}.png")
    clip = ["dog.mp4", "train", "pet", 50, "30 40 20 10"]
    head = ["file", "use", "topic", "frame_count", "best_four"]
    table(footage / "more_clips.csv", head, [clip])
    rows = [["dog.mp4", 10 * level - 10, level, f"{level}.png"] for level in range(1, 6)]
    table(footage / "more_ratings.csv", ["file", "frame_index", "rating", "image"], rows)
    done = evaluate(footage, "--no-picks")
    assert done.returncode == 0, done.stderr
    apart = figures(footage, "Rated frames only, without the video: 1 clip")
    assert apart["tiny-0"]["within"]["value"] == pytest.approx(1.0)
    assert figures(footage, "All: 3 clips")


def without_tables(folder: Path) -> None:
    for path in folder.glob("*.csv"):
        path.unlink()


def with_row(folder: Path, name: str, text: str) -> None:
    with (folder / name).open("a") as file:
        file.write(text + "\n")


def with_a_late_rating(folder: Path) -> None:
    path = folder / "clips.csv"
    path.write_text(path.read_text().replace(",60,", ",900,"))
    with_row(folder, "ratings.csv", "cat.mp4,500,3")


FAULTS = {
    "an empty folder": (without_tables, "clips.csv: does not exist"),
    "no such clip": (
        lambda folder: with_row(folder, "clips.csv", "gone.mp4,train,pet,60,1 2 3 4"),
        "clips/gone.mp4: does not exist; clips.csv names it in line 5",
    ),
    "a rating of a clip that is not listed": (
        lambda folder: with_row(folder, "ratings.csv", "gone.mp4,3,3"),
        "ratings.csv: line 32: 'gone.mp4' is not listed",
    ),
    "a rating that is no number": (
        lambda folder: with_row(folder, "ratings.csv", "cat.mp4,4,good"),
        "ratings.csv: line 32: rating: 'good' is not a number",
    ),
    "a row that is too short": (
        lambda folder: with_row(folder, "ratings.csv", "cat.mp4,4"),
        "ratings.csv: line 32: rating is missing",
    ),
    "a best frame beyond the frames": (
        lambda folder: (folder / "clips.csv").write_text(
            (folder / "clips.csv").read_text().replace(best_four("cup.mp4"), "3 60")
        ),
        "clips.csv: line 3: best_four: cup.mp4 has 60 frames, none with the index 60",
    ),
    "a frame that is rated twice": (
        lambda folder: with_row(folder, "ratings.csv", "cat.mp4,3,3"),
        "ratings.csv: cat.mp4: frame 3 is rated twice",
    ),
    "a rating beyond the frames that are listed": (
        lambda folder: with_row(folder, "ratings.csv", "cat.mp4,60,3"),
        "ratings.csv: line 32: cat.mp4 has 60 frames, none with the index 60",
    ),
    "a rating beyond the frames that are there": (
        with_a_late_rating,
        "clips/cat.mp4: frame 500 is rated, but there is no such frame",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_what_is_wrong_with_the_folder_is_told_in_one_line(case: str, footage: Path) -> None:
    spoil, reason = FAULTS[case]
    spoil(footage)
    done = evaluate(footage, "--no-picks")
    assert done.returncode == 1, done.stderr
    assert reason in done.stderr.splitlines()[-1]
    assert not [line for line in done.stderr.splitlines()[:-1] if "rated frames of" not in line]
    assert not (footage.parent / "out").exists()


def test_a_clip_without_ratings_is_named(footage: Path) -> None:
    path = footage / "ratings.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(line for line in lines if not line.startswith("sea")))
    done = evaluate(footage, "--no-picks")
    assert done.returncode == 1
    assert "sea.mp4 needs ratings of 4 frames or more, it has 0" in done.stderr


@pytest.mark.parametrize("more", [["rated.csv"], ["--photos", "."], ["--videos", "."]])
def test_footage_and_rated_photos_are_measured_one_by_one(more: list[str], footage: Path) -> None:
    done = framepick(footage.parent, "evaluate", "tiny.safetensors", *more, "--footage", "footage")
    assert done.returncode == 2
    assert "--footage goes without" in done.stderr


def test_nothing_to_measure_on_is_a_wrong_call(footage: Path) -> None:
    done = framepick(footage.parent, "evaluate", "tiny.safetensors")
    assert done.returncode == 2
    assert "name WEIGHTS and DATA, or --footage DIR" in done.stderr
