"""A search and what it keeps for the next one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framepick.aesthetic import AestheticModel, load_model
from framepick.cache import Cache
from framepick.config import PickConfig, RefineConfig, VideoConfig
from framepick.encoding.batches import in_batches
from framepick.encoding.repeats import RepeatEncoder
from framepick.errors import SourceClosed, UsageError
from framepick.measures import vetoes
from framepick.reasons import ReasonCode
from framepick.recording import as_kept
from framepick.session import open_session
from framepick.sources import decoders
from framepick.sources.decoder_client import DecoderClient
from framepick.types import (
    DetailMeasures,
    Embeddings,
    FrameBatch,
    FrameRequest,
    Moment,
    Samples,
    ViewSpec,
)
from framepick.videos import pick_video, score_video
from samples.clipmaker import damage, numbered, write
from tests.reasons import missing
from tests.text_frames import text_frames
from tests.tiny import tiny_weights

TITLES = dict(text_frames())


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
def model(tmp_path: Path) -> AestheticModel:
    tiny_weights(tmp_path)
    model = load_model(tmp_path / "tiny.safetensors", "cpu")
    return replace(model, encoder=Counting(model.encoder))


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Count the decoder processes."""
    names: list[str] = []

    def start(stall_seconds: float) -> DecoderClient:
        names.append("decoder")
        return DecoderClient(stall_seconds)

    monkeypatch.setattr(decoders, "DecoderClient", start)
    return names


EXACT = VideoConfig(PickConfig(3), plan="exact")


def encoded(model: AestheticModel) -> int:
    assert isinstance(model.encoder, Counting)
    return model.encoder.seen


def equal(first: Samples, second: Samples) -> bool:
    names = ("frame_index", "pts", "times_seconds", "raw", "content_change", "measures")
    return all(np.array_equal(getattr(first, n), getattr(second, n)) for n in names)


def test_a_video_that_was_seen_needs_no_decoder_and_no_encoder_for_its_scores(
    clip: Path, tmp_path: Path, model: AestheticModel, cache: Cache, started: list[str]
) -> None:
    first, curve = score_video(clip, model, EXACT, cache=cache)
    assert (len(started), encoded(model)) == (1, 90)
    renamed = tmp_path / "another name.mp4"
    renamed.write_bytes(clip.read_bytes())
    second, again = score_video(renamed, model, EXACT, cache=cache)
    assert (len(started), encoded(model)) == (1, 90)
    assert equal(first, second)
    assert np.array_equal(curve.smoothed, again.smoothed)


def test_other_rules_pick_from_what_was_seen_as_from_the_video(
    clip: Path, tmp_path: Path, model: AestheticModel, cache: Cache
) -> None:
    fewer, more = VideoConfig(PickConfig(2)), VideoConfig(PickConfig(4, min_gap_seconds=0.4))
    pick_video(clip, tmp_path / "first", model, fewer, cache=cache)
    seen = encoded(model)
    pick_video(clip, tmp_path / "kept", model, more, cache=cache)
    assert encoded(model) == seen
    pick_video(clip, tmp_path / "fresh", model, more)
    assert encoded(model) == 2 * seen
    kept, fresh = (folder_bytes(tmp_path / name) for name in ("kept", "fresh"))
    assert kept == fresh


def test_titles_are_picked_only_if_they_are_kept(tmp_path: Path) -> None:
    end, credits = (
        np.asarray(TITLES[name].resize((640, 360))) for name in ("the end", "two lines")
    )
    pictures = list(numbered(30, (640, 360)))
    write(tmp_path / "film.mp4", [*[end] * 30, *pictures, *[credits] * 30])
    ten = VideoConfig(PickConfig(10, min_gap_seconds=0.1), plan="exact")
    kept = replace(ten, pick=replace(ten.pick, keep_titles=True))
    with open_session(tmp_path / "film.mp4", load_model(device="cpu")) as search:
        search.explore(ten)
        titles = vetoes(search.samples.measures) == "title"
        assert np.flatnonzero(~titles).tolist() == list(range(30, 60))
        assert {titles[pick.row] for pick in search.select(ten).picks} == {False}
        assert {titles[pick.row] for pick in search.select(kept).picks} == {False, True}
        assert {titles[pick.row] for pick in search.select(ten).picks} == {False}


def test_a_video_of_titles_alone_gives_no_picks(tmp_path: Path, cache: Cache) -> None:
    shipped = load_model(device="cpu")
    model = replace(shipped, encoder=Counting(shipped.encoder))
    write(tmp_path / "end.mp4", [np.asarray(TITLES["the end"].resize((640, 360)))] * 30)
    none, _ = pick_video(tmp_path / "end.mp4", tmp_path / "none", model, EXACT, cache=cache)
    assert not none.picks
    assert none.shortfall == missing(ReasonCode.ALL_HARD_VETOED, 0, 3)
    kept = replace(EXACT, pick=PickConfig(1, keep_titles=True))
    one, _ = pick_video(tmp_path / "end.mp4", tmp_path / "one", model, kept, cache=cache)
    assert len(one.picks) == 1
    assert encoded(model) <= 30


def folder_bytes(folder: Path) -> dict[str, bytes]:
    """Give the files of a result but for the page, which tells how long the search took."""
    return {f.name: f.read_bytes() for f in folder.iterdir() if f.name != "report.html"}


def test_another_count_gap_or_reach_is_selected_from_frames_that_are_measured_once(
    clip: Path, model: AestheticModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    four = VideoConfig(PickConfig(4, min_gap_seconds=0.4), plan="exact")
    two = replace(four, pick=PickConfig(2))
    near = replace(four, refine=RefineConfig(reach_seconds=0.2))
    with open_session(clip, model) as search:
        search.explore(four)
        picks = search.select(four).picks
        measured: list[int] = []
        measure = search.source.detail_measures

        def counted(moments: Sequence[Moment], keep: bool) -> Iterator[DetailMeasures]:
            measured.extend(moment.frame_index for moment in moments)
            return measure(moments)

        monkeypatch.setattr(search.source, "detail_measures", counted)
        assert search.select(four).picks == picks
        assert len(search.select(two).picks) == 2
        assert len(search.select(near).picks) == 4
        assert len(measured) == len(set(measured))
        assert search.select(four).picks == picks
        again = search.select(two).picks
    with open_session(clip, model) as fresh:
        fresh.explore(two)
        assert fresh.select(two).picks == again


def test_a_second_pick_looks_at_nothing_twice_but_the_stills(
    clip: Path, tmp_path: Path, model: AestheticModel, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_session(clip, model, cache=cache) as search:
        search.explore(EXACT)
        moments = [search.samples.moment(row) for row in range(20, 30)]
        first = list(search.processor.detail_measures(moments))
    monkeypatch.setattr(decoders, "DecoderClient", None)  # no decoder can be started
    with open_session(clip, model, cache=cache) as search:
        search.explore(EXACT)
        second = list(search.processor.detail_measures(moments))
        assert len(search.processor.filmstrip().pictures) > 5
    assert len(first) == len(second) == 10
    for one, other in zip(first, second, strict=True):
        assert one.moment == other.moment
        assert one.combing == other.combing
        assert np.array_equal(one.structure, other.structure)
        assert np.array_equal(one.luma, other.luma)


def test_a_second_search_at_the_same_time_finds_what_the_first_has_seen(
    clip: Path, model: AestheticModel, cache: Cache, started: list[str]
) -> None:
    with open_session(clip, model, cache=cache) as search:
        search.explore(EXACT)
        samples, _ = score_video(clip, model, EXACT, cache=cache)
        assert (len(started), encoded(model)) == (1, 90)
        assert equal(samples, search.samples)


def test_an_exact_search_does_not_build_on_parts(
    clip: Path, model: AestheticModel, cache: Cache
) -> None:
    with open_session(clip, model, cache=cache) as search:
        search.processor.process(FrameRequest(tuple(range(15, 31))))
    assert encoded(model) == 16
    with open_session(clip, model, cache=cache) as search:
        search.processor.recall(with_parts=True)
        assert search.samples.frame_index.tolist() == list(range(15, 31))
        assert not search.processor.is_complete
    samples, _ = score_video(clip, model, EXACT, cache=cache)
    assert encoded(model) == 16 + 90
    assert equal(samples, score_video(clip, model, EXACT)[0])


def test_damage_and_its_count_are_remembered(
    tmp_path: Path, model: AestheticModel, cache: Cache
) -> None:
    whole, path = tmp_path / "whole.mp4", tmp_path / "damaged.mp4"
    write(whole, numbered(60), gop=15)
    damage(whole, path, seed=3)
    results = [
        pick_video(path, tmp_path / name, model, EXACT, cache=cache)[0] for name in ("a", "b")
    ]
    assert results[0].error_count == results[1].error_count > 0
    assert equal(results[0].samples, results[1].samples)
    read = [json.loads((tmp_path / name / "picks.json").read_text()) for name in ("a", "b")]
    assert read[0] == read[1]


def test_another_encoder_sees_for_itself(
    clip: Path, tmp_path: Path, model: AestheticModel, cache: Cache
) -> None:
    score_video(clip, model, EXACT, cache=cache)
    tiny_weights(tmp_path, 1, "other")
    other = load_model(tmp_path / "other.safetensors", "cpu")
    samples, _ = score_video(clip, other, EXACT, cache=cache)
    assert equal(samples, score_video(clip, other, EXACT)[0])


def test_a_file_with_other_content_of_the_same_name_is_seen_anew(
    tmp_path: Path, model: AestheticModel, cache: Cache
) -> None:
    path = tmp_path / "video.mp4"
    write(path, numbered(30), gop=15)
    assert len(score_video(path, model, EXACT, cache=cache)[0]) == 30
    write(path, numbered(40), gop=15)
    assert len(score_video(path, model, EXACT, cache=cache)[0]) == 40


@pytest.mark.parametrize("name", ["file/cache", "a" * 300])
def test_a_cache_that_cannot_be_used_is_no_hindrance(
    clip: Path, tmp_path: Path, model: AestheticModel, name: str
) -> None:
    (tmp_path / "file").write_text("not a folder")
    cache = Cache(tmp_path / name)
    assert cache.clear() == 0
    assert len(score_video(clip, model, EXACT, cache=cache)[0]) == 90


def test_exploring_again_decodes_nothing_again(
    clip: Path, model: AestheticModel, cache: Cache, started: list[str]
) -> None:
    for kept in (None, cache):
        with open_session(clip, model, cache=kept) as session:
            session.explore(EXACT)
            samples, before = session.samples, encoded(model)
            session.explore(EXACT)
            session.explore(replace(EXACT, plan="fast"))
            assert encoded(model) == before
            assert session.samples is samples
            assert len(session.processor.recall(with_parts=True) or ()) == 90


def test_a_frame_that_was_vetoed_stays_vetoed_when_more_is_explored(
    clip: Path, model: AestheticModel
) -> None:
    with open_session(clip, model) as session:
        session.explore(replace(EXACT, plan="fast"))
        unwanted = session.select(EXACT).picks[0].moment
        session.processor.veto({unwanted.frame_index})
        session.explore(EXACT)
        assert len(session.samples) == 90
        many = session.select(replace(EXACT, pick=PickConfig(90, 0.0)))
    assert unwanted not in [pick.moment for pick in many.picks]


def test_a_session_that_explored_nothing_says_so(
    clip: Path, tmp_path: Path, model: AestheticModel
) -> None:
    with open_session(clip, model) as session:
        for call in (session.select, lambda config: session.write(tmp_path / "out", config)):
            with pytest.raises(UsageError):
                call(EXACT)
    assert not (tmp_path / "out").exists()


def test_a_closed_session_says_that_it_is_closed(
    clip: Path, tmp_path: Path, model: AestheticModel
) -> None:
    with open_session(clip, model) as session:
        session.explore(EXACT)
        session.select(EXACT)
    session.close()
    out = tmp_path / "out"
    for call in (session.explore, session.select, lambda config: session.write(out, config)):
        with pytest.raises(SourceClosed):
            call(EXACT)
    assert len(session.samples) == len(session.curve) == 90
    assert not out.exists()


def test_views_that_repeat_the_one_before_are_not_encoded_again(
    tmp_path: Path, model: AestheticModel
) -> None:
    slides = [frame for frame in numbered(4) for _ in range(25)]
    path = tmp_path / "slides.mkv"
    write(
        path, slides, gop=50, quality=0, pix_fmt="yuv444p"
    )  # lossless: what stands still is equal
    held, _ = score_video(path, model, EXACT)
    assert len(held) == 100
    assert encoded(model) == 4
    with open_session(path, replace(model, encoder=model.encoder.inner)) as search:  # type: ignore[attr-defined]
        frames = list(search.source.frames())
    for start in range(0, 100, 20):
        batch, _ = next(in_batches(frames[start : start + 1], 8))
        [fresh] = model.scorer.score(as_kept(model.encoder.encode(batch)))
        assert held.raw[start] == fresh


def test_a_view_that_comes_again_after_another_is_encoded_again(model: AestheticModel) -> None:
    views = np.arange(3, dtype=np.uint8)[[0, 0, 1, 1, 1, 0, 2, 2], None, None, None]
    views = np.broadcast_to(views * 60, (8, 32, 32, 3)).copy()
    moments = tuple(Moment(n, n, Fraction(1, 25), n / 25) for n in range(8))
    repeats = RepeatEncoder(model.encoder)
    parts = [
        repeats.encode(FrameBatch(views[a:b], moments[a:b])) for a, b in ((0, 3), (3, 5), (5, 8))
    ]
    assert encoded(model) == 4
    fresh = model.encoder.encode(FrameBatch(views, moments))
    for name in ("aesthetic", "content"):
        assert np.array_equal(
            np.concatenate([getattr(p, name) for p in parts]), getattr(fresh, name)
        )
