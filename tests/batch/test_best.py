"""`framepick batch --best`: the best stills of all files, kept true by later runs."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from benchmarks.batch_faults import make_clips
from tests.command_line import Done, framepick

Run = Callable[..., Done]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder of a batch with the four best picks: three clips, one twice, a bad file."""
    folder = tmp_path_factory.mktemp("made")
    make_clips(folder / "card", 3)
    (folder / "card" / "b").mkdir()
    shutil.copy(folder / "card" / "clip-00.mp4", folder / "card" / "b" / "clip-00.mp4")
    (folder / "card" / "bad.mp4").write_bytes(b"no video")
    assert call(folder, "--best", 4).returncode == 1
    return folder


@pytest.fixture
def batch(made: Path, tmp_path: Path) -> Path:
    """Give a copy of `made`."""
    return Path(shutil.copytree(made, tmp_path / "batch", symlinks=True))


def call(folder: Path, *more: object) -> Done:
    return framepick(folder, "batch", "card", "--out", "out", "--jobs", 1, *more)


def best(folder: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((folder / "out/best/best.json").read_text())["picks"]
    return rows


def stills(folder: Path) -> list[str]:
    return sorted(set(os.listdir(folder / "out" / "best")) - {"best.json"})


def ranks_in_table(folder: Path) -> dict[str, int]:
    table = pyarrow.parquet.read_table(folder / "out" / "picks.parquet")
    pairs = zip(table["still"].to_pylist(), table["best_rank"].to_pylist(), strict=True)
    return {still: rank for still, rank in pairs if rank is not None}


def times(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.glob("out/*/picks.json")}


def test_names_sort_by_rank_and_tell_the_source(batch: Path) -> None:
    rows = best(batch)
    assert [row["rank"] for row in rows] == [1, 2, 3, 4]
    assert [row["file"] for row in rows] == stills(batch)
    for row in rows:
        assert Path(row["source"]).name in row["file"]
        still, copy = batch / "out" / row["still"], batch / "out" / "best" / row["file"]
        assert copy.read_bytes() == still.read_bytes()
    scores = [row["score_of_all"] for row in rows]
    assert scores == sorted(scores, reverse=True)


def test_stills_are_links_where_the_disk_has_them(made: Path) -> None:
    for row in best(made):
        assert (made / "out" / row["still"]).samefile(made / "out" / "best" / row["file"])


def test_a_clip_that_is_there_twice_counts_once(batch: Path) -> None:
    done = call(batch, "--best", 40)
    rows = best(batch)
    assert {Path(row["source"]).name for row in rows} == {f"clip-0{n}.mp4" for n in range(3)}
    frames = [(Path(row["source"]).name, row["frame_index"]) for row in rows]
    assert len(set(frames)) == len(frames) < 40
    assert f"{len(rows)} of 40 best picks" in done.stderr


def test_table_and_page_tell_of_them(batch: Path) -> None:
    assert ranks_in_table(batch) == {row["still"]: row["rank"] for row in best(batch)}
    page = (batch / "out" / "index.html").read_text()
    assert page.count('alt="Best ') == 4
    for picture in (batch / "out").glob("index-pictures/best-*.jpg"):
        assert picture.name in page


def test_another_number_is_only_chosen_anew(batch: Path) -> None:
    before, earlier = times(batch), best(batch)
    call(batch, "--best", 1)
    assert times(batch) == before
    assert [row["still"] for row in best(batch)] == [earlier[0]["still"]]
    assert stills(batch) == [earlier[0]["file"]]
    assert ranks_in_table(batch) == {earlier[0]["still"]: 1}


def test_later_runs_keep_the_choice_true(batch: Path) -> None:
    first = best(batch)[0]
    for path in batch.glob(f"card/**/{Path(first['source']).name}"):
        path.write_bytes(b"no video any more")
    call(batch)
    rows = best(batch)
    assert rows
    assert Path(first["source"]).name not in {Path(row["source"]).name for row in rows}
    assert [row["file"] for row in rows] == stills(batch)
    before = (batch / "out" / "best" / "best.json").stat().st_mtime_ns
    call(batch)
    assert (batch / "out" / "best" / "best.json").stat().st_mtime_ns == before


def test_what_the_user_has_in_the_folder_stays(batch: Path) -> None:
    folder = batch / "out" / "best"
    rated = folder / stills(batch)[1]
    rated.unlink()
    rated.write_bytes(b"rated")
    (folder / "note.txt").write_text("mine")
    call(batch, "--best", 1)
    assert rated.read_bytes() == b"rated"
    assert set(stills(batch)) == {best(batch)[0]["file"], rated.name, "note.txt"}


def test_stills_that_are_gone_are_passed_over(batch: Path) -> None:
    first = best(batch)[0]
    (batch / "out" / first["still"]).unlink()
    call(batch, "--best", 2)
    assert first["still"] not in {row["still"] for row in best(batch)}
    assert len(best(batch)) == 2


def test_a_folder_that_is_not_ours_is_left_alone(batch: Path) -> None:
    shutil.rmtree(batch / "out" / "best")
    (batch / "out" / "best").mkdir()
    (batch / "out" / "best" / "best.json").write_text('{"mine": 1}')
    done = call(batch, "--best", 2)
    assert done.returncode == 1
    assert "best.json: is not of framepick" in done.stderr
    assert (batch / "out" / "best" / "best.json").read_text() == '{"mine": 1}'


def test_a_batch_without_picks_has_no_best(batch: Path) -> None:
    shutil.rmtree(batch / "card")
    (batch / "card").mkdir()
    (batch / "card" / "bad.mp4").write_bytes(b"no video")
    shutil.rmtree(batch / "out")
    done = call(batch, "--best", 3)
    assert done.returncode == 1
    assert best(batch) == []
    assert "0 of 3 best picks" in done.stderr
