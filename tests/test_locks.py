"""One writer at a time, whatever happens to the one before."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from framepick.errors import OutputError
from framepick.files import partial_path, remove_partials
from framepick.locks import SILENT_SECONDS, Lock, check_not_lost, holder_of
from framepick.owner import OWNER_BYTES, Owner, new_owner, this_process
from tests.conftest import wait_for


@contextmanager
def holding(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock of `path` until it is killed."""
    code = """
    import sys
    from pathlib import Path
    from framepick.locks import Lock
    print(Lock(Path(sys.argv[1]), {"source": "theirs"}).acquire(), flush=True)
    sys.stdin.readline()
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "True\n"
            yield process
        finally:
            process.kill()


def elsewhere(path: Path) -> Owner:
    """Make the lock of `path` one of a process on another machine."""
    lock = Lock(path, {"source": "theirs"})
    assert lock.acquire()
    lock._stop.set()
    [file] = lock._folder.iterdir()
    owner = Owner.parse(file.name)
    assert owner is not None
    other = replace(owner, machine="00000000")
    text = file.read_text().replace(owner.token, other.token)
    file.rename(file.with_name(other.token)).write_text(text)
    return other


def test_a_lock_is_held_once_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "clip.mp4"
    first, second = Lock(path, {"source": "a"}), Lock(path, {"source": "b"})
    assert first.acquire()
    assert not second.acquire()
    holder = holder_of(path)
    assert holder is not None
    assert holder.facts == {"source": "a"}
    assert holder.owner.process == this_process()
    first.release()
    assert not list(tmp_path.iterdir())  # the folders made for it are gone, too
    assert second.acquire()
    second.release()


def test_a_living_owner_keeps_its_lock_and_is_named(tmp_path: Path) -> None:
    with holding(tmp_path / "clip.mp4") as process:
        lock = Lock(tmp_path / "clip.mp4", {})
        assert not lock.acquire()
        holder = holder_of(tmp_path / "clip.mp4")
        assert holder is not None
        assert holder.owner.pid == process.pid
        assert holder.facts == {"source": "theirs"}
        assert f"process {process.pid} on {os.uname().nodename}, since 2" in str(holder)


def test_a_stopped_owner_is_alive(tmp_path: Path) -> None:
    with holding(tmp_path / "clip.mp4") as process:
        process.send_signal(signal.SIGSTOP)
        assert not Lock(tmp_path / "clip.mp4", {}).acquire()


def test_a_killed_owners_lock_is_taken_over_at_once(tmp_path: Path) -> None:
    with holding(tmp_path / "clip.mp4") as process:
        process.kill()
        process.wait()
    assert holder_of(tmp_path / "clip.mp4") is None
    lock = Lock(tmp_path / "clip.mp4", {"source": "ours"})
    assert lock.acquire()
    holder = holder_of(tmp_path / "clip.mp4")
    assert holder is not None
    assert holder.facts == {"source": "ours"}
    lock.release()
    assert not list(tmp_path.iterdir())


def test_a_process_id_that_was_given_again_is_no_owner() -> None:
    ours = this_process()
    assert ours.is_gone() is False
    assert replace(ours, started=ours.started - 100_000).is_gone() is True
    assert replace(ours, pid=2**22 + 1).is_gone() is True
    assert replace(ours, machine="00000000").is_gone() is None


def test_an_owner_elsewhere_is_dead_once_it_gives_no_sign_of_life(tmp_path: Path) -> None:
    other = elsewhere(tmp_path / "clip.mp4")
    file = tmp_path / ".clip.mp4.lock" / other.token
    beat = "import os, sys, time\nwhile True: os.utime(sys.argv[1]); time.sleep(0.2)"
    with subprocess.Popen([sys.executable, "-c", beat, str(file)]) as process:
        try:
            before = file.stat().st_mtime_ns
            assert wait_for(lambda: file.stat().st_mtime_ns != before)
            assert not Lock(tmp_path / "clip.mp4", {}).acquire()
        finally:
            process.kill()
    start = time.monotonic()
    lock = Lock(tmp_path / "clip.mp4", {})
    assert lock.acquire()
    assert time.monotonic() - start >= SILENT_SECONDS
    lock.release()


def test_a_held_lock_gives_signs_of_life(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "clip.mp4", {})
    assert lock.acquire()
    [file] = (tmp_path / ".clip.mp4.lock").iterdir()
    before = file.stat().st_mtime_ns
    assert wait_for(lambda: file.stat().st_mtime_ns != before)
    lock.release()


def test_a_writer_whose_lock_was_taken_over_is_told(tmp_path: Path) -> None:
    elsewhere(tmp_path / "clip.mp4")
    with pytest.raises(OutputError, match="was taken over by another run"):
        check_not_lost(tmp_path / "clip.mp4")
    check_not_lost(tmp_path / "other.mp4")


def test_of_many_that_start_together_one_gets_a_dead_owners_lock(tmp_path: Path) -> None:
    with holding(tmp_path / "clip.mp4") as process:
        process.kill()
    code = """
    import sys
    from pathlib import Path
    from framepick.locks import Lock
    lock = Lock(Path(sys.argv[1]), {})
    print("ready", flush=True)
    sys.stdin.readline()
    print(lock.acquire(), flush=True)
    sys.stdin.readline()
    lock.release()
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "clip.mp4")]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    started = [subprocess.Popen(command, **pipes) for _ in range(6)]  # type: ignore[call-overload]
    for line in ("go\n", "end\n"):
        answers = [process.stdout.readline() for process in started]
        for process in started:
            process.stdin.write(line)
            process.stdin.flush()
    for process in started:
        process.communicate(timeout=60)
    assert sorted(answers) == ["False\n"] * 5 + ["True\n"]
    assert not list(tmp_path.iterdir())


def test_a_folder_in_the_place_of_a_lock_is_told(tmp_path: Path) -> None:
    (tmp_path / ".clip.mp4.lock").mkdir()
    (tmp_path / ".clip.mp4.lock" / "mine.txt").touch()
    with pytest.raises(OutputError, match=r"\.clip\.mp4\.lock: is no lock of framepick"):
        Lock(tmp_path / "clip.mp4", {}).acquire()
    assert (tmp_path / ".clip.mp4.lock" / "mine.txt").exists()


def test_a_lock_that_was_being_released_is_free(tmp_path: Path) -> None:
    (tmp_path / ".clip.mp4.lock").mkdir()
    lock = Lock(tmp_path / "clip.mp4", {})
    assert lock.acquire()
    lock.release()


def test_a_place_that_takes_no_lock_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        Lock(tmp_path / "file" / "clip.mp4", {}).acquire()


def test_a_lock_whose_words_are_lost_is_still_a_lock(tmp_path: Path) -> None:
    lock = Lock(tmp_path / "clip.mp4", {})
    assert lock.acquire()
    [file] = (tmp_path / ".clip.mp4.lock").iterdir()
    file.write_text(json.dumps(["no", "facts"]))
    holder = holder_of(tmp_path / "clip.mp4")
    assert holder is not None
    assert holder.host == "an unknown host"
    lock.release()


def test_what_a_dead_process_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    dead = replace(new_owner(), pid=2**22 + 1)
    partial_path(path, dead).mkdir()
    (partial_path(path, dead) / "still.jpg").touch()
    partial_path(tmp_path / "clip.mp4.mov", dead).touch()
    living = partial_path(path, new_owner())
    living.touch()
    remove_partials(path, lambda owner: owner.is_gone() is True)
    left = {living.name, partial_path(tmp_path / "clip.mp4.mov", dead).name}
    assert {file.name for file in tmp_path.iterdir()} == left


def test_the_longest_names_have_hidden_names() -> None:
    owner = Owner("f" * 8, 10**10 - 1, 16**12 - 1, 10**6 - 1)
    assert len(owner.token) == OWNER_BYTES
    assert Owner.parse(owner.token) == owner
    assert len(os.fsencode(partial_path(Path("ä" * 127), owner).name)) <= 255
    assert Owner.parse("clip") is None
