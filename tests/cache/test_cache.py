"""The cache gives back what was kept, bit for bit, or nothing; and it never gets in the way."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from contextlib import closing, suppress
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from zlib import crc32

import numpy as np
import pytest

from framepick.cache import Cache, CacheEntry, FrameRows, default_folder, default_limit, fingerprint
from framepick.cache.fingerprint import BLOCK_BYTES, BLOCKS
from framepick.cache.frame_sets import WRITE_BATCHES
from framepick.cache.rows import frame_rows, row_type
from framepick.errors import SourceError, UsageError
from framepick.faces.measures import Expression, Face, FrameFaces
from framepick.results import Filmstrip
from framepick.types import MEASURES_DTYPE, DetailMeasures, Embeddings, Moment

TIME_BASE = Fraction(1, 15360)
LARGE = 1 << 30
OPENED = {"kind": "opened", "time_base": "1/15360", "duration_seconds": 0.1 + 0.2, "codec": None}


def _rows(first: int, count: int) -> FrameRows:
    """Frames that can be told apart; the same frame indices give the same rows."""
    frame_indices = np.arange(first, first + count)
    rows = np.zeros(count, row_type(8, 16))
    rows["frame_index"], rows["pts"], rows["seconds"] = (
        frame_indices,
        frame_indices * 512,
        frame_indices / 30,
    )
    rows["checksum"] = frame_indices * 2**33 + 7
    rows["measures"]["luma_mean"] = np.float32(1) / (frame_indices + 1)
    rows["measures"]["is_damaged"] = frame_indices % 5 == 0
    rows["aesthetic"] = (frame_indices[:, None] + np.arange(8)) / 7
    rows["content"] = np.sin(frame_indices[:, None] + np.arange(16))
    return rows


def _moment(frame_index: int) -> Moment:
    return Moment(frame_index, frame_index * 512, TIME_BASE, frame_index / 30)


def _detail(frame_index: int) -> DetailMeasures:
    rng = np.random.default_rng(frame_index)
    structure = rng.random((9, 16, 3, 2), np.float32)
    return DetailMeasures(
        _moment(frame_index), structure, rng.random((32, 32), np.float32), 0.1 / 3
    )


def _faces(frame_index: int) -> FrameFaces:
    look = Expression(-12.5, 0.9, 0.8, 0.1 + 0.2, 0.7, 0.0, 0.4, 0.01)
    faces = (
        Face(0.1, 0.2, 0.5, 0.7, 90.5, 0.99, look),
        Face(-0.1, 0.0, 0.05, 0.1, 30.0, 0.6, None),
    )
    return FrameFaces(_moment(frame_index), faces[: frame_index % 3])


def _strip() -> Filmstrip:
    return Filmstrip(np.array([0.0, 0.1 + 0.2, 5.0]), (b"\xff\xd8one", b"", b"\xff\xd8three"))


def _open(path: Path, limit: int = LARGE) -> CacheEntry:
    entry = CacheEntry.open(path, limit)
    assert entry is not None
    return entry


def _fill(path: Path, frames: int = 600, batch: int = 4) -> None:
    """An entry with all that there can be, of a whole video."""
    with _open(path) as entry:
        entry.keep_opening(OPENED, bytes(range(256)) * 40)
        entry.begin_frames("complete", TIME_BASE)
        for first in range(0, frames, batch):
            entry.add_frames(_rows(first, batch))
        entry.finish_frames(3, has_fields=True)
        entry.keep_filmstrip(_strip())
        entry.keep_detail_measures([_detail(frame_index) for frame_index in range(10, 30)])
        assert entry.is_on


def _recalled(entry: CacheEntry) -> FrameRows | None:
    remembered = entry.frames()
    if remembered is None:
        return None
    rows = np.concatenate(list(remembered.groups))
    assert len(rows) == remembered.count
    return rows


def _same(rows: FrameRows | None, expected: FrameRows) -> bool:
    return rows is not None and rows.tobytes() == expected.tobytes()


def _child(lines: str, *arguments: Path | str) -> subprocess.Popen[str]:
    """A process that has the helpers of this file and runs `lines`."""
    start = f"import sys\nsys.path[:0] = {[p for p in sys.path if p]!r}\n"
    module = "tests.cache.test_cache"
    helpers = f"from {module} import *\nfrom {module} import _fill, _open, _rows\n"
    code = start + helpers + textwrap.dedent(lines)
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


# The name of a content


def test_a_copy_renamed_or_touched_has_the_same_fingerprint(tmp_path: Path) -> None:
    content = np.random.default_rng(0).bytes(3 * BLOCKS * BLOCK_BYTES + 5)
    one, other = tmp_path / "one.mp4", Path(os.fsdecode(bytes(tmp_path) + b"/\xff\n.mov"))
    one.write_bytes(content)
    other.write_bytes(content)
    os.utime(other, (1, 1))
    assert fingerprint(one) == fingerprint(other)


def test_size_head_tail_and_blocks_between_make_the_fingerprint(tmp_path: Path) -> None:
    size = 3 * BLOCKS * BLOCK_BYTES + 5
    path = tmp_path / "clip.mp4"
    places = [n * (size - BLOCK_BYTES) // (BLOCKS - 1) for n in range(BLOCKS)]
    path.write_bytes(bytes(size))
    seen = {fingerprint(path)}
    for place in [*places, size - 1]:
        content = bytearray(size)
        content[place] = 1
        path.write_bytes(content)
        seen.add(fingerprint(path))
    path.write_bytes(bytes(size + 1))
    assert len({*seen, fingerprint(path)}) == BLOCKS + 3


def test_every_byte_of_a_small_file_counts(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    content = bytearray(BLOCKS * BLOCK_BYTES)
    seen = set()
    for place in range(0, len(content), BLOCK_BYTES // 2 + 1):
        content[place] ^= 255
        path.write_bytes(content)
        seen.add(fingerprint(path))
    path.write_bytes(b"")
    assert len({*seen, fingerprint(path)}) == len(range(0, len(content), BLOCK_BYTES // 2 + 1)) + 1


def test_what_is_no_regular_file_has_no_fingerprint(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "missing.mp4", Path("/dev/zero")):
        with pytest.raises(SourceError, match=r"^/.*: (is not|cannot be)[^\n]*$"):
            fingerprint(path)


# What is kept


def test_all_that_was_kept_comes_back_bit_for_bit(tmp_path: Path) -> None:
    _fill(tmp_path / "entry")
    with _open(tmp_path / "entry") as entry:
        assert entry.opening() == (OPENED, bytes(range(256)) * 40)
        remembered = entry.frames()
        assert remembered is not None
        assert remembered.is_complete
        assert remembered.time_base == TIME_BASE
        assert (remembered.error_count, remembered.has_fields) == (3, True)
        assert _same(_recalled(entry), _rows(0, 600))
        strip = entry.filmstrip()
        assert strip is not None
        assert strip.times_seconds.tolist() == _strip().times_seconds.tolist()
        assert strip.pictures == _strip().pictures


def test_close_ups_come_back_for_the_very_frames_only(tmp_path: Path) -> None:
    _fill(tmp_path / "entry")
    with _open(tmp_path / "entry") as entry:
        moved = Moment(12, 12 * 512 + 1, TIME_BASE, 0.4)  # the same number of another picture
        found = entry.detail_measures([_moment(29), moved, _moment(30), _moment(11)])
        assert [one.moment.frame_index for one in found] == [29, 11]
        for one in found:
            kept = _detail(one.moment.frame_index)
            assert one.structure.tobytes() == kept.structure.tobytes()
            assert one.luma.tobytes() == kept.luma.tobytes()
            assert one.structure.shape == kept.structure.shape
            assert one.luma.dtype == np.float32
            assert one.combing == kept.combing


def test_faces_come_back_for_the_very_frames_and_so_does_that_there_are_none(
    tmp_path: Path,
) -> None:
    with _open(tmp_path / "entry") as entry:
        entry.keep_faces([_faces(0), _faces(1), _faces(2), _faces(3)])
    with _open(tmp_path / "entry") as entry:
        moved = Moment(3, 3 * 512 + 1, TIME_BASE, 0.1)  # the same number of another picture
        wanted = [_moment(0), _moment(1), _moment(2), moved, _moment(4)]
        assert entry.faces(wanted) == [_faces(0), _faces(1), _faces(2)]


def test_half_floats_of_close_ups_stay_half_floats(tmp_path: Path) -> None:
    kept = _detail(3)
    half = kept.structure.astype(np.float16)
    with _open(tmp_path / "entry") as entry:
        entry.keep_detail_measures([DetailMeasures(_moment(3), half, kept.luma, 0.0)])  # type: ignore[arg-type]
        (found,) = entry.detail_measures([_moment(3)])
    assert found.structure.dtype == np.float16
    assert found.structure.tobytes() == half.tobytes()


def test_a_new_entry_knows_nothing(tmp_path: Path) -> None:
    with _open(tmp_path / "entry") as entry:
        assert entry.opening() is None
        assert entry.frames() is None
        assert entry.filmstrip() is None
        assert entry.detail_measures([_moment(0)]) == []


def test_rows_are_made_of_what_the_pipeline_has() -> None:
    vectors = np.random.default_rng(0).normal(size=(3, 16)).astype(np.float32)
    embeddings = Embeddings(
        vectors[:, :8], vectors, (_moment(4), _moment(5), _moment(6)), "encoder"
    )
    measures = np.zeros(3, MEASURES_DTYPE)
    measures["change"] = 0.25
    rows = frame_rows(embeddings, np.array([7, 8, 2**32 - 1]), measures)
    assert rows.dtype == row_type(8, 16)
    assert rows["frame_index"].tolist() == [4, 5, 6]
    assert rows["pts"].tolist() == [2048, 2560, 3072]
    assert rows["seconds"].tolist() == [4 / 30, 5 / 30, 6 / 30]
    assert rows["checksum"].tolist() == [7, 8, 2**32 - 1]
    assert rows["measures"].tobytes() == measures.tobytes()
    assert rows["content"].tobytes() == vectors.astype(np.float16).tobytes()


# Sets of frames


def test_parts_add_up_from_run_to_run(tmp_path: Path) -> None:
    for first, errors, has_fields in ((50, 2, True), (0, 1, False)):
        with _open(tmp_path / "entry") as entry:
            entry.begin_frames("partial", TIME_BASE)
            entry.add_frames(_rows(first, 10))
            entry.finish_frames(errors, has_fields)
            entry.begin_frames("partial", TIME_BASE)
            entry.add_frames(
                _rows(first + 10, 5)
            )  # counts although nobody says that it is finished
    with _open(tmp_path / "entry") as entry:
        remembered = entry.frames()
        assert remembered is not None
        assert not remembered.is_complete
        assert (remembered.error_count, remembered.has_fields) == (2, True)
        assert _same(_recalled(entry), np.concatenate([_rows(50, 15), _rows(0, 15)]))


def test_a_whole_video_counts_once_it_is_finished(tmp_path: Path) -> None:
    with _open(tmp_path / "entry") as entry:
        entry.begin_frames("partial", TIME_BASE)
        entry.add_frames(_rows(7, 3))
        entry.finish_frames(0, has_fields=False)
        entry.begin_frames("complete", TIME_BASE)
        entry.add_frames(_rows(0, 400))
    with _open(tmp_path / "entry") as entry:
        assert _same(_recalled(entry), _rows(7, 3))
        entry.begin_frames("complete", TIME_BASE)
        entry.add_frames(_rows(0, 300))
        entry.finish_frames(0, has_fields=False)
        assert _same(_recalled(entry), _rows(0, 300))


def test_a_finished_video_needs_no_parts(tmp_path: Path) -> None:
    _fill(tmp_path / "entry", frames=40)
    with _open(tmp_path / "entry") as entry:
        entry.begin_frames("partial", TIME_BASE)
        entry.add_frames(_rows(0, 10))
        entry.finish_frames(9, has_fields=False)
        remembered = entry.frames()
        assert remembered is not None
        assert (remembered.count, remembered.error_count) == (40, 3)


def test_rows_of_another_kind_are_a_mistake_of_the_caller(tmp_path: Path) -> None:
    with _open(tmp_path / "entry") as entry:
        entry.begin_frames("partial", TIME_BASE)
        entry.add_frames(_rows(0, 2))
        with pytest.raises(ValueError, match="layout"):
            entry.add_frames(np.zeros(2, MEASURES_DTYPE))
        with pytest.raises(ValueError, match="columns"):
            entry.add_frames(np.zeros(2, row_type(8, 8)))


def test_the_whole_video_is_read_in_groups_of_bounded_size(tmp_path: Path) -> None:
    with _open(tmp_path / "entry") as entry:
        entry.begin_frames("complete", TIME_BASE)
        for first in range(0, 10 * WRITE_BATCHES):
            entry.add_frames(_rows(first, 1))
        entry.finish_frames(0, has_fields=False)
        remembered = entry.frames()
        assert remembered is not None
        assert max(len(rows) for rows in remembered.groups) <= WRITE_BATCHES


# What is interrupted


def test_a_killed_run_keeps_nearly_all_of_its_parts(tmp_path: Path) -> None:
    child = _child(
        """
        entry = _open(Path(sys.argv[1]))
        entry.begin_frames("partial", TIME_BASE)
        for first in range(0, 10**6, 10):
            entry.add_frames(_rows(first, 10))
            if first == 10 * WRITE_BATCHES * 20:
                print("far enough", flush=True)
        """,
        tmp_path / "entry",
    )
    with child:
        assert child.stdout is not None
        child.stdout.readline()
        child.kill()
    assert child.returncode == -signal.SIGKILL
    with _open(tmp_path / "entry") as entry:
        rows = _recalled(entry)
        assert rows is not None
        assert len(rows) >= 10 * WRITE_BATCHES * 20
        assert _same(rows, _rows(0, len(rows)))


def test_an_interrupt_at_any_time_leaves_a_usable_entry(tmp_path: Path) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    kept = 0
    try:
        for delay in np.random.default_rng(0).uniform(0.001, 0.02, 40).tolist():
            with suppress(KeyboardInterrupt):
                signal.setitimer(signal.ITIMER_REAL, delay)
                _add_for_ever(tmp_path / "entry", kept)
            with _open(tmp_path / "entry") as entry:
                rows = _recalled(entry)
                assert _same(rows, _rows(0, 0 if rows is None else len(rows))) or rows is None
                assert (0 if rows is None else len(rows)) >= kept
                kept = 0 if rows is None else len(rows)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert kept > 100


def _add_for_ever(path: Path, first: int) -> None:
    with _open(path) as entry:
        entry.begin_frames("partial", TIME_BASE)
        while entry.is_on:
            entry.add_frames(_rows(first, 2))
            first += 2


def test_on_a_full_disk_an_entry_turns_off_and_keeps_what_it_had(tmp_path: Path) -> None:
    path = tmp_path / "entry"
    _fill(path)
    child = _child(
        """
        import resource
        path = Path(sys.argv[1])
        most = path.stat().st_size + 200_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        with _open(path) as entry:
            entry.keep_opening({"more": 1}, bytes(10))
            entry.begin_frames("complete", TIME_BASE)
            for first in range(0, 20_000, 10):
                entry.add_frames(_rows(first, 10))
            entry.finish_frames(0, has_fields=False)
            print(entry.is_on, entry.frames(), entry.filmstrip())
        """,
        path,
    )
    assert child.communicate(timeout=60)[0] == "False None None\n"
    with _open(path) as entry:
        assert entry.opening() == ({"more": 1}, bytes(10))
        assert entry.frames() is None


def test_an_entry_does_not_outgrow_the_limit(tmp_path: Path) -> None:
    with _open(tmp_path / "entry", limit=300_000) as entry:
        entry.begin_frames("partial", TIME_BASE)
        for first in range(0, 20_000, 10):
            entry.add_frames(_rows(first, 10))
        assert not entry.is_on
    assert (tmp_path / "entry").stat().st_size <= 300_000
    with _open(tmp_path / "entry", limit=300_000) as entry:
        rows = _recalled(entry)
        assert rows is not None
        assert _same(rows, _rows(0, len(rows)))


def test_many_read_while_one_adds_frames(tmp_path: Path) -> None:
    path = tmp_path / "entry"
    child = _child(
        """
        with _open(Path(sys.argv[1])) as entry:
            entry.begin_frames("partial", TIME_BASE)
            entry.add_frames(_rows(0, 20))
            entry.finish_frames(1, has_fields=False)
            print("open", flush=True)
            sys.stdin.readline()
            entry.begin_frames("partial", TIME_BASE)
            entry.add_frames(_rows(20, 20))
            entry.finish_frames(2, has_fields=False)
            print(entry.is_on, flush=True)
            sys.stdin.readline()
        """,
        path,
    )
    assert child.stdout is not None
    assert child.stdin is not None
    child.stdout.readline()
    with _open(path) as first, _open(path) as second:
        assert not first.is_writer
        assert _same(_recalled(first), _rows(0, 20))
        child.stdin.write("go on\n")
        child.stdin.flush()
        assert child.stdout.readline() == "True\n"
        assert _same(_recalled(second), _rows(0, 20))  # as it was when it was opened
        with _open(path) as third:
            assert _same(_recalled(third), _rows(0, 40))
    child.communicate("done\n", timeout=60)
    with _open(path) as entry:
        assert entry.is_writer


def test_readers_add_detail_measures_but_no_frames(tmp_path: Path) -> None:
    path = tmp_path / "entry"
    _fill(path, frames=40)
    with _open(path) as writer, _open(path) as reader:
        reader.begin_frames("complete", TIME_BASE)
        reader.add_frames(_rows(0, 3))
        reader.finish_frames(0, has_fields=False)
        reader.keep_detail_measures([_detail(5)])
        assert reader.is_on
        assert [one.moment.frame_index for one in writer.detail_measures([_moment(5)])] == [5]
        assert _same(_recalled(writer), _rows(0, 40))


def test_what_a_reader_reads_may_vanish_without_harm(tmp_path: Path) -> None:
    path = tmp_path / "entry"
    with _open(path) as writer:
        writer.begin_frames("partial", TIME_BASE)
        writer.add_frames(_rows(0, 10))
        writer.finish_frames(0, has_fields=False)
        with _open(path) as reader:
            remembered = reader.frames()
            writer.begin_frames("complete", TIME_BASE)
            writer.add_frames(_rows(0, 30))
            writer.finish_frames(0, has_fields=False)
            assert remembered is not None
            assert list(remembered.groups) == []
            assert reader.is_on
    with _open(path) as entry:
        assert _same(_recalled(entry), _rows(0, 30))


def test_a_killed_writer_leaves_its_place_to_the_next(tmp_path: Path) -> None:
    path = tmp_path / "entry"
    child = _child(
        """
        with _open(Path(sys.argv[1])) as entry:
            entry.begin_frames("complete", TIME_BASE)
            print("open", flush=True)
            sys.stdin.readline()
        """,
        path,
    )
    with child:
        assert child.stdout is not None
        child.stdout.readline()
        with _open(path) as entry:
            assert not entry.is_writer
        child.kill()
    with _open(path) as entry:
        assert entry.is_writer


def test_damage_that_a_reader_meets_takes_nothing_from_the_writer(tmp_path: Path) -> None:
    path = tmp_path / "entry"
    _fill(path, frames=4)
    with _open(path) as writer:
        _forge(path, "facts", 1, b"{}", b"ab")
        with _open(path) as reader:
            assert reader.filmstrip() is None
            assert not reader.is_on
        assert path.exists()
        assert _same(_recalled(writer), _rows(0, 4))
        assert writer.is_on


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_what_lies_in_a_folder_that_cannot_be_written_is_read() -> None:
    with TemporaryDirectory(prefix="framepick-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        _fill(folder / "entry", frames=40)
        for lock in folder.glob("*-lock"):
            lock.unlink()
        (folder / "entry").chmod(0o644)
        folder.chmod(0o755)
        child = _child(
            """
            import os
            os.setuid(65534)
            with _open(Path(sys.argv[1])) as entry:
                entry.keep_opening({"more": 1}, b"")
                print(entry.is_on, entry.frames().count, entry.opening()[0]["kind"])
            """,
            folder / "entry",
        )
        assert child.communicate(timeout=60)[0] == "True 40 opened\n"


def test_a_closed_entry_takes_everything_and_gives_nothing(tmp_path: Path) -> None:
    _fill(tmp_path / "entry")
    entry = _open(tmp_path / "entry")
    remembered = entry.frames()
    assert remembered is not None
    entry.close()
    entry.close()
    assert not entry.is_on
    assert list(remembered.groups) == []
    entry.begin_frames("partial", TIME_BASE)
    entry.add_frames(_rows(0, 1))
    entry.finish_frames(0, has_fields=False)
    entry.keep_opening({}, b"")
    entry.keep_filmstrip(_strip())
    entry.keep_detail_measures([_detail(1)])
    assert (entry.opening(), entry.frames(), entry.filmstrip()) == (None, None, None)
    assert entry.detail_measures([_moment(1)]) == []
    entry.keep_faces([_faces(1)])
    assert entry.faces([_moment(1)]) == []


# What is damaged


def _damage(content: bytearray, rng: np.random.Generator) -> bytes:
    """Whatever disks and people do to files."""
    place = int(rng.integers(len(content)))
    length = min(int(rng.integers(1, 20_000)), len(content) - place)
    kind = rng.integers(6)
    if kind == 0:
        content[place] ^= 1 << int(rng.integers(8))
    elif kind == 1:
        content[place : place + length] = rng.bytes(length)
    elif kind == 2:
        content[place : place + length] = bytes(length)
    elif kind == 3:
        del content[place:]
    elif kind == 4:
        content[int(rng.integers(100))] = int(rng.integers(256))  # SQLite's own header
    else:
        page = 1 << 12
        source, target = rng.integers(1, len(content) // page, 2) * page
        content[target : target + page] = content[source : source + page]
    return bytes(content)


def _check_true(entry: CacheEntry, frames: int) -> int:
    """All that an entry gives is what was kept; tell how much of it there is."""
    rows, opened, strip = _recalled(entry), entry.opening(), entry.filmstrip()
    detail_measures = entry.detail_measures([_moment(frame_index) for frame_index in range(10, 30)])
    assert rows is None or _same(rows, _rows(0, frames))
    assert opened in (None, (OPENED, bytes(range(256)) * 40))
    assert strip is None or strip.pictures == _strip().pictures
    for one in detail_measures:
        assert one.structure.tobytes() == _detail(one.moment.frame_index).structure.tobytes()
    return sum(found is not None for found in (rows, opened, strip)) + len(detail_measures)


def test_a_damaged_entry_gives_nothing_wrong_and_starts_anew(tmp_path: Path) -> None:
    path = tmp_path / "entry"
    _fill(path)
    content = path.read_bytes()
    rng = np.random.default_rng(0)
    empty = 0
    for _ in range(200):
        path.write_bytes(_damage(bytearray(content), rng))
        with _open(path) as entry:
            empty += _check_true(entry, 600) == 0
            entry.keep_opening(OPENED, b"new")
            assert entry.opening() == (OPENED, b"new") or not entry.is_on
        with _open(path) as entry:  # damage that only writing meets is gone now
            entry.keep_opening(OPENED, b"newer")
            assert entry.opening() == (OPENED, b"newer")
    assert 120 < empty < 200


def test_damage_while_an_entry_is_open_gives_nothing_wrong(tmp_path: Path) -> None:
    path = tmp_path / "entry"
    _fill(path, frames=40_000, batch=20)
    content = path.read_bytes()
    rng = np.random.default_rng(1)
    off = 0
    for _ in range(25):
        path.unlink(missing_ok=True)
        path.write_bytes(content)
        with _open(path) as entry:
            remembered = entry.frames()
            assert remembered is not None
            damaged = np.frombuffer(_damage(bytearray(content), rng), np.uint8)
            with path.open("r+b") as file:  # in place, behind SQLite's back
                file.write(damaged.tobytes())
                file.truncate()
            rows = [_rows(0, 0), *remembered.groups]
            found = np.concatenate(rows)
            assert _same(found, _rows(0, len(found)))
            assert len(found) == 40_000 or not entry.is_on
            off += not entry.is_on
    assert off > 5


@pytest.mark.parametrize("content", [b"", b"not a database " * 500, bytes(50_000), b"SQLite"])
def test_any_other_file_becomes_an_empty_entry(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "entry").write_bytes(content)
    with _open(tmp_path / "entry") as entry:
        assert entry.opening() is None
        entry.keep_opening(OPENED, b"")
        assert entry.opening() == (OPENED, b"")


@pytest.mark.parametrize(
    "change",
    [
        "PRAGMA user_version = 99",
        "CREATE TABLE another (id)",
        "CREATE TRIGGER t AFTER INSERT ON facts BEGIN DELETE FROM facts; END",
        "DROP TABLE partial",
        "DELETE FROM complete WHERE id = 2",
        "DELETE FROM complete WHERE id = 0",
        "UPDATE complete SET id = 77 WHERE id = 2",
        "INSERT INTO partial SELECT * FROM complete",
        "UPDATE facts SET payload = 'text'",
        "UPDATE detail_measures SET header = NULL",
        "UPDATE facts SET crc = 'text'",
    ],
)
def test_an_entry_of_another_format_is_forgotten(tmp_path: Path, change: str) -> None:
    path = tmp_path / "entry"
    _fill(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(change)
    with _open(path) as entry:
        assert entry.frames() is None
        assert entry.opening() is None


def _forge(path: Path, table: str, number: int, header: bytes, payload: bytes) -> None:
    """A record with a true checksum, whatever it says."""
    check = crc32(payload, crc32(header, crc32(f"{table} {number} {len(header)} ".encode())))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        line = f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?, ?)"  # noqa: S608
        connection.execute(line, (number, header, payload, check))


def _with(change: Callable[[FrameRows], None]) -> bytes:
    rows = _rows(0, 4)
    change(rows)
    return rows.tobytes()


def _negative(rows: FrameRows) -> None:
    rows["frame_index"][2] = -1


def _endless(rows: FrameRows) -> None:
    rows["frame_index"][2] = 2**60


def _timeless(rows: FrameRows) -> None:
    rows["seconds"][2] = np.nan


def _untrue(rows: FrameRows) -> None:
    rows["measures"]["is_damaged"].view(np.uint8)[2] = 2


def _untitled(rows: FrameRows) -> None:
    rows["measures"]["is_title"].view(np.uint8)[2] = 2


@pytest.mark.parametrize("change", [_negative, _endless, _timeless, _untrue, _untitled])
def test_rows_that_no_frame_can_have_are_not_believed(
    tmp_path: Path, change: Callable[[FrameRows], None]
) -> None:
    path = tmp_path / "entry"
    _fill(path, frames=4)
    _forge(path, "complete", 1, b"{}", _with(lambda rows: None))
    with _open(path) as entry:
        assert _same(_recalled(entry), _rows(0, 4))
    _forge(path, "complete", 1, b"{}", _with(change))
    with _open(path) as entry:
        assert entry.frames() is None


@pytest.mark.parametrize(
    "header",
    [
        b"",
        b"[]",
        b"[" * 100_000,
        b"{}",
        b'{"time_base": [1, 0], "columns": [8, 16], "counts": [1, 4, 0]}',
        b'{"time_base": [1, 25], "columns": [-8, 16], "counts": [1, 4, 0]}',
        b'{"time_base": [1, 25], "columns": [8, 16], "layout": "", "counts": [1, 4, 0], '
        b'"has_fields": false, "is_finished": true}',
        b'{"time_base": "1/25", "columns": [8e300, 16], "counts": 5}',
    ],
)
def test_heads_that_do_not_fit_are_not_believed(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / "entry"
    _fill(path, frames=4)
    _forge(path, "complete", 0, header, b"")
    with _open(path) as entry:
        assert entry.frames() is None


@pytest.mark.parametrize(
    "header",
    [
        b"{}",
        b'{"seconds": [0], "lengths": [5]}',
        b'{"seconds": [0, 1], "lengths": [2, 1]}',
        b'{"seconds": [0, NaN], "lengths": [1, 1]}',
        b'{"seconds": [0, 1], "lengths": [-1, 3]}',
        b'{"seconds": [0, 1], "lengths": 3}',
        b'{"seconds": [[0, 1], [2]], "lengths": [1, 1]}',
        b'{"seconds": [0, 1' + b"0" * 400 + b'], "lengths": [1, 1]}',
        b'{"seconds": [1, 0], "lengths": [1, 1]}',
    ],
)
def test_filmstrips_that_do_not_fit_are_not_believed(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / "entry"
    _fill(path, frames=4)
    _forge(path, "facts", 1, header, b"ab")
    with _open(path) as entry:
        assert entry.filmstrip() is None
        assert not entry.is_on
    assert not path.exists()


DETAIL_HEAD = b'{"pts": 512, "combing": 0.5, "is_woven": false, '


@pytest.mark.parametrize(
    "header",
    [
        b"{}",
        DETAIL_HEAD + b'"structure": ["|O", [1]], "luma": ["<f4", [1, 1]]}',
        DETAIL_HEAD + b'"structure": ["<f4", [1, 1, 1, 2]], "luma": ["<f4", [9]]}',
        DETAIL_HEAD + b'"structure": ["<f4", [1, -1, -1, 2]], "luma": []}',
        DETAIL_HEAD.replace(b"0.5", b"NaN") + b'"structure": ["<f4", [1, 1, 1, 2]], '
        b'"luma": ["<f4", [1, 1]]}',
        DETAIL_HEAD + b'"structure": ["<f4", [4000, 4000, 4000, 4000]], "luma": ["<f4", [1, 1]]}',
    ],
)
def test_close_ups_that_do_not_fit_are_not_believed(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / "entry"
    _fill(path, frames=4)
    _forge(path, "detail_measures", 1, header, bytes(12))
    with _open(path) as entry:
        assert entry.detail_measures([_moment(1)]) == []
        assert not entry.is_on


@pytest.mark.parametrize(
    "header",
    [
        b"{}",
        b'{"pts": 512, "faces": [[0.1, 0.2, 0.5]]}',
        b'{"pts": 512, "faces": [[0.5, 0.2, 0.1, 0.7, 90.0, 0.9]]}',
        b'{"pts": 512, "faces": [[0.1, 0.2, 0.5, 0.7, NaN, 0.9]]}',
        b'{"pts": 512, "faces": [[0.1, 0.2, 0.5, 0.7, 90.0, 0.9, "x"]]}',
    ],
)
def test_faces_that_do_not_fit_are_not_believed(tmp_path: Path, header: bytes) -> None:
    path = tmp_path / "entry"
    _fill(path, frames=4)
    _forge(path, "faces", 1, header, b"")
    with _open(path) as entry:
        assert entry.faces([_moment(1)]) == []
        assert not entry.is_on


# The folder


def _put_on(cache: Cache, name: str, size: int) -> None:
    entry = cache.open(name, "encoder")
    assert entry is not None
    with entry:
        entry.keep_opening({"name": name}, bytes(size))
    time.sleep(0.01)  # file systems' clocks are coarse


def _on(cache: Cache, name: str) -> bool:
    entry = cache.open(name, "encoder")
    assert entry is not None
    with entry:
        opened = entry.opening()
    return opened is not None and opened[0] == {"name": name}


def test_each_video_and_encoder_has_its_own_entry(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "a" / "cache")
    for video, encoder in (("a", "b"), ("a", "c"), ("ab", "")):
        entry = cache.open(video, encoder)
        assert entry is not None
        with entry:
            assert entry.opening() is None
            entry.keep_opening({}, b"")
    assert (tmp_path / "a" / "cache").stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "a" / "cache").iterdir()} == {0o600}


def test_what_was_not_used_for_longest_goes_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 600_000)
    _put_on(cache, "first", 150_000)
    _put_on(cache, "second", 150_000)
    _put_on(cache, "third", 150_000)
    assert _on(cache, "first")
    time.sleep(0.01)
    _put_on(cache, "fourth", 150_000)
    assert cache.size() <= 600_000
    assert [_on(cache, name) for name in ("first", "third", "fourth")] == [True] * 3
    assert not _on(cache, "second")


def test_what_is_in_use_stays(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 400_000)
    child = _child(
        """
        entry = Cache(Path(sys.argv[1])).open("theirs", "encoder")
        with entry:
            entry.keep_opening({"name": "theirs"}, bytes(300_000))
            print("open", flush=True)
            sys.stdin.readline()
        """,
        tmp_path,
    )
    assert child.stdout is not None
    child.stdout.readline()
    ours = cache.open("ours", "encoder")
    assert ours is not None
    with ours:
        ours.keep_opening({"name": "ours"}, bytes(300_000))
        cache.clear()
        assert ours.opening() is not None
    child.communicate("done\n", timeout=60)
    assert _on(cache, "theirs")


def test_clearing_removes_entries_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    others = ["notes.txt", "x.framepick", "0" * 39 + ".framepick", "A" * 40 + ".framepick"]
    for name in others:
        (tmp_path / name).write_bytes(b"another's")
    link = tmp_path / ("a" * 40 + ".framepick")
    link.symlink_to(tmp_path / "precious")
    cache = Cache(tmp_path)
    _put_on(cache, "one", 100_000)
    _put_on(cache, "two", 100_000)
    damaged = tmp_path / ("b" * 40 + ".framepick")
    damaged.write_bytes(b"damaged" * 1000)
    assert cache.size() > 207_000
    assert cache.clear() > 207_000
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        [*others, "precious", link.name]
    )
    assert (tmp_path / "precious").read_bytes() == b"precious"


def test_an_entry_is_never_a_link(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    _put_on(cache, "one", 10)
    (entry,) = (tmp_path / "cache").glob("*.framepick")
    entry.rename(tmp_path / "elsewhere")
    content = (tmp_path / "elsewhere").read_bytes()
    entry.symlink_to(tmp_path / "elsewhere")
    assert cache.open("one", "encoder") is None
    entry.unlink()
    entry.symlink_to(tmp_path / "nowhere")
    assert cache.open("one", "encoder") is None
    assert not (tmp_path / "nowhere").exists()
    assert (tmp_path / "elsewhere").read_bytes() == content


def test_where_nothing_can_be_kept_there_is_no_entry(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/framepick")):
        cache = Cache(folder)
        assert cache.open("one", "encoder") is None
        assert (cache.size(), cache.clear()) == (0, 0)
    assert Cache(tmp_path / "none", 0).open("one", "encoder") is None
    assert not (tmp_path / "none").exists()


def test_a_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(bytes(tmp_path) + b"/\xff\n'?#%20"))
    _put_on(Cache(folder), "one", 10)
    assert _on(Cache(folder), "one")
    assert {path.parent for path in tmp_path.rglob("*.framepick")} == {folder}


def test_the_folder_and_the_limit_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FRAMEPICK_CACHE", raising=False)
    monkeypatch.delenv("FRAMEPICK_CACHE_LIMIT", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    if sys.platform == "linux":
        assert default_folder() == Path("/somewhere/framepick")
    assert default_limit() == 2 << 30
    monkeypatch.setenv("FRAMEPICK_CACHE", "/elsewhere")
    assert default_folder() == Path("/elsewhere")
    sizes = {"500M": 500 << 20, "2g": 2 << 30, " 70 KB": 70 << 10, "12": 12, "0": 0, "1T": 1 << 40}
    for text, size in sizes.items():
        monkeypatch.setenv("FRAMEPICK_CACHE_LIMIT", text)
        assert default_limit() == size


@pytest.mark.parametrize("text", ["much", "-1", "1.5G", "2 2", "M", "1\n2", "٣G"])
def test_a_wrong_limit_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("FRAMEPICK_CACHE_LIMIT", text)
    with pytest.raises(UsageError, match=r"^FRAMEPICK_CACHE_LIMIT: [^\n]* is no size; [^\n]*$"):
        default_limit()
