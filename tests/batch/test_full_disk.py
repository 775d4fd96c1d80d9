"""Disks that are full: one line and an exit code, nothing half written, and a way to go on."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.batch_faults import command, look, make_clips
from samples.clipmaker import repeat
from tests.conftest import wait_for


class SmallDisk:
    """A file system in memory that holds so many bytes."""

    def __init__(self, folder: Path, size: str) -> None:
        self.folder = folder
        self._mount("-t", "tmpfs", "-o", f"size={size}", "tmpfs")

    def grow(self, size: str) -> None:
        self._mount("-o", f"remount,size={size}")

    def remove(self) -> None:
        call = ["umount", str(self.folder)]
        assert wait_for(lambda: not subprocess.run(call, check=False).returncode)

    def _mount(self, *options: str) -> None:
        subprocess.run(["mount", *options, str(self.folder)], check=True, capture_output=True)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips") / "clips"
    make_clips(folder, 2)
    return folder


@pytest.fixture
def disk(clips: Path) -> Iterator[SmallDisk]:
    """Give a disk beside the clips."""
    (clips.parent / "disk").mkdir(exist_ok=True)
    try:
        found = SmallDisk(clips.parent / "disk", "100k")
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no file systems may be mounted here ({error})")
    try:
        yield found
    finally:
        found.remove()


@pytest.fixture(scope="module")
def calm(clips: Path, tiny: Path) -> Path:
    """Give the results of a run that nothing disturbed, beside the clips."""
    out = clips.parent / "calm"
    subprocess.run(command(clips, out, tiny), check=True, capture_output=True)
    return out


def run(call: list[str], **options: object) -> tuple[int, str]:
    """Give the exit code of a batch, and what it said but for how far it is."""
    done = subprocess.run(call, capture_output=True, check=False, text=True, **options)  # type: ignore[call-overload]
    lines = [line for line in done.stderr.splitlines() if " of 2" not in line]
    return done.returncode, "\n".join(lines)


def assert_nothing_is_half_written(out: Path, calm: Path) -> None:
    for path in out.rglob("*"):
        inside = path.relative_to(out)
        if path.is_file() and not any(part.startswith(".") for part in inside.parts):
            assert path.read_bytes() == (calm / inside).read_bytes(), inside


def assert_same_as(calm: Path, out: Path) -> None:
    assert look(out).states == look(calm).states
    assert look(out).digests == look(calm).digests
    assert not look(out).hidden


def test_a_disk_of_results_that_is_full_stops_the_run(
    disk: SmallDisk, clips: Path, tiny: Path, calm: Path
) -> None:
    out = disk.folder
    call = command(clips, out, tiny)
    code, said = run(call)
    assert code == 1
    assert len(said.splitlines()) == 1, said
    assert str(out) in said
    assert "no space left on device" in said
    assert_nothing_is_half_written(out, calm)
    disk.grow("64m")
    assert run(call)[0] == 0
    assert_same_as(calm, out)


def test_a_temporary_folder_that_is_full_stops_the_run(
    disk: SmallDisk, clips: Path, tiny: Path, tmp_path: Path
) -> None:
    (tmp_path / "card").mkdir()
    repeat(clips / "clip-00.mp4", tmp_path / "card" / "long.mp4", 100)
    (disk.folder / "filler").write_bytes(bytes(92 << 10))
    call = command(tmp_path / "card", tmp_path / "out", tiny, "--plan", "exact", "--jobs", "1")
    code, said = run(call, env={**os.environ, "TMPDIR": str(disk.folder)})
    assert code == 1
    assert len(said.splitlines()) == 1, said
    assert "TMPDIR" in said
    assert not list((tmp_path / "out").glob("*/picks.json"))
    assert run(call)[0] == 0


@pytest.mark.parametrize("limit", [2_000, 8_000])
def test_a_limit_on_files_stops_the_run(limit: int, clips: Path, tiny: Path, calm: Path) -> None:
    out = clips.parent / f"limit-{limit}"
    call = command(clips, out, tiny)

    def set_limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    code, said = run(call, preexec_fn=set_limit)
    assert code == 1
    assert len(said.splitlines()) == 1, said
    assert "cannot be written (file too large)" in said
    assert_nothing_is_half_written(out, calm)
    assert run(call)[0] == 0
    assert_same_as(calm, out)


@pytest.mark.parametrize("options", [("--json",), ("--dry-run",)])
def test_standard_output_that_takes_no_more_is_told(
    options: tuple[str, ...], clips: Path, tiny: Path, calm: Path
) -> None:
    out = clips.parent / f"no-output{options[0]}"
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*command(clips, out, tiny), *options],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            text=True,
        )
    assert done.returncode == 1
    assert "standard output: cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert not look_for_hidden(out)
    assert run(command(clips, out, tiny))[0] == 0
    assert_same_as(calm, out)


def look_for_hidden(out: Path) -> list[Path]:
    return [path for path in out.rglob(".*") if path.suffix in (".partial", ".lock")]
