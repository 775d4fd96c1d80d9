"""The ledger: the union of what several writers appended, whatever became of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from framepick.batch.ledger import FOLDER_NAME, Ledger, LedgerFolder, LedgerWriter, Record, Version
from framepick.errors import OutputError

DONE = Record("../a.mp4", "ok", Version(10, 20, "config", "encoder"), 1000, "print", folder="a.mp4")


def test_records_come_back_as_they_were_written(tmp_path: Path) -> None:
    odd = replace(DONE, key="../b\nc\udcff.mp4", reason='"quoted", \u00e9', facts={"picks": 3})
    writer = LedgerWriter(LedgerFolder(tmp_path))
    writer.append(DONE)
    writer.append(odd)
    assert Ledger(LedgerFolder(tmp_path)).records() == {DONE.key: DONE, odd.key: odd}


def test_readers_take_the_union_and_the_newest_of_each_file(tmp_path: Path) -> None:
    later = replace(DONE, state="failed", reason="gone", at_ns=2000)
    LedgerWriter(LedgerFolder(tmp_path)).append(later)
    LedgerWriter(LedgerFolder(tmp_path)).append(DONE)
    LedgerWriter(LedgerFolder(tmp_path)).append(replace(DONE, key="../other.mp4"))
    records = Ledger(LedgerFolder(tmp_path)).records()
    assert records[DONE.key] == later
    assert len(records) == 2
    assert len(list((tmp_path / FOLDER_NAME).iterdir())) == 3


@pytest.mark.parametrize("length", [1, 30, len(DONE.line()) - 1])
def test_a_torn_last_line_is_left_out_and_the_others_are_read(tmp_path: Path, length: int) -> None:
    writer = LedgerWriter(LedgerFolder(tmp_path))
    writer.append(DONE)
    [path] = (tmp_path / FOLDER_NAME).iterdir()
    torn = replace(DONE, key="../torn.mp4").line()[:length]
    with path.open("ab") as file:
        file.write(torn)
    assert Ledger(LedgerFolder(tmp_path)).records() == {DONE.key: DONE}


def test_a_reader_goes_on_from_where_it_was_also_in_the_middle_of_a_line(tmp_path: Path) -> None:
    folder = tmp_path / FOLDER_NAME
    folder.mkdir()
    line = DONE.line()
    path = folder / "host-1.jsonl"
    path.write_bytes(line[:40])
    ledger = Ledger(LedgerFolder(tmp_path))
    assert not ledger.records()
    path.write_bytes(line)
    assert ledger.records() == {DONE.key: DONE}


@pytest.mark.parametrize("line", [b"{}\n", b"nonsense\n", b'{"key": 1}\n', b"[" * 9999 + b"\n"])
def test_lines_of_something_else_are_left_out(tmp_path: Path, line: bytes) -> None:
    LedgerWriter(LedgerFolder(tmp_path)).append(DONE)
    (tmp_path / FOLDER_NAME / "other.jsonl").write_bytes(line)
    assert Ledger(LedgerFolder(tmp_path)).records() == {DONE.key: DONE}


def test_what_was_finished_before_can_be_left_out(tmp_path: Path) -> None:
    LedgerWriter(LedgerFolder(tmp_path)).append(DONE)
    assert not Ledger(LedgerFolder(tmp_path), since_ns=DONE.at_ns + 1).records()


def test_a_ledger_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    (tmp_path / FOLDER_NAME).write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        LedgerWriter(LedgerFolder(tmp_path)).append(DONE)
