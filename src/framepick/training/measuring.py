"""How a network does on parts of the data that it was not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from framepick.distortions import TECHNICAL, copies, to_pictures
from framepick.metrics import spearman
from framepick.training.augment import Plain, resized
from framepick.training.datasets import Data
from framepick.training.divided import Divided
from framepick.training.loader import step_chance, torch_generator
from framepick.training.losses import norms
from framepick.training.pictures import Pictures
from framepick.types import Floats

MOST_PHOTOS = 16
"""Held-out photos of which fault pairs are made, all kinds of each."""
FEWEST_RATED = 8
"""Below, a rank correlation says nothing."""
BATCH = 32
MIDDLE = 2.0
"""Strength of the faults, on the scale of `copies`."""


@dataclass(frozen=True, slots=True, eq=False)
class Measure:
    """One figure: what frozen levels say of the views, and what people say of them."""

    name: str
    inputs: list[Tensor]
    ratings: Floats | None
    """(N,); None where views come in pairs, the sound one first."""

    def of(self, divided: Divided) -> float:
        """Spearman's correlation, or the share of pairs that are won; a tie counts half."""
        scores = scores_of(divided, self.inputs)
        if self.ratings is not None:
            return spearman(scores, self.ratings)
        sound, faulty = scores.reshape(-1, 2).T
        return float(np.mean((sound > faulty) + 0.5 * (sound == faulty)))


def held_out_measures(data: Data, divided: Divided, view: int, seed: int) -> tuple[Measure, ...]:
    """The figures that the held-out parts allow."""
    found = []
    for one in data.rated:
        if len(one.held_out_rows) >= FEWEST_RATED:
            inputs = plain_inputs(one.held_out, divided, view)
            name = f"spearman {one.rated.name}"
            found.append(Measure(name, inputs, one.rated.score[one.held_out_rows]))
    if data.held_out_photos is not None:
        inputs = _pair_inputs(data.held_out_photos, divided, view, seed)
        found.append(Measure("technical pairs won", inputs, None))
    return tuple(found)


def plain_inputs(pictures: Pictures, divided: Divided, view: int) -> list[Tensor]:
    """What frozen levels say of all pictures as they are."""
    maker = Plain(pictures, view, is_augmented=False)
    generator = torch.Generator()
    rows = np.arange(len(pictures))
    parts = [
        divided.front(maker.make(rows[start : start + BATCH], generator)[:, 0])
        for start in range(0, len(rows), BATCH)
    ]
    return _joined(parts)


def scores_of(divided: Divided, inputs: Sequence[Tensor]) -> Floats:
    """Scores (N,) of what frozen levels said of N views."""
    return np.asarray(norms(aesthetic_of(divided, inputs)[0]).double().cpu().numpy(), np.float64)


def aesthetic_of(divided: Divided, inputs: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Aesthetic vectors (N, D) and pooled features (N, F) of N views."""
    divided.set_training(False)
    aesthetic, features = [], []
    with torch.no_grad():
        for start in range(0, len(inputs[0]), BATCH):
            deep, statistics = divided.back([part[start : start + BATCH] for part in inputs])
            aesthetic.append(divided.network.head(deep, statistics)[0])
            features.append(deep)
    return torch.cat(aesthetic), torch.cat(features)


def _pair_inputs(photos: Pictures, divided: Divided, view: int, seed: int) -> list[Tensor]:
    """Sound and faulty, by turns, for every technical kind and some photos."""
    rows = np.unique(np.linspace(0, len(photos) - 1, MOST_PHOTOS).astype(np.int64))
    pictures = to_pictures(photos.views(rows))
    strengths = torch.tensor([0.0, MIDDLE]).expand(len(rows), -1)
    parts = []
    for number, kind in enumerate(TECHNICAL):
        generator = torch_generator(step_chance(seed, "measure", number))
        sides = copies(pictures, kind, strengths, generator, same_draw=True)
        parts.append(divided.front(resized(sides.flatten(0, 1), view)))
    return _joined(parts)


def _joined(parts: Sequence[list[Tensor]]) -> list[Tensor]:
    return [torch.cat(column) for column in zip(*parts, strict=True)]
