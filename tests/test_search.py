"""A search and what it keeps for the next one."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framepick.cache import Shelf
from framepick.encoding.repeats import RepeatEncoder
from framepick.eye import Eye, load_eye
from framepick.model.checkpoint import save_checkpoint
from framepick.model.tiny import tiny_checkpoint
from framepick.picking import PickRules
from framepick.pipeline import VideoConfig, look, pick_video, score_video
from framepick.recording import as_kept
from framepick.search import Search
from framepick.sources import video
from framepick.sources.child import Child
from framepick.types import Embeddings, FrameBatch, Moment, Samples, Span, ViewSpec, in_batches
from samples.clipmaker import damage, numbered, write


@dataclass
class Counting:
    """An encoder that counts the views it is given."""

    inner: Any
    seen: int = 0
    encoder_id: str = field(init=False)
    batch_size: int = 8

    def __post_init__(self) -> None:
        self.encoder_id = self.inner.encoder_id

    @property
    def view_spec(self) -> ViewSpec:
        spec: ViewSpec = self.inner.view_spec
        return spec

    def encode(self, batch: FrameBatch) -> Embeddings:
        self.seen += len(batch.moments)
        embeddings: Embeddings = self.inner.encode(batch)
        return embeddings


@pytest.fixture
def eye(tmp_path: Path) -> Eye:
    save_checkpoint(tmp_path / "tiny.safetensors", *tiny_checkpoint(seed=0))
    eye = load_eye(tmp_path / "tiny.safetensors", "cpu")
    return replace(eye, encoder=Counting(eye.encoder))


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "shelf")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count the decoder processes."""
    names: list[str] = []

    def start(stall_seconds: float) -> Child:
        names.append("decoder")
        return Child(stall_seconds)

    monkeypatch.setattr(video, "Child", start)
    return names


EXACT = VideoConfig(PickRules(3), plan="exact")


def encoded(eye: Eye) -> int:
    assert isinstance(eye.encoder, Counting)
    return eye.encoder.seen


def equal(first: Samples, second: Samples) -> bool:
    names = ("ordinal", "pts", "times_seconds", "raw", "content_change", "measures")
    return all(np.array_equal(getattr(first, n), getattr(second, n)) for n in names)


def test_a_video_that_was_seen_needs_no_decoder_and_no_encoder_for_its_scores(
    clip: Path, tmp_path: Path, eye: Eye, shelf: Shelf, started: list[str]
) -> None:
    first, curve = score_video(clip, eye, EXACT, shelf=shelf)
    assert (len(started), encoded(eye)) == (1, 90)
    renamed = tmp_path / "another name.mp4"
    renamed.write_bytes(clip.read_bytes())
    second, again = score_video(renamed, eye, EXACT, shelf=shelf)
    assert (len(started), encoded(eye)) == (1, 90)
    assert equal(first, second)
    assert np.array_equal(curve.smoothed, again.smoothed)


def test_other_rules_pick_from_what_was_seen_as_from_the_video(
    clip: Path, tmp_path: Path, eye: Eye, shelf: Shelf
) -> None:
    fewer, more = VideoConfig(PickRules(2)), VideoConfig(PickRules(4, min_gap_seconds=0.4))
    pick_video(clip, tmp_path / "first", eye, fewer, shelf=shelf)
    seen = encoded(eye)
    pick_video(clip, tmp_path / "kept", eye, more, shelf=shelf)
    assert encoded(eye) == seen
    pick_video(clip, tmp_path / "fresh", eye, more)
    assert encoded(eye) == 2 * seen
    kept, fresh = (folder_bytes(tmp_path / name) for name in ("kept", "fresh"))
    assert kept == fresh


def folder_bytes(folder: Path) -> dict[str, bytes]:
    """Give the files of a result but for the page, which tells how long the search took."""
    return {f.name: f.read_bytes() for f in folder.iterdir() if f.name != "report.html"}


def test_a_second_pick_looks_at_nothing_twice_but_the_stills(
    clip: Path, tmp_path: Path, eye: Eye, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Search(clip, eye, shelf=shelf) as search:
        look(search, EXACT)
        moments = [search.samples.moment(row) for row in range(20, 30)]
        first = list(search.close_ups(moments))
    monkeypatch.setattr(video, "Child", None)  # no decoder can be started
    with Search(clip, eye, shelf=shelf) as search:
        look(search, EXACT)
        second = list(search.close_ups(moments))
        assert len(search.filmstrip().pictures) > 5
    assert len(first) == len(second) == 10
    for one, other in zip(first, second, strict=True):
        assert one.moment == other.moment
        assert one.combing == other.combing
        assert np.array_equal(one.structure, other.structure)
        assert np.array_equal(one.luma, other.luma)


def test_an_exact_search_does_not_build_on_parts(clip: Path, eye: Eye, shelf: Shelf) -> None:
    with Search(clip, eye, shelf=shelf) as search:
        search.see(Span(0.5, 1.0))
    assert encoded(eye) == 16
    with Search(clip, eye, shelf=shelf) as search:
        search.recall(with_parts=True)
        assert search.samples.ordinal.tolist() == list(range(15, 31))
        assert not search.is_whole
    samples, _ = score_video(clip, eye, EXACT, shelf=shelf)
    assert encoded(eye) == 16 + 90
    assert equal(samples, score_video(clip, eye, EXACT)[0])


def test_damage_and_its_count_are_remembered(tmp_path: Path, eye: Eye, shelf: Shelf) -> None:
    whole, path = tmp_path / "whole.mp4", tmp_path / "damaged.mp4"
    write(whole, numbered(60), gop=15)
    damage(whole, path, seed=3)
    results = [pick_video(path, tmp_path / name, eye, EXACT, shelf=shelf)[0] for name in ("a", "b")]
    assert results[0].error_count == results[1].error_count > 0
    assert equal(results[0].samples, results[1].samples)
    read = [json.loads((tmp_path / name / "picks.json").read_text()) for name in ("a", "b")]
    assert read[0] == read[1]


def test_another_encoder_sees_for_itself(
    clip: Path, tmp_path: Path, eye: Eye, shelf: Shelf
) -> None:
    score_video(clip, eye, EXACT, shelf=shelf)
    save_checkpoint(tmp_path / "other.safetensors", *tiny_checkpoint(seed=1))
    other = load_eye(tmp_path / "other.safetensors", "cpu")
    samples, _ = score_video(clip, other, EXACT, shelf=shelf)
    assert equal(samples, score_video(clip, other, EXACT)[0])


def test_a_file_with_other_content_of_the_same_name_is_seen_anew(
    tmp_path: Path, eye: Eye, shelf: Shelf
) -> None:
    path = tmp_path / "video.mp4"
    write(path, numbered(30), gop=15)
    assert len(score_video(path, eye, EXACT, shelf=shelf)[0]) == 30
    write(path, numbered(40), gop=15)
    assert len(score_video(path, eye, EXACT, shelf=shelf)[0]) == 40


def test_a_cache_that_cannot_be_used_is_no_hindrance(clip: Path, tmp_path: Path, eye: Eye) -> None:
    (tmp_path / "file").write_text("not a folder")
    shelf = Shelf(tmp_path / "file" / "shelf")
    assert len(score_video(clip, eye, EXACT, shelf=shelf)[0]) == 90


def test_views_that_repeat_the_one_before_are_not_encoded_again(tmp_path: Path, eye: Eye) -> None:
    slides = [frame for frame in numbered(4) for _ in range(25)]
    path = tmp_path / "slides.mkv"
    write(
        path, slides, gop=50, quality=0, pix_fmt="yuv444p"
    )  # lossless: what stands still is equal
    held, _ = score_video(path, eye, EXACT)
    assert len(held) == 100
    assert encoded(eye) == 4
    with Search(path, replace(eye, encoder=eye.encoder.inner)) as search:  # type: ignore[attr-defined]
        frames = list(search.source.frames())
    for start in range(0, 100, 20):
        batch, _ = next(in_batches(frames[start : start + 1], 8))
        [fresh] = eye.scorer.score(as_kept(eye.encoder.encode(batch)))
        assert held.raw[start] == fresh


def test_a_view_that_comes_again_after_another_is_encoded_again(eye: Eye) -> None:
    views = np.arange(3, dtype=np.uint8)[[0, 0, 1, 1, 1, 0, 2, 2], None, None, None]
    views = np.broadcast_to(views * 60, (8, 32, 32, 3)).copy()
    moments = tuple(Moment(n, n, Fraction(1, 25), n / 25) for n in range(8))
    repeats = RepeatEncoder(eye.encoder)
    parts = [
        repeats.encode(FrameBatch(views[a:b], moments[a:b])) for a, b in ((0, 3), (3, 5), (5, 8))
    ]
    assert encoded(eye) == 4
    fresh = eye.encoder.encode(FrameBatch(views, moments))
    for name in ("aesthetic", "content"):
        assert np.array_equal(
            np.concatenate([getattr(p, name) for p in parts]), getattr(fresh, name)
        )
