"""Films that several people look at: searched once, and shown as each of them wants."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from PIL import Image

from framepick.app.film import View, Wanted
from framepick.app.service import Service
from framepick.config import PickConfig, VideoConfig
from framepick.errors import SourceError
from framepick.processing import FrameProcessor
from framepick.session import Session
from framepick.types import FrameRequest
from samples.clipmaker import numbered, write
from tests.app.patience import SLOW
from tests.conftest import wait_for


def wanting(count: int) -> Wanted:
    return Wanted(VideoConfig(PickConfig(count, min_gap_seconds=0.2)))


def ready(view: View) -> View:
    assert wait_for(lambda: not view.shown.is_busy, SLOW)
    assert not view.shown.error
    return view


def frames_of(view: View) -> list[int]:
    assert view.shown.result
    return [pick.moment.frame_index for pick in view.shown.result.picks]


@pytest.fixture
def searched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the names of films that were decoded, each time one was."""
    names: list[str] = []
    process = FrameProcessor.process

    def noted(self: FrameProcessor, request: FrameRequest) -> None:
        names.append(Path(self.source.info.name).name)
        process(self, request)

    monkeypatch.setattr(FrameProcessor, "process", noted)
    return names


@pytest.fixture
def halted(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Give what lets searches go on: they stop before they are done."""
    going = Event()
    explore = Session.explore

    def halting(self: Session, *arguments: Any) -> None:
        explore(self, *arguments)
        going.wait(30)

    monkeypatch.setattr(Session, "explore", halting)
    return going


def test_two_who_look_at_one_film_decode_it_once(
    service: Service, film: Path, searched: list[str]
) -> None:
    views = [service.films.open(film, "film", wanting(count)) for count in (2, 4)]
    assert [len(frames_of(ready(view))) for view in views] == [2, 4]
    assert searched == ["film.mp4"]


def test_a_copy_is_the_same_film(
    service: Service, film: Path, tmp_path: Path, searched: list[str]
) -> None:
    copy = Path(shutil.copy(film, tmp_path / "other name.mp4"))
    first = service.films.open(film, "first", wanting(3))
    second = service.films.open(copy, "second", wanting(3))
    assert frames_of(ready(first)) == frames_of(ready(second))
    assert (first.name, second.name) == ("first", "second")
    assert len(searched) == 1


def test_three_at_once_do_not_mix(service: Service, film: Path, tmp_path: Path) -> None:
    places = [film]
    for count in (30, 40):
        places.append(tmp_path / f"{count}.mp4")
        write(places[-1], numbered(count), gop=30)
    with ThreadPoolExecutor(3) as at_once:
        views = list(at_once.map(lambda p: service.films.open(p, p.name, wanting(3)), places))
    results = [ready(view).shown.result for view in views]
    assert [len(result.curve) for result in results if result] == [90, 30, 40]
    alone = [ready(service.films.open(place, "again", wanting(3))) for place in places]
    assert [frames_of(view) for view in views] == [frames_of(view) for view in alone]


def test_an_upload_stays_as_long_as_somebody_looks_at_it(
    service: Service, film: Path, tmp_path: Path
) -> None:
    upload = Path(shutil.copy(film, tmp_path / "upload.mp4"))
    first = service.films.open(upload, "upload.mp4", wanting(2), is_passing=True)
    second = service.films.open(film, "film.mp4", wanting(2))
    first.close()
    upload.unlink()
    ready(second)
    assert second.film.picture(frames_of(second)[0], 480)


def test_a_film_ends_with_the_last_who_looks(service: Service, film: Path) -> None:
    first, second = (service.films.open(film, "film", wanting(2)) for _ in range(2))
    ready(first)
    first.close()
    assert not first.film.is_closed
    second.close()
    second.film.wait_closed(20)
    with pytest.raises(SourceError):
        second.film.picture(0, 240, seconds=0.2)


def test_a_film_that_is_closed_while_it_is_searched_ends_at_once(
    service: Service, tmp_path: Path
) -> None:
    write(tmp_path / "long.mp4", numbered(900), gop=30)
    view = service.films.open(tmp_path / "long.mp4", "long", wanting(2))
    assert wait_for(lambda: view.shown.done > 0, 30)
    view.close()
    view.film.wait_closed(10)
    assert not view.shown.is_final


def test_pictures_and_curve_grow_while_a_film_is_searched(service: Service, tmp_path: Path) -> None:
    write(tmp_path / "long.mp4", numbered(600), gop=30)
    view = service.films.open(tmp_path / "long.mp4", "long", wanting(2))
    lengths: list[tuple[int, int]] = []
    version = -1
    while view.shown.is_busy:
        shown = view.wait(version, 10)
        version = shown.version
        if shown.stage == "searching" and shown.result:
            lengths.append((len(shown.result.curve), len(shown.result.filmstrip.pictures)))
            view.film.picture(int(shown.result.samples.frame_index[0]), 240)
    assert len(lengths) > 1
    assert lengths == sorted(lengths)
    assert 0 < lengths[0][0] < 600


def test_another_choice_shows_its_marks_before_it_is_compared_at_full_size(
    service: Service, film: Path, halted: Event
) -> None:
    halted.set()
    view = ready(service.films.open(film, "film", wanting(2)))
    halted.clear()
    view.want(wanting(4))
    assert wait_for(lambda: len(frames_of(view)) == 4)
    assert not view.shown.is_final
    halted.set()
    assert ready(view).shown.is_final


def test_a_choice_that_is_not_wanted_any_more_is_not_shown(
    service: Service, film: Path, halted: Event
) -> None:
    view = service.films.open(film, "film", wanting(2))
    for count in (3, 4, 5):
        view.want(wanting(count))
    halted.set()
    assert len(frames_of(ready(view))) == 5


SIDES = [(240, (240, 135)), (1600, (320, 180))]


@pytest.mark.parametrize(("side", "size"), SIDES)
def test_a_frame_is_given_no_larger_than_it_is(
    service: Service, film: Path, side: int, size: tuple[int, int]
) -> None:
    view = ready(service.films.open(film, "film", wanting(2)))
    assert Image.open(io.BytesIO(view.film.picture(7, side))).size == size


def test_a_frame_that_is_not_there_is_an_error(service: Service, film: Path) -> None:
    view = ready(service.films.open(film, "film", wanting(2)))
    with pytest.raises(SourceError, match="cannot be shown"):
        view.film.picture(12345, 240)


def test_a_wish_that_cannot_be_met_is_said_and_the_film_goes_on(
    service: Service, film: Path
) -> None:
    view = ready(service.films.open(film, "film", wanting(2)))
    config = view.wanted.config
    view.want(Wanted(replace(config, pick=replace(config.pick, included=(99.0,)))))
    assert wait_for(lambda: not view.shown.is_busy)
    assert "99" in view.shown.error
    view.want(wanting(3))
    assert len(frames_of(ready(view))) == 3


def test_what_is_done_with_the_session_waits_its_turn(service: Service, film: Path) -> None:
    view = ready(service.films.open(film, "film", wanting(2)))
    count: Callable[[Session], int] = lambda session: len(session.samples)  # noqa: E731
    assert view.film.call(count).result(10) == 90
