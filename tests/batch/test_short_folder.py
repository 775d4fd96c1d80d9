"""Private folders for sockets."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from framepick.batch.short_folder import short_folder

_KILLED = """
import os
from framepick.batch.short_folder import short_folder
with short_folder("framepick-test") as folder:
    print(folder, flush=True)
    os.kill(os.getpid(), 9)
"""


def test_a_folder_is_private_and_gone_at_the_end() -> None:
    with short_folder("framepick-test") as folder:
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not folder.exists()


def test_the_path_is_short_wherever_temporary_files_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("long" * 20)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with short_folder("framepick-test") as folder:
        assert len(str(folder)) < 40


def test_what_a_killed_process_has_left_is_removed_and_that_of_others_is_not() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _KILLED], capture_output=True, text=True, check=False
    )
    left = Path(done.stdout.strip())
    assert left.is_dir()
    with short_folder("framepick-test") as first, short_folder("framepick-test"):
        assert not left.exists()
        assert first.exists()
