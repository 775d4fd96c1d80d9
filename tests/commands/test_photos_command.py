"""Photos sorted into a folder, or scored to a table, and a reason for every photo left out."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from framepick.locks import Lock
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


def test_photos_that_cannot_be_read_have_a_line_and_a_row(tmp_path: Path, photos: Photos) -> None:
    for name in ("c.dng", "d.CR2", "e.nef", "f.ARW", "g.jxl"):
        (tmp_path / "trip" / name).write_bytes(b"II*\0")
    done = photos("trip", "--out", "trip.csv", "--json")
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert [line.split(": ")[1] for line in lines] == [
        "trip/c.dng", "trip/d.CR2", "trip/e.nef", "trip/f.ARW", "trip/g.jxl",
    ]  # fmt: skip
    assert lines[-1].endswith("; export JPEG XL as JPEG or PNG first")
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


def test_a_black_photo_scores_nothing(tmp_path: Path, photos: Photos) -> None:
    Image.new("RGB", (90, 60)).save(tmp_path / "trip" / "black.png")
    assert photos("trip", "--out", "trip.csv").returncode == 0
    scores = {name: float(row["score"]) for name, row in table(tmp_path / "trip.csv").items()}
    assert scores["trip/black.png"] == 0
    assert min(scores["trip/a.jpg"], scores["trip/b.jpg"]) > 0


def sorted_photos(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((path / "photos.json").read_text())
    return document


def test_photos_are_sorted_into_a_folder(tmp_path: Path, photos: Photos) -> None:
    shutil.copy(tmp_path / "trip" / "a.jpg", tmp_path / "trip" / "copy of a.jpg")
    Image.new("RGB", (90, 60)).save(tmp_path / "trip" / "black.png")
    (tmp_path / "trip" / "c.jxl").touch()
    done = photos("trip", "--out", "out", "--json")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "report.html", "contact-sheet.jpg", "photos.json", "photos.csv", "photos.parquet",
    }  # fmt: skip
    document = sorted_photos(tmp_path / "out")
    rows = document["photos"]
    assert [row["rank"] for row in rows] == [1, 2, 3, 4]
    assert rows[-1]["source"] == "trip/black.png"
    assert (rows[-1]["veto"], rows[-1]["score"]) == ("black", 0)
    groups = {row["source"]: row["group"] for row in rows}
    assert groups["trip/a.jpg"] == groups["trip/copy of a.jpg"] != groups["trip/black.png"]
    assert [one["source"] for one in document["failures"]] == ["trip/c.jxl"]
    assert [json.loads(line) for line in done.stdout.splitlines()] == rows + document["failures"]
    with (tmp_path / "out" / "photos.csv").open(newline="") as file:
        assert [row["path"] for row in csv.DictReader(file)][:4] == [one["source"] for one in rows]


def test_a_second_run_writes_nothing_and_a_third_only_what_is_missing(
    tmp_path: Path, photos: Photos
) -> None:
    def times() -> dict[str, int]:
        return {path.name: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}

    assert photos("trip", "--out", "out").returncode == 0
    before = times()
    assert photos("trip", "--out", "out").returncode == 0
    assert times() == before
    (tmp_path / "out" / "report.html").unlink()
    assert photos("trip", "--out", "out").returncode == 0
    assert times().keys() == before.keys()


def test_photos_may_be_sorted_into_their_own_folder(tmp_path: Path, photos: Photos) -> None:
    for _ in range(2):
        assert photos("trip", "--out", "trip").returncode == 0
        rows = sorted_photos(tmp_path / "trip")["photos"]
        assert {row["source"] for row in rows} == {"trip/a.jpg", "trip/b.jpg"}


def test_what_the_user_changed_stays(tmp_path: Path, photos: Photos) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "report.html").write_text("mine")
    done = photos("trip", "--out", "out")
    assert done.returncode == 0
    assert "report-2.html" in done.stderr
    assert (tmp_path / "out" / "report.html").read_text() == "mine"
    assert "photos.csv" in (tmp_path / "out" / "report-2.html").read_text()


def test_a_folder_with_a_photos_json_of_another_program_is_refused(
    tmp_path: Path, photos: Photos
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "photos.json").write_text("[1]")
    done = photos("trip", "--out", "out")
    assert done.returncode == 1
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["photos.json"]
    assert len(done.stderr.splitlines()) == 1


def test_one_run_at_a_time_writes_to_a_folder(tmp_path: Path, photos: Photos) -> None:
    lock = Lock(tmp_path / "out", {})
    assert lock.acquire()
    try:
        done = photos("trip", "--out", "out")
    finally:
        lock.release()
    assert done.returncode == 1
    assert "another run" in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_best_are_copied_and_linked_and_are_no_photos_of_the_next_run(
    tmp_path: Path, photos: Photos
) -> None:
    shutil.copy(tmp_path / "trip" / "a.jpg", tmp_path / "trip" / "copy of a.jpg")
    call = ("trip", "--out", "out", "--copy-best", "trip/best", "--link-best", "links")
    for _ in range(2):
        assert photos(*call).returncode == 0
        rows = sorted_photos(tmp_path / "out")["photos"]
        best = {Path(row["source"]).name for row in rows if row["is_best"]}
        assert len(best) < len(rows) == 3
        for folder in (tmp_path / "trip" / "best", tmp_path / "links"):
            assert {path.name for path in folder.iterdir()} == best
    assert all(path.is_symlink() for path in (tmp_path / "links").iterdir())


def test_sidecars_are_written_on_request(tmp_path: Path, photos: Photos) -> None:
    (tmp_path / "trip" / "b.jpg.xmp").write_text("not XMP")
    done = photos("trip", "--out", "out", "--xmp")
    assert done.returncode == 1
    assert "trip/b.jpg.xmp" in done.stderr
    assert {path.name for path in (tmp_path / "trip").iterdir()} == {
        "a.jpg", "a.jpg.xmp", "b.jpg", "b.jpg.xmp",
    }  # fmt: skip
    assert (tmp_path / "trip" / "b.jpg.xmp").read_text() == "not XMP"


@pytest.mark.parametrize("option", [("--xmp",), ("--copy-best", "best"), ("--link-best", "best")])
def test_a_table_is_written_alone(tmp_path: Path, photos: Photos, option: tuple[str, ...]) -> None:
    done = photos("trip", "--out", "trip.csv", *option)
    assert done.returncode == 2
    assert not (tmp_path / "trip.csv").exists()


def test_without_a_cache_the_result_is_the_same(tmp_path: Path, photos: Photos) -> None:
    assert photos("trip", "--out", "one").returncode == 0
    assert photos("trip", "--out", "two", "--no-cache").returncode == 0
    one, two = (sorted_photos(tmp_path / name) for name in ("one", "two"))
    assert one["photos"] == two["photos"]
    sheets = [(tmp_path / name / "contact-sheet.jpg").read_bytes() for name in ("one", "two")]
    assert sheets[0] == sheets[1]
