"""The README: its Python example runs, its command lines are understood."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

from framepick import cli

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
CALLS = re.findall(r"^    (framepick [^#\n]+)", README, re.MULTILINE)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_python_example_runs(example: str, tmp_path: Path) -> None:
    [video] = set(re.findall(r'"(\w+\.mp4)"', example))
    shutil.copy(ROOT / "samples" / "damaged.mp4", tmp_path / video)
    done = subprocess.run(
        [sys.executable, "-c", example], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


@pytest.mark.parametrize("call", CALLS)
def test_every_command_line_is_understood(call: str, tmp_path: Path) -> None:
    command = get_command(cli.app)
    name, *words = shlex.split(call)[1:]
    assert name in command.commands  # type: ignore[attr-defined]
    command.commands[name].make_context(name, words)  # type: ignore[attr-defined]


def test_the_readme_has_examples_of_both() -> None:
    assert EXAMPLES
    assert len(CALLS) > 8
