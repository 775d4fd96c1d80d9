"""Sessions of real sources: files played as live, and made pictures at the pace of a camera."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any

import numpy as np
import pytest
from PIL import Image

from framepick.aesthetic import AestheticModel, load_model
from framepick.errors import SourceError
from framepick.live.events import Event
from framepick.live.running import Front, LiveConfig, run_live
from framepick.live.state import LiveState
from framepick.live.watch import Watch
from framepick.sources.live import address_of
from framepick.types import Embeddings, FrameBatch
from samples.clipmaker import numbered, read_number, write
from tests.tiny import tiny_weights

RATE = 25
PACED = "lavfi:testsrc2=size=320x240:rate=30,realtime"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> AestheticModel:
    folder = tmp_path_factory.mktemp("weights")
    tiny_weights(folder)
    return load_model(folder / "tiny.safetensors", "cpu")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 6 s of numbered frames, with B-frames, a key frame every 2 s."""
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    write(path, numbered(6 * RATE), rate=RATE, gop=2 * RATE, bframes=2)
    return path


@dataclass
class Slow:
    """An encoder that takes its time."""

    inner: Any
    seconds: float
    encoder_id: str = field(init=False)

    def __post_init__(self) -> None:
        self.encoder_id = self.inner.encoder_id
        self.view_spec, self.batch_size = self.inner.view_spec, self.inner.batch_size

    def encode(self, batch: FrameBatch) -> Embeddings:
        time.sleep(self.seconds)
        embeddings: Embeddings = self.inner.encode(batch)
        return embeddings


def run(
    source: str | Path,
    out: Path,
    model: AestheticModel,
    config: LiveConfig,
    front: Front | None = None,
) -> tuple[Path, list[Event]]:
    events: list[Event] = []
    address = address_of(str(source), as_live=isinstance(source, Path))
    fronts = [front] if front else []
    return run_live(address, out, model, config, events.append, Flag(), fronts), events


def stills(folder: Path) -> list[tuple[dict[str, Any], np.ndarray]]:
    rows = json.loads((folder / "picks.json").read_text())["picks"]
    return [(row, np.asarray(Image.open(folder / row["still"]))) for row in rows]


def at_times(*steps: tuple[float, Callable[[Watch], object]]) -> Front:
    """Do things at times of the session, in seconds."""

    def front(watch: Watch) -> Callable[[], None]:
        def act() -> None:
            for seconds, step in steps:
                while watch.seconds < seconds:
                    time.sleep(0.01)
                step(watch)

        thread = Thread(target=act, daemon=True)
        thread.start()
        return lambda: thread.join(5)

    return front


def test_stills_are_frames_of_the_recent_past_at_full_size(
    film: Path, tmp_path: Path, model: AestheticModel
) -> None:
    folder, events = run(film, tmp_path, model, LiveConfig("every", every_seconds=2.0))
    found = stills(folder)
    assert len(found) >= 2
    opened = next(event.seconds for event in events if event.kind == "opened")
    for row, pixels in found:
        assert pixels.shape == (180, 320, 3)
        # the film began when it was opened, give or take what opening took
        seconds = read_number(pixels) / RATE
        assert row["time_seconds"] - seconds == pytest.approx(opened, abs=0.6)
        assert read_number(pixels) == row["frame_index"]
    assert len({read_number(pixels) for _, pixels in found}) == len(found)
    assert {path.name for path in folder.iterdir()} >= {"report.html", "contact-sheet.jpg"}
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_the_pressed_frame_is_saved_and_clips_hold_what_is_around_it(
    film: Path, tmp_path: Path, model: AestheticModel
) -> None:
    pressed: list[float] = []

    def press(watch: Watch) -> None:
        while not watch.was_open:
            time.sleep(0.01)
        time.sleep(2.5)
        pressed.append(watch.seconds)
        watch.commands.put("press")

    config = LiveConfig("press", keeps_clips=True)
    folder, events = run(film, tmp_path, model, config, at_times((0.0, press)))
    first = next(event for event in events if event.kind == "kept")
    (row, pixels), *_ = [one for one in stills(folder) if one[0]["still"] in str(first.values)]
    assert row["reasons"][0]["code"] == "pressed"
    assert row["time_seconds"] == pytest.approx(pressed[0], abs=0.5)
    clip = folder / f"{Path(row['still']).stem}.mkv"
    numbers = numbers_of(clip)
    assert read_number(pixels) in numbers
    assert max(numbers) - read_number(pixels) >= 0.8 * RATE
    assert read_number(pixels) - min(numbers) >= 1.8 * RATE


def test_stills_come_from_the_larger_stream_whatever_its_clock_says(
    tmp_path: Path, model: AestheticModel
) -> None:
    small, large = tmp_path / "small.mp4", tmp_path / "large.mp4"
    write(small, numbered(7 * RATE, (160, 90)), rate=RATE, gop=RATE)
    # it shows everything 0.6 s earlier, and so has other times and numbers of frames
    write(large, islice(numbered(7 * RATE, (640, 360)), 15, None), rate=RATE, gop=RATE)
    events: list[Event] = []

    def press(watch: Watch) -> None:
        watch.commands.put("press")

    folder = run_live(
        address_of(str(small), as_live=True),
        tmp_path / "out",
        model,
        LiveConfig("press"),
        events.append,
        Flag(),
        [at_times((3.5, press))],
        save_from=address_of(str(large), as_live=True),
    )
    (row, pixels), *_ = [one for one in stills(folder) if one[0]["reasons"][0]["code"] == "pressed"]
    assert pixels.shape == (360, 640, 3)
    assert read_number(pixels) == pytest.approx(row["frame_index"], abs=2)


def numbers_of(path: Path) -> list[int]:
    from framepick.sources.opening import open_source
    from framepick.types import ViewSpec

    with open_source(path, ViewSpec(64)) as source:
        moments = [frame.moment for frame in source.frames()]
        return [read_number(still.pixels) for still in source.stills(moments)]


def test_a_better_moment_takes_the_place_of_an_earlier_one(
    film: Path, tmp_path: Path, model: AestheticModel
) -> None:
    folder, events = run(film, tmp_path, model, LiveConfig("best", count=2))
    assert len(stills(folder)) == 2
    on_disk = {path.name for path in folder.iterdir() if path.suffix == ".jpg"}
    assert on_disk == {row["still"] for row, _ in stills(folder)} | {"contact-sheet.jpg"}
    kept = sum(event.kind == "kept" for event in events)
    assert kept - sum(event.kind == "dropped" for event in events) == 2


def test_an_encoder_that_is_too_slow_scores_the_newest_frames(
    tmp_path: Path, model: AestheticModel
) -> None:
    slow = replace(model, encoder=Slow(model.encoder, 0.5))
    states: list[LiveState] = []
    look = [(2.0 + 0.1 * n, lambda watch: states.append(watch.state)) for n in range(30)]
    run(PACED, tmp_path, slow, LiveConfig(most_seconds=5.5), at_times(*look))
    last = states[-1]
    assert last.rate <= 2.2
    assert max(state.age_seconds for state in states) < 2.0
    # nearly all that come between two that are scored are dropped, and told of
    assert last.dropped >= 5 * len(last.times_seconds)


def test_a_source_that_is_not_there_leaves_nothing(tmp_path: Path, model: AestheticModel) -> None:
    with pytest.raises(SourceError, match="camera at") as error:
        run("tcp://user:hunter2@127.0.0.1:9/camera at", tmp_path, model, LiveConfig())
    assert "hunter2" not in str(error.value)
    assert not list(tmp_path.iterdir())


def test_a_session_ends_on_request(tmp_path: Path, model: AestheticModel) -> None:
    start = time.monotonic()
    front = at_times((2.5, lambda watch: watch.commands.put("stop")))
    folder, events = run(PACED, tmp_path, model, LiveConfig("every", every_seconds=60.0), front)
    assert time.monotonic() - start < 10
    assert [event.kind for event in events][-1] == "closed"
    assert len(stills(folder)) == 1
