"""The three face networks in OpenVINO: the detector, the points of a face, and its expressions."""

from __future__ import annotations

import hashlib
import json
from importlib import resources
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
from numpy.typing import NDArray

from framepick.encoding.compiled import KeptNetworks, Options
from framepick.encoding.openvino_library import CompiledModel, core
from framepick.errors import WeightsError
from framepick.faces.crops import Pixels

ARCHIVE_NAME, CARD_NAME = "framepick-faces.zip", "framepick-faces.json"
_WAY_OUT = "install framepick again"

Floats = NDArray[np.floating[Any]]

# fmt: off
_EXPRESSION_POINTS = np.array([
    0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65,
    66, 67, 70, 78, 80, 81, 82, 84, 87, 88, 91, 93, 95, 103, 105, 107, 109, 127, 132, 133, 136,
    144, 145, 146, 148, 149, 150, 152, 153, 154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172,
    173, 176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251, 263, 267, 269, 270, 276, 282, 283,
    284, 285, 288, 291, 293, 295, 296, 297, 300, 308, 310, 311, 312, 314, 317, 318, 321, 323, 324,
    332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385,
    386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472,
    473, 474, 475, 476, 477,
])
# fmt: on
"""(146,) points of a face that its expressions are computed from."""


class FaceNetworks:
    """The networks of the shipped archive, for one face at a time, each made ready when needed.

    In the folder `kept` are those that were compiled before, None for none.

    Raises
    ------
    WeightsError
        The archive is missing or damaged.
    """

    def __init__(self, threads: int, kept: Path | None = None) -> None:
        path, self._digest = _checked(_folder())
        with ZipFile(path) as archive:
            self._parts = {name: archive.read(name) for name in archive.namelist()}
        self._threads = threads
        self._kept = KeptNetworks(kept)
        self._compiled: dict[str, CompiledModel] = {}

    def detect(self, square: Pixels) -> tuple[Floats, Floats]:
        """Give boxes (896, 16) and logits (896,) of a picture (128, 128, 3) for `decode`."""
        boxes, logits = self._run("detector", square.astype(np.float32)[None] / 127.5 - 1)
        return boxes[0], logits[0, :, 0]

    def landmarks(self, crop: Pixels) -> tuple[Floats, float]:
        """Give the points (478, 3) of a level face in a crop (256, 256, 3), and a confidence.

        Points are in pixels of the crop, the third number is depth on the same scale; the
        confidence, 0 to 1, says whether there is a face.
        """
        points, logit = self._run("landmarks", crop.astype(np.float32)[None] / 255)
        return points.reshape(478, 3), float(1 / (1 + np.exp(-np.clip(logit.item(), -80, 80))))

    def expressions(self, points: Floats) -> Floats:
        """Give the strengths (52,), 0 to 1, of the expressions of a face with `points` (478, 2)."""
        chosen = points[_EXPRESSION_POINTS].astype(np.float32)[None]
        return self._run("blendshapes", chosen)[0]

    def _run(self, name: str, values: Floats) -> list[Floats]:
        if name not in self._compiled:
            parts = [self._parts.pop(f"{name}.{end}") for end in ("xml", "bin")]
            self._compiled[name] = self._kept.of(
                f"{self._digest} {name}", _options(self._threads), lambda: core().read_model(*parts)
            )
        network = self._compiled[name]
        found = network(values)
        return [np.array(found[place]) for place in range(len(network.outputs))]


def _folders() -> tuple[Path, ...]:
    """Where the archive may lie: in the installed package, else in the checkout's weights/."""
    installed = Path(str(resources.files("framepick"))) / "weights"
    return installed, Path(__file__).parents[3] / "weights"


def _folder() -> Path:
    for folder in _folders():
        if (folder / ARCHIVE_NAME).is_file():
            return folder
    raise WeightsError(f"no {ARCHIVE_NAME} in {_folders()[0]}; {_WAY_OUT}")


def _checked(folder: Path) -> tuple[Path, str]:
    """Give the archive's path and its checksum, if it is the one that its card names."""
    archive, card = folder / ARCHIVE_NAME, folder / CARD_NAME
    try:
        expected = json.loads(card.read_text())["sha256"]
        digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise WeightsError(f"{archive}: it or its card cannot be read; {_WAY_OUT}") from error
    if digest != expected:
        raise WeightsError(f"{archive}: differs from what its card says; {_WAY_OUT}")
    return archive, digest


def _options(threads: int) -> Options:
    return {
        "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32",
        "INFERENCE_NUM_THREADS": threads,
        "ENABLE_CPU_PINNING": False,  # the decoder needs a core, too, whichever is free
    }
