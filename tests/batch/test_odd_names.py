"""Files of odd names, from the command line to each file of the results and the browser."""

from __future__ import annotations

import csv
import json
import os
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import pyarrow.parquet
import pytest

from benchmarks.batch_faults import make_clips
from framepick.files import printable
from framepick.outputs.text import shown
from tests.browsing import opened
from tests.command_line import Done, framepick

ODD = (
    'new\nline "quoted" <b onclick=alert(1)>.mp4',
    "<img src=x onerror=document.title='run'>.mp4",
    "=1+1.mp4",
    "it's & 100 % #1?.mp4",
    os.fsdecode(b"not-utf8-\xff.mp4"),
    "n" * 236 + ".mp4",
    "a.mp4",
    "a.avi",
)
BAD = '=bad, <i>"x"\'.mp4'


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("odd") / "card"
    make_clips(folder.parent / "made", 1, 0.4)
    folder.mkdir()
    for name in ODD:
        shutil.copy(folder.parent / "made" / "clip-00.mp4", folder / name)
    (folder / BAD).write_bytes(b"no video")
    return folder


@pytest.fixture(scope="module")
def done(card: Path, tiny: Path) -> Done:
    more = ("--best", 3, "--pages", "all", "--markers", "csv", "--count", 2, "--no-cache")
    batch = ("batch", "card", "--out", "out", "--weights", tiny, "--jobs", 1)
    return framepick(card.parent, *batch, *more, "--json", "--quiet")


def out_of(card: Path) -> Path:
    return card.parent / "out"


def rows(text: str) -> dict[str, dict[str, Any]]:
    return {row["source"]: row for row in map(json.loads, text.splitlines())}


def test_standard_output_is_json_and_errors_are_one_line_each(card: Path, done: Done) -> None:
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"card/{BAD}: is not a video" in done.stderr
    manifest = (out_of(card) / "manifest.jsonl").read_text(encoding="utf-8")
    assert rows(done.stdout) == rows(manifest)
    assert set(rows(manifest)) == {printable(Path("card", name)) for name in [*ODD, BAD]}


def test_tables_name_files_that_are_there(card: Path, done: Done) -> None:
    out = out_of(card)
    table = pyarrow.parquet.read_table(out / "picks.parquet").to_pylist()
    assert {row["source"] for row in table} == {printable(Path("card", name)) for name in ODD}
    assert all((out / row["still"]).is_file() for row in table)
    best = json.loads((out / "best" / "best.json").read_text(encoding="utf-8"))["picks"]
    assert best
    assert all((out / "best" / pick["file"]).is_file() for pick in best)
    assert all((out / pick["still"]).is_file() for pick in best)
    folders = {row["folder"] for row in rows(done.stdout).values() if row["state"] == "ok"}
    assert len(folders) == len(ODD)


def test_no_cell_of_a_csv_file_is_a_formula(card: Path, done: Done) -> None:
    files = sorted(out_of(card).glob("*/*.csv"))
    assert len(files) == 2 * len(ODD)
    for path in files:
        with path.open(encoding="utf-8", newline="") as file:
            cells = [cell for row in csv.reader(file) for cell in row]
        assert not [cell for cell in cells if cell[:1] in tuple("=+@\t\r")]


def test_pages_show_names_as_text_and_their_links_lead_to_files(
    card: Path, done: Done, browser: Any
) -> None:
    page = opened(browser, out_of(card) / "index.html").page
    assert page.title() != "run"
    text = " ".join(page.inner_text("body").split())
    for name in [*ODD, BAD]:
        assert " ".join(shown(printable(Path("card", name))).split()) in text
    assert not page.locator("b[onclick], img[onerror]").count()
    links = page.eval_on_selector_all("a[href], img[src]", "all => all.map(a => a.href || a.src)")
    local = [url for url in links if url.startswith("file:")]
    assert len(local) >= 2 * len(ODD)
    assert not [url for url in local if not os.path.exists(unquote(urlparse(url).path))]


def test_pages_meet_no_error_in_the_browser(card: Path, done: Done, browser: Any) -> None:
    out = out_of(card)
    reports = [
        out / row["folder"] / "report.html" for row in rows(done.stdout).values() if "folder" in row
    ]
    assert len(reports) == len(ODD)
    for path in (out / "index.html", *reports):
        it = opened(browser, path)
        assert it.page.title() != "run"
        assert not it.faults, path
        it.page.close()
