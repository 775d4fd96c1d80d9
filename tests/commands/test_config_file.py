"""Options from framepick.toml: as on the command line, which wins; what is wrong is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.main import get_command

from framepick import cli
from samples.clipmaker import numbered, write
from tests.command_line import Done, framepick
from tests.tiny import tiny_weights

NAME = "framepick.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a folder with a clip and tiny weights."""
    write(tmp_path / "clip.mp4", numbered(12), gop=12)
    tiny_weights(tmp_path)
    return tmp_path


def settings(folder: Path, out: str = "picks") -> dict[str, object]:
    values: dict[str, object] = json.loads((folder / out / "clip.mp4/picks.json").read_text())
    return values


def refusal(folder: Path, text: str, *arguments: object) -> str:
    (folder / NAME).write_text(text)
    done = framepick(folder, "pick", "clip.mp4", *arguments)
    assert done.returncode == 2
    assert not (folder / "picks").exists()
    [line] = done.stderr.splitlines()
    return line


def pick(folder: Path, *arguments: object) -> Done:
    done = framepick(folder, "pick", "clip.mp4", *arguments)
    assert done.returncode == 0, done.stderr
    return done


def test_a_table_holds_the_options_of_its_command(folder: Path) -> None:
    (folder / NAME).write_text("""
        weights = "tiny.safetensors"
        [pick]
        count = 2
        refine = false
        min-gap = 0.1
        exclude = ["0-0.05"]
        budget = "1h"
        scores = "csv"
        json = true
        [photos]
        min-stars = 4
    """)
    done = pick(folder)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    values = settings(folder)["settings"]
    assert isinstance(values, dict)
    assert len(rows) == values["pick"]["count"] == 2
    assert values["refine"] is None
    assert values["pick"]["min_gap_seconds"] == 0.1
    assert len(values["pick"]["excluded"]) == 1
    assert values["budget_seconds"] == 3600
    assert (folder / "picks/clip.mp4/scores.csv").is_file()


def test_the_command_line_wins(folder: Path) -> None:
    (folder / NAME).write_text('weights = "none"\n[pick]\ncount = 2\nrefine = false\n')
    pick(folder, "--weights", "tiny.safetensors", "--count", 1, "--refine", "--min-gap", 0)
    assert settings(folder)["requested"] == 1
    assert settings(folder)["settings"]["refine"]  # type: ignore[index]


def test_a_table_wins_over_what_is_shared(folder: Path) -> None:
    (folder / NAME).write_text(
        'weights = "none"\ncount = 3\n[pick]\nweights = "tiny.safetensors"\n'
    )
    pick(folder)
    assert settings(folder)["requested"] == 3


def test_another_file_is_read_in_place_and_its_paths_count_from_it(folder: Path) -> None:
    (folder / NAME).write_text("[pick]\ncount = 2\n")
    (folder / "sub").mkdir()
    (folder / "sub" / "my.toml").write_text(
        'weights = "../tiny.safetensors"\n[pick]\ncount = 1\nout = "here"\n'
    )
    pick(folder, "--config", "sub/my.toml")
    assert settings(folder, "sub/here")["requested"] == 1


@pytest.mark.parametrize(
    ("text", "key", "way_out"),
    [
        ("[pick]\ncuont = 3", "pick.cuont", "count"),
        ("[picks]\ncount = 3", "[picks]", "pick"),
        ("devise = 'cpu'", "devise", "device"),
        ("[photos]\nminstars = 3", "photos.minstars", "min-stars"),
        ("[pick]\ncount = 0", "pick.count", "1"),
        ("[pick]\ncount = 2.5", "pick.count", "2.5"),
        ("[pick]\ncount = [1, 2]", "pick.count", "[1, 2]"),
        ("[pick]\ncount = true", "pick.count", "True"),
        ("[pick]\nplan = 'exakt'", "pick.plan", "'fast'"),
        ("[pick]\nrefine = 'no'", "pick.refine", "true or false"),
        ("[pick]\nbudget = 'soon'", "pick.budget", "1.5s"),
        ("pick = 3", "pick", "[pick]"),
        ("[pick\n", "not valid TOML", "line 1"),
    ],
)
def test_what_is_wrong_is_refused_with_its_key(
    text: str, key: str, way_out: str, folder: Path
) -> None:
    line = refusal(folder, text)
    assert NAME in line
    assert key in line
    assert way_out in line


def test_a_file_that_is_missing_is_named(folder: Path) -> None:
    done = framepick(folder, "pick", "clip.mp4", "--config", "none.toml")
    assert done.returncode == 2
    assert "none.toml: cannot be read" in done.stderr


@pytest.mark.parametrize("key", ["run", "post"])
def test_what_lies_in_a_folder_cannot_name_what_is_called(key: str, folder: Path) -> None:
    (folder / NAME).write_text(f'[live]\n{key} = "http://localhost/"\n')
    done = framepick(folder, "live", "clip.mp4")
    assert done.returncode == 2
    assert f"live.{key}" in done.stderr
    assert "--config" in done.stderr


def test_every_command_takes_a_file() -> None:
    commands = get_command(cli.app).commands  # type: ignore[attr-defined]
    groups = {name for name, one in commands.items() if hasattr(one, "commands")}
    assert groups == {"taste"}  # its commands take no options from files
    for name in commands.keys() - groups:
        assert any("--config" in one.opts for one in commands[name].params)
