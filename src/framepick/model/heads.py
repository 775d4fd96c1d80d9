"""What a network says of a picture: how good it is, and what it shows.

The score of a picture is the Euclidean norm of its aesthetic vector, as in Schwarz, Wieschollek,
Lensch, "Will People Like Your Image?" (2018), and is never computed in another way.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

LENGTH_FLOOR = 1e-6


class RadialHead(nn.Module):
    """Sets the length and the direction of the aesthetic vector apart.

    The length is what a linear rating of beauty leaves after its faults are taken off; a fault
    costs nothing while it is absent and in proportion once it shows (softplus), so that clean
    pictures of different things are told apart by their beauty alone. The direction and the
    content vector are fixed projections of the pooled features.
    """

    fault_cost: Tensor

    def __init__(
        self, *, features: int, statistics: int, faults: int, aesthetic: int, content: int
    ) -> None:
        super().__init__()
        self.beauty = nn.Linear(features, 1)
        self.faults = nn.Linear(statistics, faults)
        self.direction = nn.Linear(features, aesthetic)
        self.content = nn.Linear(features, content)
        self.register_buffer("fault_cost", torch.ones(faults))

    def forward(self, pooled: Tensor, statistics: Tensor) -> tuple[Tensor, Tensor]:
        """Give the aesthetic (N, D) and content (N, C) vectors.

        `pooled` is the mean (N, F) of each channel of the last level on a signed log scale,
        `statistics` (N, S) what `map_statistics` gives for the chosen levels.
        """
        length = radius(self.beauty(pooled), self.faults(statistics), self.fault_cost)  # (N, 1)
        aesthetic = length * unit_rows(self.direction(pooled))
        return aesthetic, unit_rows(self.content(pooled))


def radius(beauty: Tensor, faults: Tensor, cost: Tensor) -> Tensor:
    """Length (N, 1) above 0, from `beauty` (N, 1) and the logits `faults` (N, K) at `cost` (K,)."""
    deduction = (functional.softplus(faults) * cost).sum(dim=1, keepdim=True)
    return functional.softplus(beauty - deduction)


def unit_rows(rows: Tensor) -> Tensor:
    """`rows` (N, D) scaled to Euclidean length 1."""
    return functional.normalize(rows, dim=1, eps=LENGTH_FLOOR)


def map_statistics(maps: Tensor) -> Tensor:
    """Mean and deviation of each channel over the picture, on a signed log scale.

    (N, C, H, W) feature maps of any precision give (N, 2 C) float32.
    """
    values = maps.float()
    mean = values.mean(dim=(2, 3))
    square = (values * values).mean(dim=(2, 3))
    deviation = (square - mean * mean).clamp_min(0.0).sqrt()
    return signed_log(torch.cat([mean, deviation], dim=1))


def signed_log(values: Tensor) -> Tensor:
    """Log of 1 plus the size, with the sign kept: tames the few channels that are very large."""
    return values.sign() * values.abs().log1p()
