"""What may be written on the command line, and where results may go."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from PIL import Image

from framepick.commands.places import check_folder, check_table
from framepick.errors import OutputError, UsageError
from framepick.format_names import (
    chapter_formats,
    image_format,
    marker_formats,
    selects_formats,
)
from framepick.options.durations import handles_of
from tests.command_line import framepick
from tests.tiny import tiny_weights

COMMANDS = ("pick", "score", "photos", "info", "cache", "train", "evaluate")


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_short_for_h(tmp_path: Path, command: str) -> None:
    words = [command] if command else []
    short, long = (framepick(tmp_path, *words, option) for option in ("-h", "--help"))
    assert short == long
    assert short.returncode == 0
    assert f"Usage: framepick {command}".rstrip() in short.stdout


def test_help_shows_every_command(tmp_path: Path) -> None:
    shown = framepick(tmp_path, "--help").stdout
    assert all(command in shown for command in COMMANDS)


def test_short_options_and_usual_names_are_understood(tmp_path: Path, clip: Path) -> None:
    tiny_weights(tmp_path)
    markers = ("--markers", "premiere, CSV")
    options = ("-n", 1, "-o", "out", "--format", "JPG", *markers, "--weights", "tiny.safetensors")
    done = framepick(tmp_path, "pick", clip, *options)
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "out/numbered.mp4/picks.json").read_text())
    assert [Path(pick["still"]).suffix for pick in result["picks"]] == [".jpg"]
    assert {"markers-fcp7.xml", "markers.csv"} <= set(result["files"])


def test_a_name_is_given_for_each_usual_one() -> None:
    assert [image_format(name) for name in ("jpg", ".TIF", "png")] == ["jpeg", "tiff", "png"]
    assert marker_formats("premiere,FCPX, davinci,,edl") == ("fcp7", "fcpxml", "resolve")


def test_resolve_gets_selects_in_a_format_that_holds_clips() -> None:
    assert selects_formats("premiere,davinci,finalcut,otio") == ("fcp7", "fcpxml", "otio")
    assert chapter_formats("WebVTT, .srt") == ("vtt", "srt")


def test_handles_may_be_nothing_and_are_no_words(tmp_path: Path) -> None:
    assert [handles_of(text) for text in ("0", "1.5s", "2m")] == [0, 1.5, 120]
    done = framepick(tmp_path, "pick", "x.mp4", "--handles", "soon")
    assert done.returncode == 2
    assert "'soon' is not a time" in done.stderr


def test_formats_that_are_not_known_are_told_before_the_search(tmp_path: Path) -> None:
    calls = (
        ("--format", "bmp"),
        ("--markers", "vegas"),
        ("--selects", "edl"),
        ("--chapters", "mp4"),
        ("--media-root", "Footage"),
    )
    for options in calls:
        done = framepick(tmp_path, "pick", "x.mp4", *options)
        assert done.returncode == 2
        [line] = done.stderr.splitlines()
        assert options[1] in line


def test_a_video_outside_of_the_media_root_is_told_before_the_search(tmp_path: Path) -> None:
    done = framepick(tmp_path, "pick", "x.mp4", "--media-root", "/nowhere=D:\\x")
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line.startswith("framepick: x.mp4: lies outside /nowhere")


def test_inputs_that_fail_are_objects_with_an_error(tmp_path: Path, clip: Path) -> None:
    tiny_weights(tmp_path)
    for command in (("pick", "-n", 1, "--weights", "tiny.safetensors"), ("info",)):
        done = framepick(tmp_path, *command, "gone.mp4", clip, "--json")
        assert done.returncode == 1
        failed, good = map(json.loads, done.stdout.splitlines())
        assert failed == {"source": "gone.mp4", "error": "gone.mp4: does not exist"}
        assert good["source"] == str(clip)
        assert "error" not in good


def test_a_table_of_scores_is_replaced_only_when_told(tmp_path: Path, clip: Path) -> None:
    tiny_weights(tmp_path)
    call = ("score", clip, "-o", "s.csv", "--weights", "tiny.safetensors")
    (tmp_path / "s.csv").write_text("mine")
    assert framepick(tmp_path, *call).returncode == 2
    assert (tmp_path / "s.csv").read_text() == "mine"
    assert framepick(tmp_path, *call, "--overwrite").returncode == 0
    assert len((tmp_path / "s.csv").read_text().splitlines()) == 91


def test_no_folder_is_made_at_the_root(tmp_path: Path) -> None:
    for command in (("pick", "x.mp4"), ("score", "x.mp4"), ("photos", "x.jpg")):
        name = "/no-such-folder" if command[0] == "pick" else "/no-such-folder/deep/x.csv"
        done = framepick(tmp_path, *command, "--out", name)
        assert done.returncode == 2
        assert (
            "/no-such-folder: does not exist; check the path, or make the folder first"
            in done.stderr
        )
    assert not os.path.lexists("/no-such-folder")


def test_missing_folders_below_others_may_be_made(tmp_path: Path) -> None:
    check_folder(tmp_path / "new" / "deep")
    check_folder(tmp_path)
    check_table(tmp_path / "new" / "x.csv", overwrite=False)
    assert list(tmp_path.iterdir()) == []


def test_a_file_or_folder_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(OutputError, match=r"file is a file\); choose another"):
        check_folder(tmp_path / "file" / "deep")
    with pytest.raises(UsageError, match="is a folder; add the name of a table"):
        check_table(tmp_path / "folder.csv", overwrite=True)


@pytest.mark.parametrize("name", ["b" * 300, "b/" * 3000 + "b"])
def test_names_that_no_file_system_takes_are_told_before_any_work(
    tmp_path: Path, name: str
) -> None:
    picture = tmp_path / "photo.png"
    Image.new("RGB", (64, 64)).save(picture)
    calls: tuple[tuple[object, ...], ...] = (
        ("pick", "x.mp4", "-o", name),
        ("score", "x.mp4", "-o", f"{name}.csv"),
        ("photos", picture, "-o", f"{name}.csv"),
        ("photos", f"{name}.png", "-o", "out.csv"),
        ("pick", f"{name}.mp4"),
        ("pick", "x.mp4", "--weights", f"{name}.safetensors"),
    )
    for call in calls:
        done = framepick(tmp_path, *call)
        assert done.returncode in (1, 2)
        [line] = done.stderr.splitlines()
        assert name in line
        assert "unexpected" not in line


def test_an_input_that_must_not_be_read_does_not_hold_up_the_others(
    tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_weights(tmp_path)
    (tmp_path / "locked.mp4").touch(mode=0)
    allowed = os.access

    def access(path: str | os.PathLike[str], mode: int, **options: bool) -> bool:
        is_locked = os.fspath(path).endswith("locked.mp4")  # root may read it all the same
        return not is_locked and allowed(path, mode, **options)

    monkeypatch.setattr(os, "access", access)
    options = ("-n", 1, "-o", "out", "--weights", "tiny.safetensors")
    done = framepick(tmp_path, "pick", "locked.mp4", clip, *options)
    assert done.returncode == 1
    assert "locked.mp4" in done.stderr
    assert len(done.stdout.splitlines()) == 1
    assert (tmp_path / "out/numbered.mp4/picks.json").is_file()
