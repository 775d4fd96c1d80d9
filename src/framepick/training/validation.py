"""Validation metrics on held-out data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from framepick.distortions import TECHNICAL, distort, to_pictures
from framepick.evaluation.footage.clips import RatedClip
from framepick.metrics import spearman
from framepick.training.augment import PlainAugmenter, distorted_side, resized
from framepick.training.datasets import Data
from framepick.training.frozen_split import FrozenSplit
from framepick.training.loader import step_rng, torch_generator
from framepick.training.losses import norms
from framepick.training.moments import gain_of_top, mean_within
from framepick.training.pictures import Pictures
from framepick.types import Floats

MAX_PHOTOS = 16
"""Held-out photos that are distorted, each in every technical kind."""
MIN_RATED = 8
"""Fewest pictures for a rank correlation."""
BATCH = 32
MIDDLE = 2.0
"""Strength of the distortions, on the scale of `distort`."""


@dataclass(frozen=True, slots=True, eq=False)
class ValidationMetric:
    """One metric, with the outputs of the frozen levels that it is computed from."""

    name: str
    inputs: list[Tensor]
    ratings: Floats | None
    """Ratings (N,); None where views come in pairs, the undistorted one first."""

    def evaluate(self, split: FrozenSplit) -> float:
        """Return Spearman's correlation, or the share of pairs won, where a tie counts half."""
        scores = scores_of(split, self.inputs)
        if self.ratings is not None:
            return spearman(scores, self.ratings)
        clean, distorted = scores.reshape(-1, 2).T
        return float(np.mean((clean > distorted) + 0.5 * (clean == distorted)))


@dataclass(frozen=True, slots=True, eq=False)
class MomentMetric:
    """A figure of the moments of the rated frames of clips."""

    name: str
    inputs: list[Tensor]
    """Outputs of the frozen levels for the frames of all clips, one clip after the other."""
    clips: tuple[RatedClip, ...]
    figure: Callable[[Sequence[RatedClip], Floats], float]

    def evaluate(self, split: FrozenSplit) -> float:
        """Return the figure."""
        moments = aesthetic_of(split, self.inputs)[0][:, -1]
        return self.figure(self.clips, np.asarray(moments.double().cpu().numpy(), np.float64))


Metric = ValidationMetric | MomentMetric


def validation_metrics(data: Data, split: FrozenSplit, view: int, seed: int) -> tuple[Metric, ...]:
    """Return the metrics that the held-out data allow."""
    found: list[Metric] = []
    for one in data.rated:
        if len(one.held_out_rows) >= MIN_RATED:
            inputs = plain_features(one.held_out, split, view)
            name = f"spearman {one.rated.name}"
            found.append(ValidationMetric(name, inputs, one.rated.score[one.held_out_rows]))
    if data.held_out_photos is not None:
        inputs = _pair_inputs(data.held_out_photos, split, view, seed)
        found.append(ValidationMetric("technical pairs won", inputs, None))
    if data.footage is not None and (frames := data.footage.held_out) is not None:
        inputs = plain_features(frames.pictures, split, view)
        found.append(MomentMetric("moments within clips", inputs, frames.clips, mean_within))
        found.append(MomentMetric("gain of moments", inputs, frames.clips, gain_of_top))
    return tuple(found)


def plain_features(pictures: Pictures, split: FrozenSplit, view: int) -> list[Tensor]:
    """Run the frozen levels on all pictures, without augmentation."""
    augmenter = PlainAugmenter(pictures, view, is_augmented=False)
    generator = torch.Generator()
    rows = np.arange(len(pictures))
    parts = [
        split.run_frozen(augmenter.augment(rows[start : start + BATCH], generator)[:, 0])
        for start in range(0, len(rows), BATCH)
    ]
    return _joined(parts)


def scores_of(split: FrozenSplit, inputs: Sequence[Tensor]) -> Floats:
    """Return scores (N,) from the outputs of the frozen levels."""
    beauty = split.network.without_moment(aesthetic_of(split, inputs)[0])
    return np.asarray(norms(beauty).double().cpu().numpy(), np.float64)


def aesthetic_of(split: FrozenSplit, inputs: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Return aesthetic vectors (N, D) and pooled features (N, F) from the frozen outputs."""
    split.set_training(False)
    aesthetic, features = [], []
    with torch.no_grad():
        for start in range(0, len(inputs[0]), BATCH):
            deep, statistics = split.run_trainable([part[start : start + BATCH] for part in inputs])
            aesthetic.append(split.network.head(deep, statistics)[0])
            features.append(deep)
    return torch.cat(aesthetic), torch.cat(features)


def _pair_inputs(photos: Pictures, split: FrozenSplit, view: int, seed: int) -> list[Tensor]:
    """Run the frozen levels on alternating undistorted and distorted copies of every kind."""
    rows = np.unique(np.linspace(0, len(photos) - 1, MAX_PHOTOS).astype(np.int64))
    pictures = to_pictures(photos.views(rows))
    strengths = torch.tensor([0.0, MIDDLE]).expand(len(rows), -1)
    parts = []
    for number, kind in enumerate(TECHNICAL):
        generator = torch_generator(step_rng(seed, "measure", number))
        sides = distort(
            pictures, kind, strengths, generator, same_draw=True, side=distorted_side(view)
        )
        parts.append(split.run_frozen(resized(sides.flatten(0, 1), view)))
    return _joined(parts)


def _joined(parts: Sequence[list[Tensor]]) -> list[Tensor]:
    return [torch.cat(column) for column in zip(*parts, strict=True)]
