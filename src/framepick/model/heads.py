"""The heads: how good a picture is (aesthetic vector, votes), and what it shows (content vector).

The score of a picture is the Euclidean norm of its aesthetic vector, as in Schwarz, Wieschollek,
Lensch, "Will People Like Your Image?" (2018), and is never computed in another way.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

LENGTH_FLOOR = 1e-6
APPEAL_TEMPERATURES = 2
VARIANCE_FLOOR = 1e-12  # above 0, where the slope of the root has no end


class RadialHead(nn.Module):
    """Computes the length and the direction of the aesthetic vector separately.

    The length is beauty less a deduction for faults; a fault costs nothing while it is absent and
    in proportion once it shows (softplus), so that undistorted pictures of different things are
    ordered by their beauty alone. Beauty is linear in the features and,
    where the head knows classes, in how much people tend to like pictures of what is shown. The
    direction and the content vector are fixed projections of the pooled features.

    With `moment`, the last column of the aesthetic vector is an axis of its own: how good a moment
    of its clip a frame is. Its zero point differs from clip to clip, so it says nothing about a
    picture on its own; see `scoring`.
    """

    fault_cost: Tensor

    def __init__(
        self,
        *,
        features: int,
        statistics: int,
        faults: int,
        aesthetic: int,
        content: int,
        hidden: int = 0,
        classes: int = 0,
        moment: bool = False,
    ) -> None:
        super().__init__()
        self.beauty = nn.Linear(features + statistics, 1)
        self.appeal = ClassAppeal(features, classes) if classes else None
        self.hidden = nn.Linear(statistics, hidden) if hidden else None
        self.faults = nn.Linear(hidden or statistics, faults)
        self.direction = nn.Linear(features, aesthetic - moment)
        self.moment = nn.Linear(statistics, 1) if moment else None
        self.content = nn.Linear(features, content)
        self.register_buffer("fault_cost", torch.ones(faults))

    def forward(self, pooled: Tensor, statistics: Tensor) -> tuple[Tensor, Tensor]:
        """Give the aesthetic (N, D) and content (N, C) vectors.

        `pooled` is the mean (N, F) of each channel of the last level on a signed log scale,
        `statistics` (N, S) what `map_statistics` gives for the chosen levels and filters.
        """
        length = radius(
            self.rate(pooled, statistics), self.find_faults(statistics), self.fault_cost
        )
        aesthetic = length * unit_rows(self.direction(pooled))
        if self.moment is not None:
            aesthetic = torch.cat([aesthetic, self.moment(statistics)], dim=1)
        return aesthetic, unit_rows(self.content(pooled))

    def rate(self, pooled: Tensor, statistics: Tensor) -> Tensor:
        """Beauty (N, 1), as if a picture had no faults."""
        beauty: Tensor = self.beauty(torch.cat([pooled, statistics], dim=1))
        return beauty if self.appeal is None else beauty + self.appeal(pooled)

    def find_faults(self, statistics: Tensor) -> Tensor:
        """Logits (N, K) of faults."""
        features = statistics if self.hidden is None else functional.relu(self.hidden(statistics))
        logits: Tensor = self.faults(features)
        return logits


class ClassAppeal(nn.Module):
    """How much people tend to like pictures of what a picture seems to show.

    A classifier's shares of the classes, sharp and soft (two temperatures), weigh what each class
    is worth. The shares are the semantics; the worths are a table that comes with the weights.
    """

    worth: Tensor
    temperatures: Tensor
    gain: Tensor

    def __init__(self, features: int, classes: int) -> None:
        super().__init__()
        self.classifier = nn.Linear(features, classes)
        self.register_buffer("worth", torch.zeros(classes))
        self.register_buffer("temperatures", torch.ones(APPEAL_TEMPERATURES))
        self.register_buffer("gain", torch.zeros(APPEAL_TEMPERATURES))

    def forward(self, pooled: Tensor) -> Tensor:
        """Return the term (N, 1) of beauty for pooled features (N, F) on the signed log scale."""
        logits = self.classifier(signed_exp(pooled))  # (N, classes)
        parts = [
            functional.softmax(logits / temperature, dim=1) @ (self.worth * gain)[:, None]
            for temperature, gain in zip(self.temperatures, self.gain, strict=True)
        ]
        return torch.stack(parts).sum(dim=0)

    def expected(self, pooled: Tensor) -> Tensor:
        """Return the expected worth (N, T) at each temperature."""
        logits = self.classifier(signed_exp(pooled))[:, None]  # (N, 1, classes)
        shares = functional.softmax(logits / self.temperatures[:, None], dim=2)
        return shares @ self.worth


class ProjectionHead(nn.Module):
    """The aesthetic vector as a linear map of the pooled features, as in the article above.

    There the features are plain means; here they come on a signed log scale. The content vector is
    a projection that is set once, by `fix_content`, and not trained.
    """

    def __init__(self, *, features: int, aesthetic: int, content: int) -> None:
        super().__init__()
        self.aesthetic = nn.Linear(features, aesthetic)
        self.content = nn.Linear(features, content).requires_grad_(False)

    def forward(self, pooled: Tensor, statistics: Tensor) -> tuple[Tensor, Tensor]:
        """Give the aesthetic (N, D) and content (N, C) vectors of `pooled` (N, F)."""
        return self.aesthetic(pooled), unit_rows(self.content(pooled))

    def fix_content(self, pooled: Tensor) -> None:
        """Set the content projection to the principal components of `pooled` (N, F)."""
        weight, bias = principal_projection(pooled, self.content.out_features)
        self.content.weight.data.copy_(weight)
        self.content.bias.data.copy_(bias)


class VoteHead(nn.Module):
    """Reads shares of votes off an aesthetic vector: its direction and its length, linearly."""

    def __init__(self, aesthetic: int, votes: int) -> None:
        super().__init__()
        self.linear = nn.Linear(aesthetic + 1, votes)

    def forward(self, aesthetic: Tensor) -> Tensor:
        """Shares (N, B), each row of sum 1, for vectors (N, D)."""
        length = torch.linalg.vector_norm(aesthetic, dim=1, keepdim=True)  # (N, 1)
        logits = self.linear(torch.cat([unit_rows(aesthetic), length], dim=1))
        return functional.softmax(logits, dim=1)


def principal_projection(pooled: Tensor, columns: int) -> tuple[Tensor, Tensor]:
    """Weight (C, F) and bias (C,) of half-whitened principal components of `pooled` (N, F).

    Features are standardised first. Half whitened (divided by the square root of their size), near
    duplicates stay close while different things come further apart. Raises ValueError where there
    are fewer rows or features than `columns`.
    """
    if min(pooled.shape) < columns:
        raise ValueError(f"{columns} components need as many rows and features, not {pooled.shape}")
    values = pooled.double()
    mean, spread = values.mean(dim=0), values.std(dim=0, correction=0) + LENGTH_FLOOR
    _, size, axes = torch.linalg.svd((values - mean) / spread, full_matrices=False)
    scale = (size[:columns] / size[0]).clamp_min(LENGTH_FLOOR).sqrt()
    weight = axes[:columns] / scale[:, None] / spread
    return weight.float(), (-weight @ mean).float()


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
    deviation = (square - mean * mean).clamp_min(VARIANCE_FLOOR).sqrt()
    return signed_log(torch.cat([mean, deviation], dim=1))


def signed_log(values: Tensor) -> Tensor:
    """Log of 1 plus the size, with the sign kept: tames the few channels that are very large."""
    return values.sign() * values.abs().log1p()


def signed_exp(values: Tensor) -> Tensor:
    """The inverse of `signed_log`."""
    return values.sign() * values.abs().expm1()
