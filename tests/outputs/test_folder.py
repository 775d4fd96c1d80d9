"""Folders of results: which names they take, and what a second run may remove."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from framepick.config import OutputConfig
from framepick.errors import OutputError
from framepick.outputs import folder as folder_module
from framepick.outputs.folder import Written, write_result
from framepick.outputs.previews import Previews
from framepick.types import Still
from tests.kept import pick_at, picture, result_of


def _write(folder: Path, rules: OutputConfig, seconds: float | None = 1.0) -> set[str]:
    """Write a result with one pick, or with none; give the names of all files in its folder."""
    picks = [] if seconds is None else [pick_at(seconds)]
    result = result_of("clip.mp4", *picks)
    stills = [Still(picture(), pick.moment) for pick in picks]
    write_result(result, stills, folder, rules)
    return {path.name for path in folder.iterdir()}


def test_picks_json_names_every_file_beside_it(tmp_path: Path) -> None:
    names = _write(tmp_path / "out", OutputConfig(sidecar="both", markers=("otio", "csv")))
    document = json.loads((tmp_path / "out/picks.json").read_text(encoding="utf-8"))
    assert set(document["files"]) == names
    for name, digest in document["files"].items():
        if name in ("picks.json", "report.html"):  # the report tells how long the run took
            assert digest is None
        else:
            content = (tmp_path / "out" / name).read_bytes()
            assert digest == hashlib.sha256(content).hexdigest()


def test_a_second_run_removes_sidecars_and_markers_of_the_first(tmp_path: Path) -> None:
    first = OutputConfig(sidecar="both", markers=("otio", "csv"), table="csv")
    plain = {"clip_01_00-00-01.000.jpg", "scores.parquet"}
    plain |= {"picks.json", "report.html", "contact-sheet.jpg", "candidates.csv"}
    _write(tmp_path / "out", first)
    assert _write(tmp_path / "out", OutputConfig()) == plain


def test_a_second_run_removes_markers_of_a_first_one_without_picks(tmp_path: Path) -> None:
    _write(tmp_path / "out", OutputConfig(markers=("otio",)), seconds=None)
    assert "markers.otio" not in _write(tmp_path / "out", OutputConfig())


def test_a_second_run_keeps_sidecars_that_another_program_wrote(tmp_path: Path) -> None:
    _write(tmp_path / "out", OutputConfig())
    theirs = tmp_path / "out/clip_01_00-00-01.000.jpg.xmp"
    theirs.write_text("edits of an hour")
    (tmp_path / "out/markers.csv").write_text("my own list")
    _write(tmp_path / "out", OutputConfig())
    assert theirs.read_text() == "edits of an hour"
    assert (tmp_path / "out/markers.csv").read_text() == "my own list"


def test_a_list_of_files_that_names_other_folders_removes_nothing_there(tmp_path: Path) -> None:
    _write(tmp_path / "out", OutputConfig())
    (tmp_path / "mine.txt").write_text("mine")
    path = tmp_path / "out/picks.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**document, "files": {"../mine.txt": None, "..": None, "": None}}))
    _write(tmp_path / "out", OutputConfig())
    assert (tmp_path / "mine.txt").exists()


# What the user did to an earlier result


def _rerun(folder: Path, *seconds: float, rules: OutputConfig | None = None) -> Written:
    """Write a result with picks at `seconds`, in order of rank."""
    picks = [pick_at(at, rank) for rank, at in enumerate(seconds, 1)]
    result = result_of("clip.mp4", *picks)
    stills = [Still(picture(), pick.moment) for pick in picks]
    return write_result(result, stills, folder, rules or OutputConfig())


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


ONE, TWO = "clip_01_00-00-01.000.jpg", "clip_02_00-00-02.000.jpg"


def test_fewer_picks_remove_the_others_that_nobody_touched(tmp_path: Path) -> None:
    _rerun(tmp_path / "out", 1.0, 2.0)
    _rerun(tmp_path / "out", 1.0)
    assert {ONE} == {name for name in _names(tmp_path / "out") if name.startswith("clip")}


def test_fewer_picks_keep_what_was_renamed(tmp_path: Path) -> None:
    _rerun(tmp_path / "out", 1.0, 2.0)
    (tmp_path / "out" / TWO).rename(tmp_path / "out" / "the best.jpg")
    _rerun(tmp_path / "out", 1.0)
    assert {ONE, "the best.jpg"} <= _names(tmp_path / "out")


def test_fewer_picks_keep_stills_that_were_changed(tmp_path: Path) -> None:
    _rerun(tmp_path / "out", 1.0, 2.0)
    (tmp_path / "out" / TWO).write_bytes(b"with stars")
    for _ in range(2):
        _rerun(tmp_path / "out", 1.0)
        assert (tmp_path / "out" / TWO).read_bytes() == b"with stars"


@pytest.mark.parametrize("sidecar", [f"{TWO}.xmp", TWO.replace(".jpg", ".xmp")])
@pytest.mark.parametrize("rules", [OutputConfig(), OutputConfig(sidecar="both")])
def test_fewer_picks_keep_stills_whose_sidecar_was_changed_or_added(
    tmp_path: Path, sidecar: str, rules: OutputConfig
) -> None:
    _rerun(tmp_path / "out", 1.0, 2.0, rules=rules)
    before = (tmp_path / "out" / TWO).read_bytes()
    (tmp_path / "out" / sidecar).write_text("five stars")
    for _ in range(2):
        _rerun(tmp_path / "out", 1.0, rules=rules)
        assert (tmp_path / "out" / TWO).read_bytes() == before
        assert (tmp_path / "out" / sidecar).read_text() == "five stars"


def test_a_still_that_was_rated_stands_for_its_frame(tmp_path: Path) -> None:
    _rerun(tmp_path / "out", 1.0, 2.0)
    (tmp_path / "out" / TWO).write_bytes(b"with stars")
    for _ in range(2):
        written = _rerun(tmp_path / "out", 2.0, 1.0)  # now it is the best
        assert [row["still"] for row in written.rows] == [TWO, "clip_02_00-00-01.000.jpg"]
        assert (tmp_path / "out" / TWO).read_bytes() == b"with stars"
    document = json.loads((tmp_path / "out/picks.json").read_text())
    assert set(document["files"]) == _names(tmp_path / "out")
    _rerun(tmp_path / "out", 1.0)
    assert (tmp_path / "out" / TWO).read_bytes() == b"with stars"


def test_another_frame_never_takes_the_name_of_a_rated_still(tmp_path: Path) -> None:
    rules = OutputConfig(name="{stem}_{rank}")
    _rerun(tmp_path / "out", 1.0, rules=rules)
    (tmp_path / "out/clip_1.jpg.xmp").write_text("five stars")
    before = (tmp_path / "out/clip_1.jpg").read_bytes()
    written = _rerun(tmp_path / "out", 2.0, rules=rules)
    assert [row["still"] for row in written.rows] == ["clip_1-2.jpg"]
    assert (tmp_path / "out/clip_1.jpg").read_bytes() == before


def test_a_file_of_the_users_keeps_its_name_and_ours_gets_another(tmp_path: Path) -> None:
    rules = OutputConfig(markers=("csv",))
    _rerun(tmp_path / "out", 1.0, rules=rules)
    (tmp_path / "out/markers.csv").write_text("my own list")
    for _ in range(2):
        written = _rerun(tmp_path / "out", 1.0, rules=rules)
        assert written.renamed == {"markers.csv": "markers-2.csv"}
    assert (tmp_path / "out/markers.csv").read_text() == "my own list"
    names = {name for name in _names(tmp_path / "out") if name.startswith("markers")}
    assert names == {"markers.csv", "markers-2.csv"}


def test_a_run_killed_while_it_replaces_files_leaves_none_that_nobody_owns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "out"
    _rerun(folder, 1.0, 2.0)
    _die_after_moves(monkeypatch, 5)
    with pytest.raises(ZeroDivisionError):
        _rerun(folder, 3.0, 4.0, 5.0)
    monkeypatch.undo()
    document = json.loads((folder / "picks.json").read_text())
    assert {row["still"] for row in document["picks"]} <= _names(folder)
    assert len([name for name in _names(folder) if name.endswith(".jpg")]) > 3
    _rerun(folder, 1.0)
    assert [name for name in _names(folder) if name.startswith("clip")] == [ONE]
    assert "being_replaced_by" not in json.loads((folder / "picks.json").read_text())


def _die_after_moves(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    replace, moves = os.replace, iter(range(count))

    def move(source: Path, target: Path) -> None:
        if next(moves, None) is None:
            raise ZeroDivisionError
        replace(source, target)

    monkeypatch.setattr(os, "replace", move)


# Files beside the stills that fail


@pytest.mark.parametrize(
    ("writer", "file"),
    [
        ("write_contact_sheet", "contact-sheet.jpg"),
        ("write_report", "report.html"),
        ("write_scores", "scores.parquet"),
        ("write_candidates", "candidates.csv"),
        ("write_text", "markers.csv"),
        ("write_sidecar", "clip_01_00-00-01.000.jpg.xmp"),
    ],
)
def test_a_file_beside_the_stills_that_fails_is_told_and_the_others_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: str, file: str
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("no\nroom")

    monkeypatch.setattr(folder_module, writer, fail)
    rules = OutputConfig(markers=("csv",), sidecar="darktable")
    written = _rerun(tmp_path / "out", 1.0, rules=rules)
    assert [(one.file, one.reason) for one in written.failures] == [(file, "ValueError: no room")]
    document = json.loads((tmp_path / "out/picks.json").read_text())
    assert document["failures"] == [{"file": file, "reason": "ValueError: no room"}]
    everything = {ONE, f"{ONE}.xmp", "contact-sheet.jpg", "report.html", "scores.parquet"}
    everything |= {"candidates.csv"}
    everything |= {"markers.csv", "picks.json"}
    assert _names(tmp_path / "out") == everything - {file} == set(document["files"])


def test_a_preview_that_fails_takes_nothing_but_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("encoder error -2")

    monkeypatch.setattr(Previews, "add", fail)
    written = _rerun(tmp_path / "out", 1.0)
    assert [one.file for one in written.failures] == [f"preview of {ONE}"]
    assert {ONE, "report.html", "contact-sheet.jpg", "picks.json"} <= _names(tmp_path / "out")


def test_a_still_that_fails_fails_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folder_module, "save_still", fail)
    with pytest.raises(OutputError, match="no space left on device"):
        _rerun(tmp_path / "out", 1.0)
    assert not list(tmp_path.iterdir())
