"""The commands that make and measure weights, as people call them: real processes, real files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

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


def call(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], capture_output=True, text=True, cwd=folder, check=False
    )


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
    "a fit without photos": (WITH_FIT, "run.toml: data.photos is missing"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_configuration_is_a_wrong_call_told_in_one_line(case: str, folder: Path) -> None:
    text, reason = WRONG[case]
    (folder / "run.toml").write_text(text)
    before = sorted(folder.iterdir())
    done = call(folder, "train", "run.toml")
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert reason in line
    assert not done.stdout
    assert sorted(folder.iterdir()) == before


def test_a_configuration_that_is_not_there_is_named(folder: Path) -> None:
    done = call(folder, "train", "gone.toml")
    assert done.returncode == 2
    assert "gone.toml: cannot be read (no such file" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_evaluation_without_weights_fails_in_one_line(folder: Path) -> None:
    done = call(folder, "evaluate", "gone.safetensors", "rated.csv", "--out", "figures")
    assert done.returncode == 1, done.stderr
    (line,) = done.stderr.splitlines()
    assert "no card at gone.json" in line
    assert not (folder / "figures").exists()
