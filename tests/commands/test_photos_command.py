"""Scoring photos: tables that no smaller run replaces, and a reason for every photo left out."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from samples.clipmaker import load
from tests.command_line import Done, framepick
from tests.tiny import tiny_weights

Photos = Callable[..., Done]


@pytest.fixture
def photos(tmp_path: Path) -> Photos:
    """Call `framepick photos` with tiny weights in a folder that holds trip/a.jpg and b.jpg."""
    tiny_weights(tmp_path)
    (tmp_path / "trip").mkdir()
    for name, picture in (("a", "chelsea"), ("b", "coffee")):
        Image.fromarray(load(picture, (90, 60))).save(tmp_path / "trip" / f"{name}.jpg")

    def call(*arguments: object) -> Done:
        return framepick(tmp_path, "photos", *arguments, "--weights", "tiny.safetensors")

    return call


def table(path: Path) -> dict[str, dict[str, str]]:
    with path.open(newline="") as file:
        return {row["path"]: row for row in csv.DictReader(file)}


def test_scores_in_the_table_have_three_decimals(tmp_path: Path, photos: Photos) -> None:
    assert photos("trip", "-o", "trip.csv").returncode == 0
    rows = table(tmp_path / "trip.csv")
    assert list(rows) == ["trip/a.jpg", "trip/b.jpg"]
    assert all(len(row["score"].partition(".")[2]) == 3 for row in rows.values())


def test_a_run_over_fewer_photos_leaves_the_table_unless_told_to_overwrite_it(
    tmp_path: Path, photos: Photos
) -> None:
    assert photos("trip", "--out", "trip.csv").returncode == 0
    before = (tmp_path / "trip.csv").read_bytes()
    done = photos("trip/a.jpg", "--out", "trip.csv")
    assert done.returncode == 2
    assert done.stderr == (
        "framepick: trip.csv: exists already; choose another name, or add --overwrite\n"
    )
    assert (tmp_path / "trip.csv").read_bytes() == before
    assert photos("trip/a.jpg", "--out", "trip.csv", "--overwrite").returncode == 0
    assert list(table(tmp_path / "trip.csv")) == ["trip/a.jpg"]


def test_a_table_without_a_score_is_replaced_by_any_run(tmp_path: Path, photos: Photos) -> None:
    assert photos("tirp", "--out", "trip.csv").returncode == 1
    assert photos("trip", "--out", "trip.csv").returncode == 0
    assert list(table(tmp_path / "trip.csv")) == ["trip/a.jpg", "trip/b.jpg"]


def test_a_run_over_the_same_photos_and_more_replaces_the_table(
    tmp_path: Path, photos: Photos
) -> None:
    Image.new("RGB", (90, 60)).save(tmp_path / "=1.png")
    assert photos("trip/a.jpg", "=1.png", "--out", "trip.csv").returncode == 0
    assert photos("trip", "=1.png", "--out", "trip.csv").returncode == 0
    assert list(table(tmp_path / "trip.csv")) == ["trip/a.jpg", "trip/b.jpg", "./=1.png"]


@pytest.mark.parametrize("content", [b"", b"name,score\nme,3\n", b"\xff\xfe\x00"])
def test_a_file_that_is_no_table_of_photos_is_left_alone(
    tmp_path: Path, photos: Photos, content: bytes
) -> None:
    (tmp_path / "mine.csv").write_bytes(content)
    assert photos("trip", "--out", "mine.csv").returncode == 2
    assert (tmp_path / "mine.csv").read_bytes() == content


def test_photos_of_kinds_that_are_not_read_have_a_line_and_a_row(
    tmp_path: Path, photos: Photos
) -> None:
    for name in ("c.dng", "d.CR2", "e.nef", "f.ARW", "g.jxl"):
        (tmp_path / "trip" / name).write_bytes(b"II*\0")
    done = photos("trip", "--out", "trip.csv", "--json")
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert [line.split(": ")[1] for line in lines] == [
        "trip/c.dng", "trip/d.CR2", "trip/e.nef", "trip/f.ARW", "trip/g.jxl",
    ]  # fmt: skip
    assert lines[0] == (
        "framepick: trip/c.dng: is a raw photo, which is not read; export raw photos as JPEG or "
        "TIFF first"
    )
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [set(row) for row in rows] == [{"source", "score"}] * 2 + [{"source", "error"}] * 5
    errors = {name: row["error"] for name, row in table(tmp_path / "trip.csv").items()}
    assert {row["source"]: row.get("error", "") for row in rows} == errors


def test_a_folder_of_raw_photos_only_is_not_said_to_hold_none(
    tmp_path: Path, photos: Photos
) -> None:
    (tmp_path / "raw").mkdir()
    for number in range(9):
        (tmp_path / "raw" / f"{number}.NEF").touch()
    done = photos("raw", "--out", "raw.csv")
    assert done.returncode == 1
    assert "holds no photos" not in done.stderr
    *each, rest = done.stderr.splitlines()
    assert len(each) == 5
    assert rest == "framepick: 4 more .nef files were not scored; the table says why"
    assert len(table(tmp_path / "raw.csv")) == 9


def test_an_empty_folder_among_others_is_told(tmp_path: Path, photos: Photos) -> None:
    (tmp_path / "empty").mkdir()
    done = photos("empty", "trip", "--out", "trip.csv")
    assert done.returncode == 0
    assert done.stderr == "framepick: empty: holds no photos\n"
