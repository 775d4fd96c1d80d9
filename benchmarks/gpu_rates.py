"""Rates on a GPU: of a network alone, of decoding alone, and of the search that does both.

    python -m benchmarks.gpu_rates [--out FILE] [--dry-run]

The networks are the shipped weights and a ResNet-50 with random weights, as large as that of the
article by Schwarz, Wieschollek and Lensch, in the precision that the device prefers: bf16 where it
has it. The films are a sample, again and again for a minute, and the same enlarged to 1080p.
Printed are frames per second, and for a search its share of the slower of decoding and encoding.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import av
import cv2
import numpy as np
import torch

from framepick.aesthetic import load_model
from framepick.encoding.hardware import Runtime, choose_runtime
from framepick.encoding.torch_encoder import TorchEncoder
from framepick.model.card import Architecture, Card, default_weights
from framepick.model.checkpoint import load_checkpoint, save_checkpoint
from framepick.model.networks import Network
from framepick.session import open_session
from framepick.sources.video import VideoSource
from framepick.types import Calibration, FrameBatch, FrameRequest, Moment, Pixels, ViewSpec
from samples.clipmaker import write

SAMPLE = Path(__file__).parents[1] / "samples" / "edited.mp4"
PUBLISHED = 140.0
"""Frames per second of a search, as the article says, with ResNet-50 on a GTX 960."""
BATCHES = (32, 128, 512)
ROUNDS, WARM_UP = 20, 5
VIEW = ViewSpec(224)
"""Views that ResNet-50 takes; the shipped weights take larger ones."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One measurement."""

    what: str
    frames_per_second: float

    def __str__(self) -> str:
        times = self.frames_per_second / PUBLISHED
        return f"{self.what:76}{self.frames_per_second:10.1f} frames/s{times:8.1f} times 140"


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
    encoding = {}
    for name, weights in networks.items():
        yield from _forward(name, weights, runtime, batches, rounds)
        encoding[name] = _encode(weights, runtime, rounds)
        yield Rate(f"vectors of views in memory, {name}", encoding[name])
    devices = ("off", "cuda") if runtime.device.type == "cuda" else ("off",)
    for film, path in _films(folder, seconds=1 if is_dry else 60).items():
        for device in devices:
            used, decoding = _decode(path, device)
            where = f"{film}, decoded by {used or 'the processor'}"
            yield Rate(f"decoding and views alone, {where}", decoding)
            for name, weights in networks.items():
                search = _search(path, weights, runtime, device)
                share = search / min(decoding, encoding[name])
                yield Rate(f"search of all frames, {name}, {where} ({share:.2f})", search)


def _forward(
    name: str, weights: Path, runtime: Runtime, batches: Sequence[int], rounds: int
) -> Iterator[Rate]:
    """Measure a network on views that are on the device, its kernels launched one by one."""
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


def _encode(weights: Path, runtime: Runtime, rounds: int) -> float:
    """Measure the encoder as a search uses it."""
    encoder = TorchEncoder(weights, str(runtime.device))
    size, side = encoder.batch_size, encoder.view_spec.size
    views = np.random.default_rng(0).integers(0, 256, (size, side, side, 3), dtype=np.uint8)
    moments = tuple(Moment(at, at, Fraction(1, 25), at / 25) for at in range(size))

    def run(count: int) -> int:
        for _ in range(count):
            encoder.encode(FrameBatch(views, moments))
        return count * size

    run(1)
    return _timed(partial(run, rounds))


def _decode(path: Path, hwaccel: str) -> tuple[str | None, float]:
    """Give the device that decoded, if one did, and the rate from the start of the decoder."""
    device = None

    def decode() -> int:
        nonlocal device
        with VideoSource(path, VIEW, hwaccel=hwaccel) as source:
            count = sum(1 for _ in source.frames(FrameRequest()))
            device = source.device
        return count

    rate = _timed(decode)
    return device, rate


def _search(path: Path, weights: Path, runtime: Runtime, hwaccel: str) -> float:
    """Measure the search of all frames, from the start of its decoder to the last score."""
    model = load_model(weights, str(runtime.device), runtime="torch")

    def search() -> int:
        with open_session(path, model, hwaccel=hwaccel) as session:
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
    """Make films of so many seconds, of the sample as it is and enlarged."""
    films = {"360p": (640, 360), "1080p": (1920, 1080)}
    return {name: _film(folder / f"{name}.mp4", size, seconds) for name, size in films.items()}


def _film(path: Path, size: tuple[int, int], seconds: int) -> Path:
    frames = (np.asarray(cv2.resize(pixels, size), np.uint8) for pixels in _pictures(25 * seconds))
    options = {"preset": "veryfast"}
    write(path, frames, rate=25, gop=50, container="mp4", options=options, threads=0)
    return path


def _pictures(count: int) -> Iterator[Pixels]:
    """Give so many pictures of the sample, which begins again at its end."""
    while count > 0:
        with av.open(str(SAMPLE)) as container:
            for frame in islice(container.decode(video=0), count):
                count -= 1
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
