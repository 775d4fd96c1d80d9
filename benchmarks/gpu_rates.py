"""Rates on a GPU: of a network alone, of decoding alone, and of the search that does both.

    python -m benchmarks.gpu_rates [--out FILE] [--dry-run]

The networks are the shipped weights and a ResNet-50 with random weights, as large as that of the
article by Schwarz, Wieschollek and Lensch, in the precision that the device prefers: bf16 where it
has it. The films are a sample and the same one enlarged to 1080p. Printed are frames per second.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import cv2
import numpy as np
import torch

from framepick.aesthetic import load_model
from framepick.encoding.hardware import Runtime, choose_runtime
from framepick.model.card import Architecture, Card, default_weights
from framepick.model.checkpoint import load_checkpoint, save_checkpoint
from framepick.model.networks import Network
from framepick.session import open_session
from framepick.sources.opening import open_source
from framepick.types import Calibration, FrameRequest, Pixels, ViewSpec
from samples.clipmaker import write

SAMPLE = Path(__file__).parents[1] / "samples" / "edited.mp4"
PUBLISHED = 140.0
"""Frames per second of a search, as the article says, with ResNet-50 on a GTX 960."""
BATCHES = (32, 128, 512)
ROUNDS, WARM_UP = 20, 5
VIEW = ViewSpec(224)


@dataclass(frozen=True, slots=True)
class Rate:
    """One measurement."""

    what: str
    frames_per_second: float

    def __str__(self) -> str:
        times = self.frames_per_second / PUBLISHED
        return f"{self.what:58}{self.frames_per_second:10.1f} frames/s{times:8.1f} times 140"


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description="Rates of networks, decoding and searches.")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--dry-run", action="store_true")
    options = parser.parse_args()
    runtime = choose_runtime("auto")
    print(f"{_device(runtime)}, torch {torch.__version__}, {runtime.name}")
    about = {"device": _device(runtime), "torch": torch.__version__, "runtime": runtime.name}
    rows = []
    with TemporaryDirectory() as folder:
        for rate in _rates(runtime, Path(folder), is_dry=options.dry_run):
            print(rate, flush=True)
            rows.append(asdict(rate))
            if options.out:  # what is known is kept, should time run out
                figures = {**about, "published": PUBLISHED, "rates": rows}
                options.out.write_text(json.dumps(figures, indent=1))


def _rates(runtime: Runtime, folder: Path, *, is_dry: bool) -> Iterator[Rate]:
    networks = {"framepick-mobile": default_weights(), "ResNet-50": _resnet(folder)}
    batches, rounds = ((2,), 1) if is_dry else (BATCHES, ROUNDS)
    for name, weights in networks.items():
        yield from _forward(name, weights, runtime, batches, rounds)
    films = _films(folder, seconds=1 if is_dry else 20)
    for film, path in films.items():
        yield Rate(f"decoding and views alone, {film}", _timed(partial(_decode, path)))
        for name, weights in networks.items():
            yield Rate(f"search of all frames, {name}, {film}", _search(path, weights, runtime))


def _forward(
    name: str, weights: Path, runtime: Runtime, batches: Sequence[int], rounds: int
) -> Iterator[Rate]:
    """Measure a network on views that are on the device."""
    network, card = load_checkpoint(weights)
    network.to(runtime.device).to(memory_format=torch.channels_last)
    network.backbone.set_precision(runtime.precision)
    side = card.view.size
    for batch in batches:
        views = torch.randint(0, 256, (batch, side, side, 3), dtype=torch.uint8)
        there = views.to(runtime.device)

        def run(count: int, there: torch.Tensor = there) -> int:
            with torch.inference_mode():
                for _ in range(count):
                    last = network(there)[0]
            last.cpu()  # waits for all of them
            return count * len(there)

        run(WARM_UP if rounds > 1 else 1)
        yield Rate(f"forward only, {name}, batches of {batch}", _timed(partial(run, rounds)))


def _decode(path: Path) -> int:
    with open_source(path, VIEW) as source:
        return sum(1 for _ in source.frames(FrameRequest()))


def _search(path: Path, weights: Path, runtime: Runtime) -> float:
    """Measure the search of all frames, from the start of its decoder to the last score."""
    model = load_model(weights, str(runtime.device), runtime="torch")

    def search() -> int:
        with open_session(path, model) as session:
            session.processor.process(FrameRequest())
            return len(session.curve.times_seconds)

    search()  # what is done once is done
    return _timed(search)


def _timed(work: Callable[[], int]) -> float:
    """Run what gives a number of frames, and return how many it does in a second."""
    start = time.perf_counter()
    count = work()
    return count / (time.perf_counter() - start)


def _films(folder: Path, seconds: int) -> dict[str, Path]:
    """Make films of so many seconds at most, of the sample as it is and enlarged."""
    films = {"360p": (640, 360), "1080p": (1920, 1080)}
    return {name: _film(folder / f"{name}.mp4", size, seconds) for name, size in films.items()}


def _film(path: Path, size: tuple[int, int], seconds: int) -> Path:
    frames = (np.asarray(cv2.resize(pixels, size), np.uint8) for pixels in _pictures(25 * seconds))
    write(path, frames, rate=25, gop=50, container="mp4", options={"preset": "veryfast"})
    return path


def _pictures(most: int) -> Iterator[Pixels]:
    with av.open(str(SAMPLE)) as container:
        for _, frame in zip(range(most), container.decode(video=0), strict=False):
            yield np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)


def _resnet(folder: Path) -> Path:
    """Write a ResNet-50 with random weights and the head of the article."""
    architecture = Architecture(
        "resnet50", levels=(), faults=0, aesthetic=1000, content=128, head="projection"
    )
    network = Network(architecture).eval().requires_grad_(False)
    path = folder / "resnet50.safetensors"
    save_checkpoint(path, network, _card(architecture))
    return path


def _card(architecture: Architecture) -> Card:
    return Card(
        name="ResNet-50",
        architecture=architecture,
        view=VIEW,
        normalisation="none",
        licence="CC0-1.0",
        origin="random numbers",
        data=(),
        method="drawn",
        figures={},
        limits=("knows nothing",),
        calibration=Calibration("evenly spaced numbers", np.linspace(0.0, 2.0, 11)),
    )


def _device(runtime: Runtime) -> str:
    return torch.cuda.get_device_name() if runtime.device.type == "cuda" else str(runtime.device)


if __name__ == "__main__":
    main()
