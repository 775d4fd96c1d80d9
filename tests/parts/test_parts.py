"""A video whose first frames several processes score gives the picks that one process gives."""

from __future__ import annotations

import hashlib
import shutil
from fractions import Fraction
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from framepick.aesthetic import AestheticModel, load_model
from framepick.cache import Cache as FrameCache
from framepick.config import OutputConfig, PickConfig, TimeRange, VideoConfig
from framepick.parts import Scored, score_pieces
from framepick.plans.splitting import MOST_FRAMES, Piece, pieces_of
from framepick.protocols import no_progress
from framepick.session import open_session
from framepick.types import Timeline
from framepick.videos import pick_video
from samples.clipmaker import Pixels, Scene, View, damage, load, render, write
from tests.tiny import tiny_weights

SHARES = 3
NO_PAGES = OutputConfig(pages=False)  # a report says how long it took
EXACT = VideoConfig(PickConfig(4), plan="exact", output=NO_PAGES)
FAST = VideoConfig(PickConfig(4), plan="fast", output=NO_PAGES)
A_PART = VideoConfig(PickConfig(3, ranges=(TimeRange(1.3, 6.4),)), plan="exact", output=NO_PAGES)
OPEN = {"bframes": 2, "options": {"x264-params": "open-gop=1:b-adapt=0"}}
CLIPS: dict[str, dict[str, Any]] = {
    "bframes.mp4": {"bframes": 2},
    "open.mp4": OPEN,
    "open.ts": OPEN,
    "uneven.mkv": {"time_base": Fraction(1, 1000)},
    "interlaced.ts": {"bframes": 2, "options": {"x264-params": "tff=1"}},
    "vp9.webm": {"codec": "libvpx-vp9"},
}


@cache
def pictures() -> tuple[Pixels, ...]:
    """Give 8 s of four shots, with a flash in one of them."""
    shots: list[Pixels] = []
    for name in ("chelsea", "coffee", "rocket", "astronaut"):
        camera = ((0, View(0.9)), (2, View(0.5)))
        flash = ((0.8, 0.0), (0.84, 2.0), (0.88, 0.0))
        scene = Scene(load(name), 2.0, camera=camera, exposure=flash, shake=1.0)
        shots += render([scene], 160, 96, rate=25)
    return tuple(shots)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> AestheticModel:
    return load_model(tiny_weights(tmp_path_factory.mktemp("weights")), "cpu", threads=1)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("film"), "bframes.mp4")


def make(folder: Path, name: str) -> Path:
    options = {"gop": 12, "quality": 12, **CLIPS[name]}
    if "time_base" in options:
        options["pts"] = (n * 40 + n % 3 * 11 for n in count())
    write(folder / name, pictures(), rate=25, **options)
    return folder / name


def score(path: Path, model: AestheticModel, folder: Path) -> list[bool]:
    """Score each share of a film as another process would."""
    folder.mkdir()
    done, files = [], Scored(folder, SHARES).files(model.encoder.encoder_id)
    for number in range(SHARES):
        with open_session(path, model) as session:
            assert session.source.timeline is not None
            share = pieces_of(session.source.timeline, SHARES)[number::SHARES]
            done.append(score_pieces(session.source, model.encoder, share, files, no_progress))
    return done


def written(folder: Path) -> dict[str, str]:
    return {
        one.name: hashlib.blake2b(one.read_bytes()).hexdigest()
        for one in folder.rglob("*")
        if one.is_file()
    }


@pytest.mark.parametrize("name", CLIPS)
def test_shares_give_the_files_that_one_process_gives(
    name: str, model: AestheticModel, tmp_path: Path
) -> None:
    path = make(tmp_path, name)
    pick_video(path, tmp_path / "one", model, EXACT)
    assert all(score(path, model, tmp_path / "scored"))
    assert len(list((tmp_path / "scored").iterdir())) > 1
    scored = Scored(tmp_path / "scored", SHARES)
    result, _ = pick_video(path, tmp_path / "shared", model, EXACT, scored=scored)
    assert written(tmp_path / "shared") == written(tmp_path / "one")
    assert result.picks


@pytest.mark.parametrize("config", [FAST, A_PART], ids=["fast", "a part"])
def test_scored_frames_are_not_taken_where_not_every_frame_is_wanted(
    config: VideoConfig, film: Path, model: AestheticModel, tmp_path: Path
) -> None:
    pick_video(film, tmp_path / "one", model, config)
    score(film, model, tmp_path / "scored")
    scored = Scored(tmp_path / "scored", SHARES)
    pick_video(film, tmp_path / "shared", model, config, scored=scored)
    assert written(tmp_path / "shared") == written(tmp_path / "one")


def test_scored_frames_are_not_decoded_again_and_are_cached(
    film: Path, model: AestheticModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = FrameCache(tmp_path / "cache")
    score(film, model, tmp_path / "scored")
    with open_session(film, model, cache=frames) as session:
        monkeypatch.setattr(session.source, "frames", None)
        session.explore(EXACT, scored=Scored(tmp_path / "scored", SHARES))
        samples = session.samples
        assert session.processor.is_complete
    with open_session(film, model, cache=frames) as session:
        monkeypatch.setattr(session.source, "frames", None)
        session.explore(EXACT)
        assert np.array_equal(session.samples.raw, samples.raw)


@pytest.mark.parametrize("fault", ["missing", "torn", "of other frames"])
def test_what_was_not_scored_is_scored_by_the_one_that_picks(
    fault: str, model: AestheticModel, film: Path, tmp_path: Path
) -> None:
    pick_video(film, tmp_path / "one", model, EXACT)
    score(film, model, tmp_path / "scored")
    first, *_, last = sorted((tmp_path / "scored").iterdir())
    match fault:
        case "missing":
            last.unlink()
        case "torn":
            last.write_bytes(last.read_bytes()[:-3])
        case _:
            shutil.copyfile(first, last)
    scored = Scored(tmp_path / "scored", SHARES)
    pick_video(film, tmp_path / "shared", model, EXACT, scored=scored)
    assert written(tmp_path / "shared") == written(tmp_path / "one")


def test_damage_leaves_a_film_to_one_process(
    film: Path, model: AestheticModel, tmp_path: Path
) -> None:
    damage(film, tmp_path / "hurt.mp4", seed=1)
    done = score(tmp_path / "hurt.mp4", model, tmp_path / "scored")
    assert not all(done)


def film_of(frames: int, keys: NDArray[np.bool_]) -> Timeline:
    return Timeline(np.arange(frames) / 25, keys, np.ones(frames, np.int64))


def test_pieces_begin_at_key_frames_and_are_bounded() -> None:
    frames = 4 * MOST_FRAMES
    keys = np.arange(frames) % 250 == 0
    pieces = pieces_of(film_of(frames, keys), 3)
    assert [at for one in pieces for at in range(one.start, one.end)] == [*range(frames)]
    assert all(keys[one.start] for one in pieces)
    assert max(map(len, pieces)) <= MOST_FRAMES + 250
    assert len(pieces) % 3 == 0
    firsts = [(one.request.frame_indices or ())[0] for one in pieces]
    assert firsts == [0, *(one.start - 1 for one in pieces[1:])]


def test_a_film_with_one_key_frame_is_one_piece() -> None:
    frames = MOST_FRAMES // 2
    assert pieces_of(film_of(frames, np.arange(frames) == 0), 4) == [Piece(0, frames)]
