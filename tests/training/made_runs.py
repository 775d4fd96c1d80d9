"""Made-up pictures and ratings to train on, and configurations of short runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from framepick.training.config import TrainConfig, read_config
from framepick.types import Rows

SILENT: Callable[..., None] = lambda *_: None  # noqa: E731
CPU = torch.device("cpu")
HEAD = """
name = "run"
out = "out"
licence = "CC0-1.0"
device = "cpu"

[network]
backbone = "tiny"
initial = "random"
levels = [0, 1]
aesthetic = 8
content = 4
view = 32

[data]
ratings = [{ path = "rated.csv", licence = "CC0-1.0", only_free = false }]
photos = [{ path = "images", licence = "CC-BY-4.0" }]
"""
DESCENT = """
[descent]
steps = 6
batch = 12
learning_rate = 1e-3
checkpoint_every = 2
measure_every = 3
"""


def make_pictures(folder: Path, lights: Sequence[float]) -> None:
    """Random blocks, as bright as `lights` says."""
    rng = np.random.default_rng(5)
    (folder / "images").mkdir(exist_ok=True)
    for number, light in enumerate(lights):
        blocks = (light * rng.uniform(0, 255, (6, 5, 3))).astype(np.uint8)
        picture = Image.fromarray(blocks).resize((40, 48), Image.Resampling.NEAREST)
        picture.save(folder / "images" / f"{number}.png")


def make_ratings(folder: Path, scores: Sequence[float]) -> None:
    rows = [f"{number}.png,{score},{number // 2}" for number, score in enumerate(scores)]
    (folder / "rated.csv").write_text("\n".join(["path,score,theme", *rows]))


def make_data(folder: Path) -> Path:
    lights = np.random.default_rng(1).uniform(0.1, 1.0, 30).tolist()
    make_pictures(folder, lights)
    make_ratings(folder, lights)
    return folder


def configure(folder: Path, text: str) -> TrainConfig:
    (folder / "run.toml").write_text(text)
    return read_config(folder / "run.toml")


LEARNING = """
[descent]
steps = 120
batch = 24
augment = false
learning_rate = 3e-3
optimiser = "adamw"
unfreeze_from = 0
held_out_folds = 3
measure_every = 50

[losses.rank]
"""


class Numbers:
    """A loader whose inputs are the rows themselves."""

    def __len__(self) -> int:
        return 40

    def prefetch(self, rows: Rows) -> None:
        pass

    def load(self, rows: Rows, rng: np.random.Generator) -> list[torch.Tensor]:
        return [torch.from_numpy(rows).float()]
