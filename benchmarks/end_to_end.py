"""How close the exact plan comes to its limit on the CPU.

    python -m benchmarks.end_to_end [CLIP ...] [--seconds 40] [--rounds 5]

The limit is what the machine could do if nothing but the work itself took time and every core was
always busy: cores / (CPU seconds a frame of decoding + resizing + measuring + encoding). Each part
is measured alone, and the whole search in the same round; printed are the medians. The child
process, the pass over the packets and the compilation of the network come before the clock starts.

On a machine that has other things to do, nobody gets all of every core: so, before each search,
processes that only count say which share of them is to be had, and the ratio is given both as it
is and by that share.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import av
import numpy as np
import psutil

from benchmarks.clips import FULL, SMALL, excerpt
from benchmarks.figures import Cost, free_share, keep, load, middle, timed
from framepick.aesthetic import AestheticModel, load_model
from framepick.encoding.machine import cores
from framepick.measures import measure
from framepick.session import Session, open_session
from framepick.sources.containers import decoder_of, open_container, stream_at
from framepick.sources.devices import usual_threads
from framepick.sources.views import PictureConverter
from framepick.types import FrameBatch, FrameRequest, Moment, Pixels, ScoreCurve

_FRAMES = 96
"""That the parts other than decoding are measured on: a whole number of batches."""


@dataclass(frozen=True, slots=True)
class Round:
    """One round: CPU seconds a frame of each part, and the search of all frames."""

    parts: dict[str, float]
    frames: int
    search: Cost
    child_cpu: float
    """Seconds of the search that the decoder process took."""
    free: float
    """Share of all cores that was to be had, 0 to 1."""

    @property
    def limit(self) -> float:
        """Frames per second."""
        return cores() / sum(self.parts.values())

    @property
    def speed(self) -> float:
        """Frames per second of the search."""
        return self.frames / self.search.wall


def one_round(path: Path, model: AestheticModel) -> Round:
    """Measure each part alone, then the search."""
    frames, parts = _parts(path, model)
    free = free_share()
    with open_session(path, model) as search:
        before = _children_cpu()
        cost = timed(lambda: _all_of(search))
        child_cpu = _children_cpu() - before
    return Round(parts, frames, Cost(cost.wall, cost.cpu + child_cpu), child_cpu, free)


def _children_cpu() -> float:
    """CPU seconds of the decoder process so far."""
    return sum(sum(child.cpu_times()[:2]) for child in psutil.Process().children())


def _all_of(search: Session) -> ScoreCurve:
    search.processor.process(FrameRequest())
    return search.curve


def _parts(path: Path, model: AestheticModel) -> tuple[int, dict[str, float]]:
    """Frames of a video, and CPU seconds of each part of the work on one of them."""
    frames = 0

    def decode() -> None:
        nonlocal frames
        frames = sum(1 for _ in _pictures(path))

    decoding = timed(decode).cpu
    pictures = list(islice(_pictures(path), _FRAMES))
    converter = PictureConverter(model.encoder.view_spec)
    views: list[Pixels] = []
    resizing = timed(lambda: views.extend(converter.view(picture) for picture in pictures)).cpu
    measuring = timed(lambda: [measure(view, None, False) for view in views]).cpu
    encoding = timed(_encoding(views, model)).cpu
    others = {"resize": resizing, "measures": measuring, "encode": encoding}
    each = {name: seconds / len(pictures) for name, seconds in others.items()}
    return frames, {"decode": decoding / frames, **each}


def _pictures(path: Path) -> Iterator[av.VideoFrame]:
    with open_container(str(path)) as container:
        stream = stream_at(container, 0)
        decoder_of(stream, usual_threads())
        yield from container.decode(stream)


def _encoding(views: list[Pixels], model: AestheticModel) -> Callable[[], None]:
    size = model.encoder.batch_size
    moments = tuple(Moment(i, i, Fraction(1), float(i)) for i in range(len(views)))
    stacked = np.stack(views)

    def encode() -> None:
        for at in range(0, len(views), size):
            model.encoder.encode(FrameBatch(stacked[at : at + size], moments[at : at + size]))

    return encode


def report(path: Path, name: str, rounds: list[Round]) -> dict[str, Any]:
    """Print the medians of the rounds; give them as a row."""
    parts = {part: median(r.parts[part] for r in rounds) * 1e3 for part in rounds[0].parts}
    whole, frames = middle([r.search for r in rounds]), rounds[0].frames
    ratio = median(r.speed / r.limit for r in rounds)
    row: dict[str, Any] = {
        "clip": name,
        "frames": frames,
        "parts_ms": parts,
        "limit": median(r.limit for r in rounds),
        "speed": median(r.speed for r in rounds),
        "ratio": ratio,
        "free": median(r.free for r in rounds),
        "ratio_of_free": median(r.speed / r.limit / r.free for r in rounds),
        "cpu_ms": whole.cpu / frames * 1e3,
        "busy": whole.cpu / whole.wall / cores(),
        "decoder_cpu_ms": median(r.child_cpu for r in rounds) / frames * 1e3,
    }
    listed = ", ".join(f"{part} {cost:.2f}" for part, cost in parts.items())
    print(
        f"{path.name}, {name}, {frames} frames: CPU ms a frame: {listed}; {sum(parts.values()):.2f}"
    )
    print(
        f"  limit {row['limit']:.1f} frames/s, search {row['speed']:.1f}, ratio {ratio:.3f} "
        f"({min(r.speed / r.limit for r in rounds):.3f} to "
        f"{max(r.speed / r.limit for r in rounds):.3f})"
    )
    print(
        f"  CPU {row['cpu_ms']:.2f} ms a frame in the search, {row['decoder_cpu_ms']:.2f} of them "
        f"in the decoder process; cores busy {100 * row['busy']:.1f} %"
    )
    print(
        f"  share of the cores that was to be had {100 * row['free']:.1f} %; "
        f"ratio by that {row['ratio_of_free']:.3f}",
        flush=True,
    )
    return row


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description="Exact search against its limit.")
    parser.add_argument("clips", nargs="*", type=Path)
    parser.add_argument("--seconds", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    made = {f"{k.height}p": excerpt(k, options.seconds) for k in (FULL, SMALL)}
    clips = {path.name: path for path in options.clips} or made
    model = load_model(device="cpu")
    print(f"{load()}, {model.runtime}, batches of {model.encoder.batch_size}")
    rows = []
    for name, path in clips.items():
        one_round(path, model)  # what is done once is done
        rows.append(report(path, name, [one_round(path, model) for _ in range(options.rounds)]))
    keep("end_to_end", rows)


if __name__ == "__main__":
    main()
