"""The pages over all videos of a batch."""

from __future__ import annotations

from pathlib import Path

from framepick.outputs.batch_index import PAGE_ROWS, IndexItem, write_index


def test_many_videos_are_split_over_pages_that_stay_small(tmp_path: Path) -> None:
    items = [
        IndexItem(f"v{n}.mp4", "ok", "", f"v{n}.mp4/", f"index-pictures/{n}.jpg", 61.0, 5, 3.2)
        for n in range(5000)
    ]
    write_index(items, tmp_path)
    pages = sorted(tmp_path.glob("index*.html"))
    assert len(pages) == 5000 // PAGE_ROWS
    assert max(page.stat().st_size for page in pages) < 300_000
    text = "".join(page.read_text() for page in pages)
    assert all(f">v{n}.mp4<" in text for n in range(5000))
    assert '<a href="index-25.html">25</a>' in (tmp_path / "index.html").read_text()


def test_pages_of_a_larger_run_before_are_removed_and_other_files_stay(tmp_path: Path) -> None:
    write_index([IndexItem(str(n), "ok") for n in range(PAGE_ROWS * 3)], tmp_path)
    (tmp_path / "index-notes.html").write_text("mine")
    write_index([IndexItem("one", "ok")], tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"index.html", "index-notes.html"}


def test_names_and_reasons_are_text_whatever_they_hold(tmp_path: Path) -> None:
    name = '<script>alert("x")</script>\n=1+1\udcff.mp4'
    reason = f"{name}: <img src=x onerror=alert(1)>"
    write_index([IndexItem(name, "failed", reason), IndexItem(name, "ok", link=name)], tmp_path)
    page = (tmp_path / "index.html").read_text()
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert page.count("&lt;script&gt;alert") >= 3
    assert page.count("1 failed") == 1


def test_an_empty_batch_has_a_page(tmp_path: Path) -> None:
    write_index([], tmp_path)
    assert "0 videos" in (tmp_path / "index.html").read_text()
