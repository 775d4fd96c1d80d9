"""The commands that train and measure weights, as people call them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image

from framepick.model.checkpoint import save_checkpoint
from framepick.model.tiny import tiny_checkpoint
from tests.command_line import Done, framepick

COMMAND = [sys.executable, "-m", "framepick.cli"]
DESCENT = """
name = "run"
out = "out"
licence = "CC0-1.0"

[network]
backbone = "tiny"
initial = "random"
levels = [0, 1]
aesthetic = 8
content = 4

[data]
ratings = [{ path = "rated.csv", licence = "CC0-1.0", only_free = false }]

[descent]
steps = 1
batch = 8
learning_rate = 1e-3

[losses.rank]
"""
FIT = """
[fit]
appeal = "appeal.csv"
filters = []
penalty = 1
"""
WITH_FIT = DESCENT[: DESCENT.index("[descent]")] + FIT


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "rated.csv").write_text("path,score\n")
    (tmp_path / "appeal.csv").write_text("class,name,appeal\n0,tench,3\n")
    return tmp_path


WRONG = {
    "unknown key": (
        DESCENT.replace("steps = 1", "step = 1"),
        "run.toml: descent.step is not known",
    ),
    "not TOML": ("name = ", "run.toml: is not TOML"),
    "both ways": (DESCENT + FIT, "[descent] and [fit] go one by one"),
    "unknown key of a fit": (f"{WITH_FIT}strength = 1\n", "run.toml: fit.strength is not known"),
    "a name too long for files": (
        DESCENT.replace('"run"', f'"{"x" * 201}"'),
        "name must be printable and up to 200 bytes long",
    ),
    "a name that steers the terminal": (
        DESCENT.replace('"run"', '"a\\u001b[31m"'),
        "name must be printable",
    ),
    "a fit without photos": (WITH_FIT, "run.toml: data.photos is missing"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_configuration_is_a_wrong_call_told_in_one_line(case: str, folder: Path) -> None:
    text, reason = WRONG[case]
    (folder / "run.toml").write_text(text)
    before = sorted(folder.iterdir())
    done = framepick(folder, "train", "run.toml")
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert reason in line
    assert not done.stdout
    assert sorted(folder.iterdir()) == before


def test_a_configuration_that_is_not_there_is_named(folder: Path) -> None:
    done = framepick(folder, "train", "gone.toml")
    assert done.returncode == 2
    assert "gone.toml: cannot be read (no such file" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_evaluation_without_weights_fails_in_one_line(folder: Path) -> None:
    done = framepick(folder, "evaluate", "gone.safetensors", "rated.csv", "--out", "figures")
    assert done.returncode == 1, done.stderr
    (line,) = done.stderr.splitlines()
    assert "no card at gone.json" in line
    assert not (folder / "figures").exists()


@pytest.fixture
def measured(folder: Path) -> Path:
    """A folder with tiny weights and twelve rated pictures, the brighter the better."""
    save_checkpoint(folder / "tiny.safetensors", *tiny_checkpoint(0))
    rate(folder, range(12))
    for number in range(12):
        Image.new("RGB", (40, 40), (20 * number, 20 * number, 90)).save(folder / f"{number}.png")
    return folder


def rate(folder: Path, scores: Sequence[int], category: str = "") -> None:
    rows = [f"{number}.png,{score},{category}" for number, score in enumerate(scores)]
    (folder / "rated.csv").write_text("\n".join(["path,score,category", *rows]))


def evaluate(folder: Path, *more: str, out: str = "figures") -> Done:
    return framepick(folder, "evaluate", "tiny.safetensors", "rated.csv", "--out", out, *more)


def test_evaluation_fits_a_terminal_and_does_not_steer_it(measured: Path) -> None:
    rate(measured, range(12), "\x1b[31mred")
    (measured / "few").mkdir()
    for number in (3, 9):
        shutil.copy(measured / f"{number}.png", measured / "few")
    done = evaluate(measured, "--photos", "few")
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 100
    assert sum("motion_blur" in line for line in lines) > 1  # the wide table goes on below
    assert json.loads((measured / "figures" / "figures.json").read_text())["weights"] == "tiny-0"


def test_evaluation_tells_of_rows_it_left_out(measured: Path) -> None:
    with (measured / "rated.csv").open("a") as table:
        table.write("\ngone.png,3,\n")
    done = evaluate(measured)
    assert done.returncode == 0, done.stderr
    assert "rated.csv: broken rows skipped: 1, line 14: the picture 'gone.png'" in done.stderr


TOO_LATE = {
    "no photos": (["--photos", "gone"], "gone: does not exist; check the path", 1),
    "no videos": (["--videos", "gone"], "gone: does not exist; check the path", 1),
    "a folder without videos": (["--videos", "."], ".: holds no videos; name another folder", 2),
    "no baselines": (["--baselines", "gone"], "no weights at gone/mobilenet", 1),
    "a file for a folder": (["--out", "rated.csv/x"], "rated.csv is a file; choose another", 1),
}


@pytest.mark.parametrize("case", TOO_LATE)
def test_what_is_wrong_is_told_before_anything_is_measured(case: str, measured: Path) -> None:
    options, reason, code = TOO_LATE[case]
    done = evaluate(measured, *options)
    assert done.returncode == code, done.stderr
    (line,) = done.stderr.splitlines()
    assert reason in line
    assert not (measured / "figures").exists()


def test_ratings_that_are_all_the_same_are_refused(measured: Path) -> None:
    rate(measured, [3] * 12)
    done = evaluate(measured)
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert "rated.csv: all ratings of split train are the same" in line


def test_figures_that_cannot_be_kept_are_shown(measured: Path) -> None:
    (measured / "figures" / "figures.json").mkdir(parents=True)
    done = evaluate(measured)
    assert done.returncode == 1
    assert "figures.json: cannot be written (is a directory)" in done.stderr
    assert "Agreement with ratings" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_figures_that_cannot_be_shown_are_kept(measured: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, "evaluate", "tiny.safetensors", "rated.csv", "--out", "figures"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            cwd=measured,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("framepick: standard output: cannot be written")
    assert (measured / "figures" / "figures.md").exists()


def test_a_fit_learns_at_once_that_it_cannot_write(folder: Path) -> None:
    text = WITH_FIT.replace('"out"', '"rated.csv"').replace("[data]", "[data]\nphotos = PHOTOS")
    text = text.replace("PHOTOS", '[{ path = ".", licence = "CC0-1.0" }]')
    (folder / "run.toml").write_text(text)
    done = framepick(folder, "train", "run.toml")
    assert done.returncode == 1, done.stderr
    (line,) = done.stderr.splitlines()
    assert "rated.csv: cannot be made (file exists)" in line


def test_a_variable_that_is_empty_counts_as_not_set(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMPTY_FOLDER", "")
    (folder / "run.toml").write_text(DESCENT.replace('"rated.csv"', '"$EMPTY_FOLDER/rated.csv"'))
    done = framepick(folder, "train", "run.toml")
    assert done.returncode == 2
    assert "needs the variable EMPTY_FOLDER, which is not set" in done.stderr
