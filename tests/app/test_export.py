"""The drawer that writes frames to files, driven as its widgets are."""

from __future__ import annotations

import json
import shutil
import zipfile
from contextlib import closing
from http.client import HTTPConnection
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from pyarrow.parquet import read_table
from streamlit.testing.v1.element_tree import ButtonGroup
from typer.testing import CliRunner

import framepick.cli
from framepick.app.export import Export
from framepick.app.pages.export import EXPORT
from framepick.app.routes import address
from framepick.app.service import Service
from framepick.app.verdicts import add, keep, kept_alone, reject
from framepick.outputs.archive import zipped
from tests.app.video_page import Page
from tests.conftest import wait_for


def group(page: Page, label: str) -> ButtonGroup[Any]:
    found = [one for one in page.test.button_group if one.label == label]
    assert found, f"{label} is none of {[one.label for one in page.test.button_group]}"
    return found[0]


def choose(page: Page, label: str, value: Any) -> None:
    group(page, label).set_value(value)
    page.test.run()
    assert not page.test.exception


def drawer(page: Page, film: Path) -> Page:
    return page.open(film).ready().press("Export")


def export_to(page: Page, folder: Path) -> Path:
    """Export to a folder; give where the result lies."""
    choose(page, "To", "Folder")
    page.test.text_input(key="export-folder").input(str(folder))
    page.test.run()
    page.test.button(key="export-go").click()
    page.test.run()
    return folder / "film.mp4"


def exported(page: Page) -> Export:
    visit = page.service.visits.get(page.test.session_state["visit"])
    assert visit
    export = visit.open[EXPORT]
    assert isinstance(export, Export)
    return export


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_export_is_what_the_command_line_writes(
    page: Page, film: Path, tmp_path: Path, weights: Path
) -> None:
    ours = export_to(drawer(page, film), tmp_path / "ours")
    command = ["pick", str(film), "--weights", str(weights), "--out", str(tmp_path / "theirs")]
    assert CliRunner().invoke(framepick.cli.app, command).exit_code == 0
    theirs = tmp_path / "theirs" / "film.mp4"
    assert names_in(ours) == names_in(theirs)
    stills = [name for name in names_in(ours) if name.endswith(".jpg")]
    assert len(stills) == 6
    for name in stills:
        assert (ours / name).read_bytes() == (theirs / name).read_bytes()
    assert "5 frames written" in page.texts


def test_only_kept_frames_are_written_where_some_are_kept(
    page: Page, film: Path, tmp_path: Path
) -> None:
    page.open(film).ready().look_at(2)
    second, fourth = page.frames[1], page.frames[3]
    page.press("Keep").look_at(4).press("Keep").press("Export")
    document = json.loads((export_to(page, tmp_path / "out") / "picks.json").read_text())
    assert {row["frame_index"] for row in document["picks"]} == {second, fourth}
    assert [row["rank"] for row in document["picks"]] == [1, 2]
    assert len(page.frames) == 5


def test_stills_and_tables_carry_what_the_viewer_decided(
    page: Page, film: Path, tmp_path: Path
) -> None:
    page.open(film).ready().look_at(2)
    second = page.frames[1]
    page.test.button(key="act-2").click()
    page.test.run()
    page.press("Keep").look_at(1)
    first = page.frames[0]
    page.press("Reject").press("Export")
    choose(page, "Frames", "All 5 picks")
    folder = export_to(page, tmp_path / "out")
    rows = json.loads((folder / "picks.json").read_text())["picks"]
    row = next(row for row in rows if row["frame_index"] == second)
    assert (row["rating"], row["verdict"]) == (2, "kept")
    assert all("verdict" not in other for other in rows if other is not row)
    with Image.open(folder / row["still"]) as still:
        assert still.getexif()[0x4746] == 2
    assert b"<xmp:Rating>2</xmp:Rating>" in (folder / row["still"]).read_bytes()
    table = read_table(folder / "scores.parquet").to_pylist()
    found = {one["frame_index"]: (one["stars"], one["verdict"]) for one in table}
    assert found.pop(second) == (2, "kept")
    assert found.pop(first) == (0, "rejected")
    assert set(found.values()) == {(0, "")}


def test_all_picks_are_written_where_that_is_chosen(page: Page, film: Path, tmp_path: Path) -> None:
    page.open(film).ready().look_at(1).press("Keep").press("Export")
    choose(page, "Frames", "All 5 picks")
    document = json.loads((export_to(page, tmp_path / "out") / "picks.json").read_text())
    assert [row["frame_index"] for row in document["picks"]] == page.frames


def test_each_choice_of_files_is_written(page: Page, film: Path, tmp_path: Path) -> None:
    drawer(page, film)
    choose(page, "Format", "png")
    choose(page, "Bits per channel", 16)
    choose(page, "Crops, as pictures of their own", ["1:1"])
    choose(page, "Markers", ["fcp7", "csv"])
    choose(page, "Timeline of the frames as clips", ["otio"])
    choose(page, "Chapters, for players", ["vtt"])
    choose(page, "Table of all scores", "csv")
    choose(page, "XMP sidecars for", "lightroom")
    page.test.toggle(key="export-pages").set_value(False)
    page.test.text_input(key="export-name").input("{stem}-{rank}")
    page.test.run()
    assert "As in film-1.png" in page.texts
    folder = export_to(page, tmp_path / "out")
    names = names_in(folder)
    assert {"film-1.png", "film-1_1x1.png", "film-1.xmp", "scores.csv"} <= names
    assert {"markers-fcp7.xml", "markers.csv", "selects.otio", "chapters.vtt"} <= names
    assert not {"report.html", "contact-sheet.jpg"} & names
    with Image.open(folder / "film-1.png") as still:
        assert still.size == (320, 180)
    # IHDR says 16 bits per channel
    assert (folder / "film-1.png").read_bytes()[24] == 16


def test_choices_are_there_for_the_next_film(page: Page, film: Path, tmp_path: Path) -> None:
    drawer(page, film)
    choose(page, "Format", "png")
    export_to(page, tmp_path / "out")
    page.press("Export again")
    assert group(page, "Format").value == "png"


def test_a_name_that_cannot_be_is_said_at_once(page: Page, film: Path) -> None:
    drawer(page, film)
    page.test.text_input(key="export-name").input("{nonsense}")
    page.test.run()
    assert "nonsense" in page.texts
    assert page.test.button(key="export-go").disabled


def test_a_folder_outside_of_the_roots_is_refused(page: Page, film: Path) -> None:
    export_to(drawer(page, film), Path("/etc/picks"))
    assert "outside of the folders" in page.texts
    assert not page.test.exception


def test_a_file_in_the_way_is_said_and_another_place_can_be_named(
    page: Page, film: Path, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("mine")
    export_to(drawer(page, film), tmp_path / "taken")
    assert "cannot be written" in page.texts
    page.press("Export again")
    assert (export_to(page, tmp_path / "free") / "picks.json").is_file()


def test_a_folder_is_found_by_clicking(page: Page, film: Path, tmp_path: Path) -> None:
    (tmp_path / "footage" / "best").mkdir(parents=True)
    drawer(page, film)
    choose(page, "To", "Folder")
    page.test.text_input(key="export-folder").input(str(tmp_path / "footage"))
    page.test.run()
    page.button("best").click()
    page.test.run()
    assert page.test.text_input(key="export-folder").value == str(tmp_path / "footage" / "best")
    [up] = [one for one in page.test.button if str(one.key).startswith("export-folder-arrow")]
    up.click()
    page.test.run()
    assert page.test.text_input(key="export-folder").value == str(tmp_path / "footage")


def fetch(port: int, path: str) -> tuple[int, str, bytes]:
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Disposition", ""), answer.read()


def test_an_archive_holds_all_files_and_is_gone_with_its_session(
    page: Page, film: Path, port: int
) -> None:
    drawer(page, film)
    page.test.button(key="export-go").click()
    page.test.run()
    visit = page.service.visits.get(page.test.session_state["visit"])
    assert visit
    place = exported(page).out
    assert place.is_relative_to(visit.folder)
    status, named, content = fetch(port, f"{address(visit)}/download/{EXPORT}")
    assert (status, named) == (200, "attachment; filename*=utf-8''film%20picks.zip")
    with zipfile.ZipFile(BytesIO(content)) as archive:
        assert archive.testzip() is None
        inside = {name.removeprefix("film.mp4/") for name in archive.namelist()}
        assert inside == names_in(place / "film.mp4")
    visit.replace(EXPORT, None)
    assert not place.exists()
    assert fetch(port, f"{address(visit)}/download/{EXPORT}")[0] == 404


def test_an_export_of_an_upload_names_the_film_and_no_place_of_ours(
    page: Page, film: Path, service: Service, tmp_path: Path
) -> None:
    page.test.run()
    visit = service.visits.get(page.test.session_state["visit"])
    assert visit
    upload = visit.new_folder() / "holiday.mp4"
    shutil.copy(film, upload)
    from framepick.app.desk import Desk

    visit.replace("video", Desk(service.films, service.memory, upload, upload.name, is_upload=True))
    page.test.run()
    page.ready().press("Export")
    choose(page, "Markers", ["csv", "fcp7"])
    export_to(page, tmp_path / "out")
    texts = [path.read_bytes() for path in (tmp_path / "out" / "holiday.mp4").iterdir()]
    assert not any(b"framepick-app-" in text for text in texts)
    assert any(
        b"file://localhost/holiday.mp4" in text or b"file:///holiday.mp4" in text for text in texts
    )


def test_an_export_that_nobody_waits_for_leaves_nothing(
    page: Page, film: Path, service: Service
) -> None:
    page.open(film).ready()
    visit = service.visits.get(page.test.session_state["visit"])
    assert visit
    desk = page.desk
    export = Export(desk, desk.verdicts.wanted, visit.new_folder(), is_private=True)
    export.close()
    assert export.wait(30)
    assert wait_for(lambda: not export.out.exists(), 10)


def test_kept_frames_alone_are_what_is_asked_for(page: Page, film: Path) -> None:
    page.open(film).ready()
    desk, result = page.desk, page.desk.result
    assert result
    verdicts = keep(keep(desk.verdicts, result.picks[0]), result.picks[2])
    wanted = kept_alone(add(verdicts, result, 0.1))
    assert wanted.config.pick.count == 2
    assert wanted.config.pick.included == ()
    rejected = kept_alone(keep(reject(verdicts, result, result.picks[0]), result.picks[2]))
    assert rejected.config.pick.pinned == (result.picks[2].moment.frame_index,)


def test_an_archive_is_made_as_it_is_read(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_bytes(name.encode() * 3_000_000)
    pieces = list(zipped([(f"x/{name}", tmp_path / name) for name in ("a", "b")]))
    assert max(map(len, pieces)) < 2_000_000
    with zipfile.ZipFile(BytesIO(b"".join(pieces))) as archive:
        assert archive.read("x/b") == b"b" * 3_000_000
