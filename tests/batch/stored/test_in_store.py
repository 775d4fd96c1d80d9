"""`framepick batch` from and to real servers, of S3 and as Google's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from benchmarks.batch_faults import look, make_clips, start, workers_of
from framepick.batch.ledger import FOLDER_NAME
from framepick.batch.stored.staging import on_this_machine
from framepick.errors import SourceError
from framepick.stores import store
from framepick.urls import UrlFile
from samples.clipmaker import damage
from tests.batch.stored.faulty import in_front_of
from tests.batch.stored.server import (
    Bucket,
    GoogleBucket,
    S3Bucket,
    download,
    free_port,
    google_server,
    s3_server,
    use_google_server,
    use_server,
)
from tests.command_line import Done, framepick
from tests.conftest import is_over, wait_for

Run = Callable[..., Done]
_SLOW = 120.0
_numbers = count(1)


in_all_stores = pytest.mark.parametrize("bucket", ["s3", "gs"], indirect=True)
"""Runs a test in both stores; others run in one of S3."""


@pytest.fixture(scope="module")
def addresses() -> Iterator[dict[str, str]]:
    with s3_server() as s3, google_server() as google:
        yield {"s3": s3, "gs": google}


@pytest.fixture
def bucket(
    addresses: dict[str, str],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Bucket:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "scratch"))  # of the processes that are started
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))  # and of this one
    name = f"bucket-{next(_numbers)}"
    if getattr(request, "param", "s3") == "gs":
        use_google_server(monkeypatch, addresses["gs"])
        return GoogleBucket(name, addresses["gs"])
    use_server(monkeypatch, addresses["s3"])
    return S3Bucket(name, addresses["s3"])


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips") / "clips"
    make_clips(folder, 3)
    return folder


@pytest.fixture
def run(tmp_path: Path, tiny: Path) -> Run:
    def call(*arguments: object) -> Done:
        more = ("--weights", tiny, "--jobs", 1)
        return framepick(tmp_path, "batch", *arguments, *more)

    return call


def command(source: str, out: str, weights: Path) -> list[str]:
    from benchmarks.batch_faults import command as local

    call = local(Path("IN"), Path("OUT"), weights, "--jobs", "1")
    return [{"IN": source, "OUT": out}.get(one, one) for one in call]


def rows_of(manifest: bytes) -> dict[str, dict[str, Any]]:
    return {row["source"]: row for row in map(json.loads, manifest.splitlines())}


def picks_of(content: bytes) -> list[dict[str, Any]]:
    return [{**pick, "source": ""} for pick in json.loads(content)["picks"]]


@in_all_stores
def test_results_are_those_of_local_files_and_a_rerun_writes_nothing(
    bucket: Bucket, clips: Path, run: Run, tmp_path: Path
) -> None:
    content = [path.read_bytes() for path in sorted(clips.iterdir())]
    names = [
        "q\"uo'te <b>%20 &+.mp4",
        "\u00fc/\u00e9.mp4",
        "../../x.mp4",
        "/absolute.mp4",
        "no-ending",
    ]
    for at, name in enumerate(names):
        bucket.put(f"card/{name}", content[at % 3])
    bucket.put("card/bad.mp4", b"no video")
    bucket.put("card/.hidden.mp4", content[0])
    bucket.put("card/notes.txt", b"no video")
    before = set(bucket.tags())

    done = run(bucket.url("card"), "--out", bucket.url("out"), "--best", 2)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    rows = rows_of(bucket.read("out/manifest.jsonl"))
    states = {name.removeprefix(bucket.url("card/")): row["state"] for name, row in rows.items()}
    assert states == {**dict.fromkeys(names, "ok"), "bad.mp4": "failed"}
    assert rows[bucket.url("card/bad.mp4")]["reason"].startswith(bucket.url("card/bad.mp4"))
    written = set(bucket.tags()) - before
    assert all(key.startswith("out/") for key in written)
    assert not [key for key in written if "/claims/" in key]
    assert {one.name for one in tmp_path.iterdir()} == {"scratch"}
    left = os.listdir(tmp_path / "scratch")
    assert all(f"-{os.getpid()}-" in name for name in left)  # the command ran in this process

    local = framepick_locally(clips, run, tmp_path)
    for at, name in enumerate(names):
        row = rows[bucket.url(f"card/{name}")]
        stored = json.loads(bucket.read(f"out/{row['folder']}/picks.json"))
        assert stored["path"] == stored["relative_path"] == bucket.url(f"card/{name}")
        wanted = local[at % 3]
        assert [pick["frame_index"] for pick in stored["picks"]] == [
            pick["frame_index"] for pick in wanted
        ]
        for pick, other in zip(stored["picks"], wanted, strict=True):
            assert pick["still"].endswith(other["still"].removeprefix(f"clip-0{at % 3}"))
            assert (pick["score"], pick["percentile"]) == (other["score"], other["percentile"])
            assert f"out/{row['folder']}/{pick['still']}" in written
    (tmp_path / "picks.parquet").write_bytes(bucket.read("out/picks.parquet"))
    table = pyarrow.parquet.read_table(tmp_path / "picks.parquet")
    assert table.num_rows == sum(row.get("picks", 0) for row in rows.values())
    assert {f"out/{still}" for still in table["still"].to_pylist()} <= written
    page = bucket.read("out/index.html").decode()
    assert page.count("index-pictures/") >= len(names)
    best = json.loads(bucket.read("out/best/best.json"))["picks"]
    assert best
    for pick in best:
        assert bucket.read(f"out/best/{pick['file']}") == bucket.read(f"out/{pick['still']}")

    tags = bucket.tags()
    again = run(bucket.url("card"), "--out", bucket.url("out"))
    assert again.returncode == 1
    assert "--retry-failed" in again.stderr
    assert bucket.tags() == tags


def framepick_locally(clips: Path, run: Run, tmp_path: Path) -> list[list[dict[str, Any]]]:
    """Give the picks of the same clips as local files."""
    run(clips, "--out", tmp_path / "local")
    found = sorted((tmp_path / "local").glob("*/picks.json"))
    return [picks_of(path.read_bytes()) for path in found]


@in_all_stores
def test_what_changed_is_done_again_and_what_the_user_changed_stays(
    bucket: Bucket, clips: Path, run: Run, tmp_path: Path
) -> None:
    first, second, third = sorted(clips.iterdir())
    bucket.put("card/a.mp4", first.read_bytes())
    bucket.put("card/b.mp4", second.read_bytes())
    done = run(bucket.url("card/*.mp4"), "--out", bucket.url("out/"))
    assert done.returncode == 0, done.stderr
    rows = rows_of(bucket.read("out/manifest.jsonl"))
    folders = {Path(name).name: f"out/{row['folder']}" for name, row in rows.items()}
    picks = json.loads(bucket.read(f"{folders['a.mp4']}/picks.json"))["picks"]
    rated, replaced = (f"{folders['a.mp4']}/{pick['still']}" for pick in picks[:2])
    bucket.put(rated, b"retouched by the user")
    kept = bucket.tags(folders["b.mp4"])

    bucket.put("card/a.mp4", third.read_bytes())
    bucket.put("list", f"{bucket.url('card/a.mp4')}\n{bucket.url('card/gone.mp4')}\n".encode())
    again = run("--files-from", bucket.url("list"), bucket.url("card"), "--out", bucket.url("out"))
    assert again.returncode == 1
    states = {
        Path(name).name: row["state"]
        for name, row in rows_of(bucket.read("out/manifest.jsonl")).items()
    }
    assert states == {"a.mp4": "ok", "b.mp4": "ok", "gone.mp4": "failed"}
    assert "there is no such object" in again.stderr
    assert bucket.tags(folders["b.mp4"]) == kept
    assert bucket.read(rated) == b"retouched by the user"
    now = json.loads(bucket.read(f"{folders['a.mp4']}/picks.json"))
    assert now["frame_count"] != json.loads(bucket.read(f"{folders['b.mp4']}/picks.json"))
    stills = {f"{folders['a.mp4']}/{pick['still']}" for pick in now["picks"]}
    assert stills <= set(bucket.tags())
    assert replaced in stills or replaced not in bucket.tags()


def test_local_files_go_to_a_store_and_stored_ones_to_a_folder(
    bucket: Bucket, clips: Path, run: Run, tmp_path: Path
) -> None:
    damage(clips / "clip-02.mp4", tmp_path / "hurt.mp4", seed=1)
    bucket.put("hurt.mp4", (tmp_path / "hurt.mp4").read_bytes())
    bucket.put("x/clip.mp4", (clips / "clip-00.mp4").read_bytes())
    dry = run(bucket.url("x"), "--out", "out", "--dry-run")
    assert dry.stdout == f"do  {bucket.url('x/clip.mp4')}\n"
    assert not (tmp_path / "out").exists()
    done = run(bucket.url("hurt.mp4"), bucket.url("x/"), "--out", "out")
    assert done.returncode == 0, done.stderr
    rows = rows_of((tmp_path / "out" / "manifest.jsonl").read_bytes())
    assert [row["state"] for row in rows.values()] == ["partial", "ok"]
    assert (tmp_path / "out" / "clip.mp4" / "picks.json").is_file()

    done = run(f"file://{clips}/clip-00.mp4", "--out", bucket.url("out"), "--pages", "none")
    assert done.returncode == 0, done.stderr
    [(source, row)] = rows_of(bucket.read("out/manifest.jsonl")).items()
    assert source == row["key"] == f"file://{clips.resolve()}/clip-00.mp4"
    local = picks_of((tmp_path / "out" / "clip.mp4" / "picks.json").read_bytes())
    stored = picks_of(bucket.read(f"out/{row['folder']}/picks.json"))
    assert [(one["score"], one["pts"]) for one in stored] == [
        (one["score"], one["pts"]) for one in local
    ]
    bucket.remove(f"out/{row['folder']}/picks.json")
    same = run(clips / "clip-00.mp4", "--out", bucket.url("out"), "--pages", "none", "--verify")
    assert same.returncode == 0
    assert f"out/{row['folder']}/picks.json" in bucket.tags()


@in_all_stores
def test_an_object_that_changes_while_it_is_read_fails_alone(bucket: Bucket) -> None:
    bucket.put("card/a.mp4", b"some content")
    with (
        pytest.raises(SourceError, match="changed while it was read"),
        on_this_machine(
            UrlFile(bucket.url("card/a.mp4")), lambda: bucket.put("card/a.mp4", b"more content")
        ),
    ):
        pytest.fail("a mixture of both was given")


@in_all_stores
def test_a_killed_run_is_finished_by_the_next_one_and_two_share_the_work(
    bucket: Bucket, clips: Path, tiny: Path, tmp_path: Path
) -> None:
    for path in clips.iterdir():
        bucket.put(f"card/{path.name}", path.read_bytes())
    together = [start(command(bucket.url("card"), bucket.url("two"), tiny)) for _ in range(2)]
    for batch in together:
        batch.communicate()
    assert [batch.returncode for batch in together] == [0, 0]
    calm = look(download(bucket, "two", tmp_path / "two"))
    assert set(calm.states.values()) == {"ok"}
    assert calm.redone == 0

    call = command(bucket.url("card"), bucket.url("killed"), tiny)
    batch = start(call)
    assert wait_for(lambda: any(key.endswith(".jpg") for key in bucket.tags("killed")), _SLOW)
    workers = workers_of(batch.pid)
    batch.kill()
    batch.communicate()
    assert wait_for(lambda: all(map(is_over, workers)), 10)
    subprocess.run(call, check=True, capture_output=True)
    found = look(download(bucket, "killed", tmp_path / "killed"))
    assert found.states == calm.states
    assert found.digests == calm.digests
    assert found.redone <= len(workers)
    assert not bucket.tags(f"killed/{FOLDER_NAME}/claims")
    assert not any((tmp_path / "scratch").iterdir())


def test_what_is_no_place_is_refused_in_one_line(
    bucket: Bucket, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refused(*arguments: object) -> tuple[int, str]:
        done = run(*arguments)
        assert len(done.stderr.splitlines()) == 1, done.stderr
        return done.returncode, done.stderr

    assert refused("https://host/a.mp4", "--out", "out")[0] == 2
    assert refused("ftp://host/card", "--out", "out")[0] == 2
    assert refused(tmp_path, "--out", "http://host/out")[0] == 2
    code, said = refused("s3://no-such-bucket/card/", "--out", "out")
    assert code == 1
    assert "no-such-bucket" in said
    assert "no such bucket" in said
    (tmp_path / "a.mp4").write_bytes(b"x")
    code, said = refused(tmp_path, "--out", "s3://no-such-bucket/out")
    assert code == 1
    assert "no such bucket" in said
    with monkeypatch.context() as patch:
        patch.setitem(__import__("sys").modules, "gcsfs", None)
        code, said = refused("gs://bucket/card", "--out", "out")
        assert code == 2
        assert "framepick[cloud]" in said
    one_attempt = {"max_attempts": 1, "mode": "standard"}  # waits between others are long
    monkeypatch.setitem(store._OPTIONS["s3"]["config_kwargs"], "retries", one_attempt)
    use_server(monkeypatch, f"http://127.0.0.1:{free_port()}")
    code, said = refused(bucket.url("card"), "--out", "out")
    assert code == 1
    assert "cannot be reached" in said


@pytest.mark.parametrize("bucket", ["gs"], indirect=True)
def test_what_googles_store_refuses_is_said_in_one_line(
    bucket: Bucket,
    addresses: dict[str, str],
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    for arguments in (("gs://no-such-bucket/card/", "--out", "o"), ("a.mp4", "--out", "gs://no/o")):
        done = run(*arguments)
        assert done.returncode == 1
        [line] = done.stderr.splitlines()
        assert "there is no such bucket" in line
    with in_front_of(addresses["gs"]) as front:
        front.answer = lambda method, path: 401
        use_google_server(monkeypatch, front.address)
        done = run(bucket.url("card"), "--out", "out")
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "does not accept the credentials" in line


def test_a_file_whose_name_looks_like_a_url_is_that_file(
    clips: Path, run: Run, tmp_path: Path
) -> None:
    (tmp_path / "s3:" / "bucket").mkdir(parents=True)
    shutil.copy(clips / "clip-00.mp4", tmp_path / "s3:" / "bucket" / "a.mp4")
    done = run("s3://bucket/a.mp4", "--out", "out")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "a.mp4" / "picks.json").is_file()
    assert os.listdir(tmp_path / "s3:")
