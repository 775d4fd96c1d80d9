"""Folders of results: which names they take, and what a second run may remove."""

from __future__ import annotations

import json
from pathlib import Path

from framepick.config import OutputConfig
from framepick.outputs.folder import result_folder, write_result
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


def test_a_second_run_removes_sidecars_and_markers_of_the_first(tmp_path: Path) -> None:
    first = OutputConfig(sidecar="both", markers=("otio", "csv"), table="csv")
    plain = {"clip_01_00-00-01.000.jpg", "scores.parquet"}
    plain |= {"picks.json", "report.html", "contact-sheet.jpg"}
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
    path.write_text(json.dumps({**document, "files": ["../mine.txt", 7, "..", ""]}))
    _write(tmp_path / "out", OutputConfig())
    assert (tmp_path / "mine.txt").exists()


def test_a_source_called_as_the_page_over_all_inputs_leaves_it_its_name(tmp_path: Path) -> None:
    for name in ("report.html", "Report.HTML"):
        assert result_folder(tmp_path, Path(name), set()).name == f"{name}-2"
