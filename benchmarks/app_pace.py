"""How long a viewer of the app waits, beside `framepick pick` of the same video in the same run.

python -m benchmarks.app_pace VIDEO... [--runs 3]
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median

from framepick.app.desk import Desk
from framepick.app.film import Films, Shown, View
from framepick.app.film.data import film_data
from framepick.app.memory import Memory
from framepick.config import PickConfig, VideoConfig

FIGURES = (
    "pick command",
    "first pictures",
    "final picks",
    "slider to marks",
    "slider to final picks",
    "frame from cache",
    "frame decoded",
)


def main() -> None:
    """Measure each video, and print a table of medians in seconds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("videos", nargs="+", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    print(f"{'seconds, median of ' + str(options.runs):28}", *(v.name for v in options.videos))
    columns = [_medians(video, options.runs) for video in options.videos]
    for name in FIGURES:
        print(f"{name:28}", *(f"{column[name]:{len(v.name)}.2f}" for v, column in zip(
            options.videos, columns, strict=True)))  # fmt: skip


def _medians(video: Path, runs: int) -> dict[str, float]:
    found = [{"pick command": _command(video), **_app(video)} for _ in range(runs)]
    return {name: median(one[name] for one in found) for name in FIGURES}


def _command(video: Path) -> float:
    with _fresh_cache() as folder:
        begin = time.monotonic()
        words = [sys.executable, "-m", "framepick.cli", "pick", str(video)]
        words += ["--out", str(folder / "picks")]
        subprocess.run(words, check=True, capture_output=True)
        return time.monotonic() - begin


def _app(video: Path) -> dict[str, float]:
    with _fresh_cache() as folder:
        films = Films(None, lambda: Path(tempfile.mkdtemp(dir=folder)))
        begin = time.monotonic()
        desk = Desk(films, Memory(folder / "home"), video, video.name)
        figures = {"first pictures": _until(desk.view, _has_pictures) - begin}
        figures["final picks"] = _until(desk.view, lambda shown: shown.is_final) - begin
        figures |= _slider(desk) | _frames(desk)
        films.close()
        return figures


def _slider(desk: Desk) -> dict[str, float]:
    result = desk.result
    assert result
    more = replace(result.config, pick=PickConfig(count=result.config.pick.count + 2))
    begin = time.monotonic()
    desk.set_up(VideoConfig(more.pick))
    marks = _until(desk.view, lambda s: bool(s.result and s.result.config.pick == more.pick))
    return {
        "slider to marks": marks - begin,
        "slider to final picks": _until(desk.view, lambda shown: shown.is_final) - begin,
    }


def _frames(desk: Desk) -> dict[str, float]:
    assert desk.result
    frames = desk.result.samples.frame_index
    middle = int(frames[len(frames) // 2])
    return {
        "frame decoded": _timed(lambda: desk.view.film.picture(middle, 1600)),
        "frame from cache": _timed(lambda: desk.view.film.picture(middle, 1600)),
    }


def _has_pictures(shown: Shown) -> bool:
    return shown.result is not None and bool(shown.result.filmstrip.pictures)


def _until(view: View, holds: Callable[[Shown], bool]) -> float:
    """Wait as the page does, which makes its data each time; give when it holds."""
    version = -1
    while True:
        shown = view.wait(version, 10.0)
        film_data(view, shown, version)
        version = shown.version
        assert shown.stage != "failed", shown.error
        if holds(shown):
            return time.monotonic()


def _timed(call: Callable[[], object]) -> float:
    begin = time.monotonic()
    call()
    return time.monotonic() - begin


@contextmanager
def _fresh_cache() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FRAMEPICK_CACHE"] = str(Path(folder) / "cache")
        yield Path(folder)


if __name__ == "__main__":
    main()
