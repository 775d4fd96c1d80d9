"""What is written of a collection: pages that tell all, and files that no run may spoil."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest
from PIL import Image

from framepick.collection import PhotoCollection, PhotoFacts, PhotoFailure, RankedPhoto
from framepick.errors import OutputError
from framepick.outputs.photos.folder import is_up_to_date, photo_folder, write_collection
from framepick.outputs.thumbnails import thumbnail_of
from framepick.photos import arranged
from samples.clipmaker import load
from tests.browsing import opened
from tests.photos.made import REFERENCE, face, facts, measured

NAMES = ("astronaut", "chelsea", "coffee", "rocket")


def picture(photo: RankedPhoto, side: int) -> bytes:
    """Any photograph, by the photo's rank."""
    return thumbnail_of(load(NAMES[photo.rank % len(NAMES)], (120, 90)), side)


def collection(
    photos: dict[str, PhotoFacts] | None = None, failures: Sequence[PhotoFailure] = ()
) -> PhotoCollection:
    photos = photos or {
        "trip/a.jpg": facts(0, 0.0, score=6.0, faces=[face(0.1)]),
        "trip/b.jpg": facts(2, 0.3, score=5.9, faces=[face()]),
        "trip/c.jpg": facts(90, score=5.0),
        "trip/d.jpg": facts(0, veto="black"),
    }
    return arranged([measured(*one) for one in photos.items()], failures, "encoder", REFERENCE)


def written(folder: Path, what: PhotoCollection, run: str = "1") -> dict[str, Any]:
    with photo_folder(folder) as earlier:
        failures, _ = write_collection(what, earlier, "trip", run, picture)
    assert failures == ()
    document: dict[str, Any] = json.loads((folder / "photos.json").read_text())
    return document


def test_tables_and_json_agree(tmp_path: Path) -> None:
    broken = PhotoFailure(Path("trip/e.jpg"), "trip/e.jpg: cannot be read")
    document = written(tmp_path / "out", collection(failures=[broken]))
    with (tmp_path / "out" / "photos.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    table = pyarrow.parquet.read_table(tmp_path / "out" / "photos.parquet").to_pylist()
    names = ["trip/b.jpg", "trip/a.jpg", "trip/c.jpg", "trip/d.jpg"]
    assert [one["source"] for one in document["photos"]] == names
    assert [one["path"] for one in rows] == [one["path"] for one in table] == [*names, "trip/e.jpg"]
    assert [one["error"] for one in rows] == ["", "", "", "", broken.error]
    for row, exact, told in zip(rows, table, document["photos"], strict=False):
        assert exact["score"] == told["score"] == pytest.approx(float(row["score"]), abs=1e-3)
        assert int(row["rating"]) == told["rating"]
        assert row["reason"] == "; ".join(one["text"] for one in told["reasons"])


def test_a_formula_in_a_name_is_harmless_in_the_table(tmp_path: Path) -> None:
    written(tmp_path / "out", collection({"=1+1.jpg": facts()}))
    with (tmp_path / "out" / "photos.csv").open(newline="") as file:
        assert [row["path"] for row in csv.DictReader(file)] == ["./=1+1.jpg"]


def test_files_of_an_earlier_run_are_replaced_and_those_of_the_user_stay(tmp_path: Path) -> None:
    out = tmp_path / "out"
    written(out, collection())
    (out / "photos.csv").write_text("mine")
    (out / "notes.txt").write_text("mine, too")
    document = written(out, collection({"new.jpg": facts()}), "2")
    assert (out / "photos.csv").read_text() == "mine"
    assert (out / "notes.txt").read_text() == "mine, too"
    assert "new.jpg" in (out / "photos-2.csv").read_text()
    assert "new.jpg" in (out / "report.html").read_text()
    assert "photos-2.csv" in document["files"]


def test_a_result_is_up_to_date_until_a_file_is_changed_or_the_run_is_another(
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    written(out, collection())
    with photo_folder(out) as earlier:
        assert is_up_to_date(earlier, "1")
        assert not is_up_to_date(earlier, "2")
    (out / "photos.parquet").unlink()
    with photo_folder(out) as earlier:
        assert not is_up_to_date(earlier, "1")


def test_the_same_photos_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        written(tmp_path / name, collection())
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_a_failed_run_leaves_what_was_there(tmp_path: Path) -> None:
    out = tmp_path / "out"
    written(out, collection())
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    def interrupt(photo: RankedPhoto, side: int) -> bytes:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), photo_folder(out) as earlier:
        write_collection(collection(), earlier, "trip", "2", interrupt)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert {path.name for path in tmp_path.iterdir()} == {"out"}


def test_a_page_that_cannot_be_made_is_told_and_the_rest_is_written(tmp_path: Path) -> None:
    def fail(photo: RankedPhoto, side: int) -> bytes:
        raise OSError("no space")

    with photo_folder(tmp_path / "out") as earlier:
        failures, _ = write_collection(collection(), earlier, "trip", "1", fail)
    assert {one.file for one in failures} == {"contact-sheet.jpg", "report.html"}
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "photos.json", "photos.csv", "photos.parquet",
    }  # fmt: skip


def test_only_one_run_has_the_folder(tmp_path: Path) -> None:
    with (
        photo_folder(tmp_path / "out"),
        pytest.raises(OutputError, match="another run"),
        photo_folder(tmp_path / "out"),
    ):
        pass


@pytest.mark.parametrize("count", [0, 1, 7, 90])
def test_the_sheet_shows_the_best_of_up_to_sixty_groups(tmp_path: Path, count: int) -> None:
    photos = {f"{at}.jpg": facts(content=[float(at == one) for one in range(90)], score=at / 9)
              for at in range(count)}  # fmt: skip
    what = collection(photos) if photos else PhotoCollection((), (), "encoder", "reference")
    asked: list[str] = []

    def noted(photo: RankedPhoto, side: int) -> bytes:
        asked.append(photo.path.name)
        return picture(photo, side)

    with photo_folder(tmp_path / "out") as earlier:
        failures, _ = write_collection(what, earlier, "trip", "1", noted)
    assert failures == ()
    with Image.open(tmp_path / "out" / "contact-sheet.jpg") as sheet:
        assert sheet.width == 2400
    best = [f"{at}.jpg" for at in reversed(range(count))][:60]
    assert asked[: len(best)] == best


# In a browser


def test_the_report_unfolds_groups_and_hides_photos_of_few_stars(
    browser: Any, tmp_path: Path
) -> None:
    written(tmp_path / "out", collection(failures=[PhotoFailure(Path("e.jpg"), "e.jpg: broken")]))
    it = opened(browser, tmp_path / "out" / "report.html")
    page = it.page
    other = page.locator("#wall details img")
    assert not other.first.is_visible()
    page.locator("#wall summary").first.click()
    assert other.first.is_visible()
    assert "eyes shut" in page.locator("#photo-1").inner_text().lower()
    assert page.locator("#wall > .shot").count() == 2
    stars = [int(one.get_attribute("data-stars")) for one in page.locator("#wall > .shot").all()]
    page.select_option("#least", "5")
    assert page.locator("#wall > .shot:visible").count() == sum(one >= 5 for one in stars)
    assert "e.jpg: broken" in page.locator("main").inner_text()
    assert it.faults == []


def test_the_report_links_to_the_photos_from_where_it_lies(browser: Any, tmp_path: Path) -> None:
    name = 'a "b" <i>&#?%.jpg'
    path = tmp_path / "trip" / name
    path.parent.mkdir()
    Image.new("RGB", (8, 8)).save(path)
    written(tmp_path / "results" / "out", collection({str(path): facts()}))
    it = opened(browser, tmp_path / "results" / "out" / "report.html")
    link = it.page.locator("#photo-1 a.frame").first
    assert link.evaluate("one => decodeURIComponent(one.href)") == f"file://{path}"
    assert name in it.page.locator("#photo-1").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1366])
def test_the_report_fits_every_screen(
    browser: Any, tmp_path: Path, width: int, scheme: str
) -> None:
    long = {f"{'long-name-' * 12}{at}.jpg": replace(facts(at * 3.0, at * 0.3)) for at in range(9)}
    written(tmp_path / "out", collection(long))
    it = opened(
        browser,
        tmp_path / "out" / "report.html",
        viewport={"width": width, "height": 844},
        color_scheme=scheme,
    )
    it.page.click("#unfold")
    assert it.page.evaluate("document.documentElement.scrollWidth") == width
    assert it.page.evaluate("document.documentElement.dataset.theme") == scheme
    assert it.faults == []
