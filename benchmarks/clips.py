"""Films to measure with: many shots of photographs in motion, H.264, as long as one likes.

    python -m benchmarks.clips

Two minutes are rendered once, in several sizes and distances of key frames, and kept in
`build/bench/clips`. Longer films repeat their groups of pictures in another order, by copying
packets, so that sixteen minutes are there at once. The photographs are those of the folder that
FRAMEPICK_DATA names, else those of the samples.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from queue import Queue
from typing import Any

import av
import cv2
import numpy as np
from av.packet import Packet

from samples.clipmaker import Pixels, Scene, View, load, names, render, write

CLIPS = Path(__file__).parents[1] / "build" / "bench" / "clips"
RATE = 25
BLOCK_SECONDS = 8
"""What is put in another order; a whole number of groups of pictures."""
BASE_BLOCKS = 16
LOOPS = (1, 4, 16)
"""Lengths of films, in units of `UNIT_BLOCKS`: about as many minutes."""
UNIT_BLOCKS = 8
LARGEST = (1920, 1080)
_QUEUED = 4


@dataclass(frozen=True, slots=True)
class Kind:
    """A size and a distance of key frames."""

    height: int
    gop_seconds: int

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels, 16 to 9."""
        return self.height * 16 // 9, self.height

    def __str__(self) -> str:
        return f"{self.height}p, key frames {self.gop_seconds} s apart"


FULL, SHORT_GROUPS, SMALL = Kind(1080, 8), Kind(1080, 2), Kind(360, 8)
KINDS = (FULL, SHORT_GROUPS, SMALL)


def film(kind: Kind, units: int) -> Path:
    """Give a film of `units` times 64 s, which is made if it is not there."""
    path = CLIPS / f"{_material()}_{kind.height}p_gop{kind.gop_seconds}_{units * UNIT_BLOCKS}.mp4"
    if not path.exists():
        _whole(path, lambda target: _join(_base(kind), target, _order(units * UNIT_BLOCKS)))
    return path


def excerpt(kind: Kind, seconds: int) -> Path:
    """Give the first `seconds` of a film, a multiple of `BLOCK_SECONDS`."""
    path = CLIPS / f"{_material()}_{kind.height}p_gop{kind.gop_seconds}_first{seconds}.mp4"
    if not path.exists():
        order = list(range(seconds // BLOCK_SECONDS))
        _whole(path, lambda target: _join(_base(kind), target, order))
    return path


def _base(kind: Kind) -> Path:
    """Give the film that the others are made of; all kinds are rendered at once."""
    paths = {k: CLIPS / f"{_material()}_{k.height}p_gop{k.gop_seconds}_base.mp4" for k in KINDS}
    if not paths[kind].exists():
        CLIPS.mkdir(parents=True, exist_ok=True)
        parts = {k: path.with_suffix(".part") for k, path in paths.items()}
        _write_all(render(_scenes(), *LARGEST, rate=RATE), parts)
        for k, part in parts.items():
            part.rename(paths[k])
    return paths[kind]


def _write_all(frames: Iterable[Pixels], paths: dict[Kind, Path]) -> None:
    """Write the same frames as every kind at the same time."""
    queues: dict[Kind, Queue[Pixels | None]] = {kind: Queue(_QUEUED) for kind in paths}
    with ThreadPoolExecutor(len(paths)) as pool:
        done = [pool.submit(_write, path, kind, queues[kind]) for kind, path in paths.items()]
        for frame in chain(frames, [None]):
            for queue in queues.values():
                queue.put(frame)
    for future in done:
        future.result()


def _write(path: Path, kind: Kind, queue: Queue[Pixels | None]) -> None:
    frames = _taken(queue)
    gop = kind.gop_seconds * RATE
    options = {"x264-params": f"scenecut=0:min-keyint={gop}:open-gop=0"}
    try:
        write(
            path,
            (_scaled(frame, kind) for frame in frames),
            rate=RATE,
            gop=gop,
            bframes=3,
            options=options,
            container="mp4",
            threads=2,
        )
    finally:
        deque(frames, maxlen=0)  # whoever renders must not wait for ever, even if this failed


def _taken(queue: Queue[Pixels | None]) -> Iterator[Pixels]:
    while (frame := queue.get()) is not None:
        yield frame


def _scaled(frame: Pixels, kind: Kind) -> Pixels:
    if kind.size == LARGEST:
        return frame
    return np.asarray(cv2.resize(frame, kind.size, interpolation=cv2.INTER_AREA), np.uint8)


def _scenes() -> list[Scene]:
    """Shots of 2 to 10 s: a camera held by hand pans or zooms over a photograph, with grain."""
    rng = np.random.default_rng(5)
    pictures, left = _pictures(), float(BLOCK_SECONDS * BASE_BLOCKS)
    scenes: list[Scene] = []
    while left > 0:
        picture = pictures[len(scenes) % len(pictures)]
        seconds = min(left, float(rng.integers(2, 11)))
        left -= seconds
        scenes.append(
            Scene(
                picture,
                seconds,
                camera=tuple((time, _view(rng)) for time in (0.0, seconds / 2, seconds)),
                shake=float(rng.uniform(0.3, 3.0)),
                defocus=((0.0, 0.0), (seconds, float(rng.choice([0.0, 0.0, 4.0])))),
                exposure=((0.0, float(rng.normal(0, 0.4))), (seconds, 0.0)),
                noise=2.0,
            )
        )
    return scenes


def _view(rng: np.random.Generator) -> View:
    width = float(rng.uniform(0.45, 0.85))
    x, y = rng.uniform(width / 2, 1 - width / 2, 2)
    return View(float(x), float(y), width, float(rng.normal(0, 3)))


def _material() -> str:
    return "photographs" if _photographs() else "samples"


def _photographs() -> list[Path]:
    folder = os.environ.get("FRAMEPICK_DATA")
    return sorted(Path(folder).rglob("*.jpg")) if folder else []


def _pictures() -> list[Pixels]:
    """Give what shots are made of, in an order that mixes the subjects."""
    found = _photographs()
    if not found:
        return [load(name) for name in names()]
    some = np.random.default_rng(1).permutation(len(found))[:64]
    read = (cv2.imread(str(found[n]), cv2.IMREAD_COLOR_RGB) for n in some)
    return [np.asarray(pixels, np.uint8) for pixels in read if pixels is not None]


def _order(count: int) -> list[int]:
    """Give `count` numbers of blocks: pass after pass, each in another order."""
    rng = np.random.default_rng(0)
    passes = -(-count // BASE_BLOCKS)
    order = np.concatenate([rng.permutation(BASE_BLOCKS) for _ in range(passes)])
    return [int(number) for number in order[:count]]


def _join(source: Path, target: Path, order: Sequence[int]) -> None:
    """Write blocks of `source` one after the other, by copying packets."""
    with av.open(str(source)) as given, av.open(str(target), "w", format="mp4") as output:
        template = given.streams.video[0]
        assert template.time_base is not None
        ticks = int(BLOCK_SECONDS / template.time_base)
        packets = [packet for packet in given.demux(template) if packet.size]
        blocks = _blocks(packets, ticks)
        stream = output.add_stream_from_template(template)
        for place, number in enumerate(order):
            for data, pts, dts, is_key in blocks[number]:
                packet = Packet(data)
                packet.time_base, packet.is_keyframe = template.time_base, is_key
                packet.pts, packet.dts = (stamp + place * ticks for stamp in (pts, dts))
                packet.stream = stream
                output.mux(packet)


def _blocks(packets: Sequence[Packet[Any]], ticks: int) -> list[list[tuple[bytes, int, int, bool]]]:
    """Group packets by the block they belong to; stamps count from the start of their block."""
    blocks: list[list[tuple[bytes, int, int, bool]]] = [[] for _ in range(BASE_BLOCKS)]
    for packet in packets:
        assert packet.pts is not None
        assert packet.dts is not None
        number = packet.pts // ticks  # groups are closed: a block's packets are shown within it
        start = number * ticks
        row = bytes(packet), packet.pts - start, packet.dts - start, packet.is_keyframe
        blocks[number].append(row)
    assert all(block[0][3] for block in blocks)
    return blocks


def _whole(path: Path, make: Callable[[Path], None]) -> None:
    """Make a file under another name first: what has the final one is whole."""
    part = path.with_suffix(".part")
    make(part)
    part.rename(path)


def main() -> None:
    """Make all films and print them."""
    for kind in KINDS:
        for units in LOOPS if kind != SHORT_GROUPS else LOOPS[-1:]:
            path = film(kind, units)
            print(f"{path.name}: {kind}, {path.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
