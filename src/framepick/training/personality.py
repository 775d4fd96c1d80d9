"""Personal scores from general ones and personality: multi-task training after PA_IAA.

One network, shared below, tells from the vectors of a picture how votes on its beauty spread, and
which personality the people have who like it. What one person thinks is then the general score plus
a weight for each trait, which is fitted to the few pictures that the person has rated.

python -m framepick.training.personality recipes/personality.toml
"""

from __future__ import annotations

import argparse
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from framepick.errors import FramepickError, UsageError
from framepick.metrics import spearman
from framepick.ratings.per_person import TRAITS, PersonalRatings, read_personal
from framepick.types import Floats, Rows


@dataclass(frozen=True, slots=True)
class PersonalityConfig:
    """What is trained on, and how."""

    ratings: str
    """Table of scores by person, with traits (PARA) or without (FLICKR-AES)."""
    photos: str
    """Folder of its pictures."""
    votes: tuple[float, ...] = (1.0, 2.0, 3.0, 4.0, 5.0)
    hidden: int = 64
    epochs: int = 200
    learning_rate: float = 3e-3
    weight_decay: float = 1e-3
    trait_weight: float = 1.0
    """What the personality counts in the loss, beside the votes."""
    held_out_people: float = 0.2
    """Share of people that the network is not trained on."""
    rated: int = 10
    """Pictures by which weights of traits are fitted to a person."""
    trait_penalty: float = 10.0
    seed: int = 0


class PersonalityNetwork(nn.Module):
    """Tells votes and traits from vectors, over one shared layer."""

    def __init__(self, inputs: int, hidden: int, votes: int) -> None:
        super().__init__()
        self.shared = nn.Linear(inputs, hidden)
        self.votes = nn.Linear(hidden, votes)
        self.traits = nn.Linear(hidden, len(TRAITS))

    def forward(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """Shares of votes (N, B) and traits (N, 5), -1 to 1, of vectors (N, D)."""
        found = torch.tanh(self.shared(vectors))
        return functional.softmax(self.votes(found), dim=1), torch.tanh(self.traits(found))


@dataclass(frozen=True, slots=True, eq=False)
class Targets:
    """What is taught of N pictures."""

    votes: NDArray[np.float32]
    """(N, B) shares of the votes."""
    traits: NDArray[np.float32] | None
    """(N, 5) mean traits, -1 to 1, of the people who like the picture; NaN where nobody does."""


def read_config(path: Path) -> PersonalityConfig:
    """Read a configuration; raises `UsageError` where it is wrong."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path}: cannot be read ({error})") from error
    known = {one.name for one in fields(PersonalityConfig)}
    if stray := sorted(set(values) - known):
        raise UsageError(f"{path}: {stray[0]} is no setting; known are {', '.join(sorted(known))}")
    values = {name: tuple(one) if isinstance(one, list) else one for name, one in values.items()}
    try:
        return PersonalityConfig(**values)
    except TypeError as error:
        raise UsageError(f"{path}: {error}") from error


def targets(ratings: PersonalRatings, people: Rows, votes: tuple[float, ...]) -> Targets:
    """Gather what the `people` (rows) say of each picture."""
    taught = np.isin(ratings.person, people)
    nearest = np.argmin(np.abs(ratings.score[:, None] - np.array(votes)), axis=1)
    shares = np.zeros((len(ratings.pictures), len(votes)), np.float32)
    np.add.at(shares, (ratings.picture[taught], nearest[taught]), 1.0)
    total = shares.sum(axis=1, keepdims=True)
    shares = np.where(total > 0, shares / np.maximum(total, 1), np.float32(1 / len(votes)))
    return Targets(shares.astype(np.float32), _liked_by(ratings, taught))


def scaled_traits(ratings: PersonalRatings) -> Floats:
    """Traits (R, 5) from -1 to 1 over the people of the table."""
    assert ratings.traits is not None  # noqa: S101 - asked for only where the table has them
    low, high = ratings.traits.min(axis=0), ratings.traits.max(axis=0)
    found: Floats = 2 * (ratings.traits - low) / np.maximum(high - low, 1e-9) - 1
    return found


def _liked_by(ratings: PersonalRatings, taught: NDArray[np.bool_]) -> NDArray[np.float32] | None:
    if ratings.traits is None:
        return None
    means = np.array([_mean_of(ratings, one) for one in range(len(ratings.people))])
    likes = taught & (ratings.score >= means[ratings.person])
    count = np.bincount(ratings.picture[likes], minlength=len(ratings.pictures))[:, None]
    total = np.zeros((len(ratings.pictures), len(TRAITS)))
    np.add.at(total, ratings.picture[likes], scaled_traits(ratings)[ratings.person[likes]])
    found = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return np.asarray(found, np.float32)


def _mean_of(ratings: PersonalRatings, person: int) -> float:
    return float(ratings.score[ratings.person == person].mean())


def train(
    vectors: NDArray[np.float32], taught: Targets, config: PersonalityConfig
) -> PersonalityNetwork:
    """Train both tasks together on vectors (N, D)."""
    torch.manual_seed(config.seed)
    network = PersonalityNetwork(vectors.shape[1], config.hidden, len(config.votes))
    optimiser = torch.optim.AdamW(
        network.parameters(), config.learning_rate, weight_decay=config.weight_decay
    )
    inputs, votes = torch.from_numpy(vectors), torch.from_numpy(taught.votes)
    traits = None if taught.traits is None else torch.from_numpy(taught.traits)
    for _ in range(config.epochs):
        found_votes, found_traits = network(inputs)
        loss = functional.mse_loss(found_votes, votes)
        if traits is not None:
            known = traits.isfinite()
            loss = loss + config.trait_weight * functional.mse_loss(
                found_traits[known], traits[known]
            )
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return network.eval()


@torch.no_grad()
def general_and_traits(
    network: PersonalityNetwork, vectors: NDArray[np.float32], votes: tuple[float, ...]
) -> tuple[Floats, Floats]:
    """Give general scores (N,) and traits (N, 5) of vectors (N, D)."""
    shares, traits = network(torch.from_numpy(vectors))
    return shares.numpy().astype(np.float64) @ np.array(votes), traits.numpy().astype(np.float64)


def trait_weights(general: Floats, traits: Floats, scores: Floats, penalty: float) -> Floats:
    """Weights (5,) by which the personal score is the general one plus weighted traits.

    They are fitted by ridge regression to the `scores` (n,) that a person gave; the person's mean
    level counts for nothing.
    """
    rest = (scores - scores.mean()) - (general - general.mean())
    middle = traits - traits.mean(axis=0)
    square = middle.T @ middle + penalty * np.eye(traits.shape[1])
    return np.asarray(np.linalg.solve(square, middle.T @ rest))


def evaluate(
    ratings: PersonalRatings, vectors: NDArray[np.float32], config: PersonalityConfig
) -> dict[str, float]:
    """Train, and measure Spearman's correlation with people who were held out, as a mean."""
    random = np.random.default_rng(config.seed)
    order = random.permutation(len(ratings.people))
    count = max(1, round(config.held_out_people * len(order)))
    network = train(vectors, targets(ratings, order[count:], config.votes), config)
    general, traits = general_and_traits(network, vectors, config.votes)
    found: dict[str, list[float]] = {"general": [], "personal": []}
    for person in order[:count].tolist():
        rows = random.permutation(np.flatnonzero(ratings.person == person))
        first, rest = rows[: config.rated], rows[config.rated :]
        if len(rest) < 2:
            continue
        shown, scores = ratings.picture[first], ratings.score[first]
        weights = trait_weights(general[shown], traits[shown], scores, config.trait_penalty)
        others, wanted = ratings.picture[rest], ratings.score[rest]
        found["general"].append(spearman(general[others], wanted))
        found["personal"].append(spearman(general[others] + traits[others] @ weights, wanted))
    means = {name: float(np.nanmean(values)) for name, values in found.items() if values}
    return {**means, "people held out": float(count)}


def _vectors(ratings: PersonalRatings, photos: Path) -> NDArray[np.float32]:
    from framepick.aesthetic import load_model
    from framepick.cache import PhotoCache
    from framepick.collection import PhotoFailure
    from framepick.photos import PhotoMeter
    from framepick.photos.personal import pictures_of

    paths = [photos / name for name in ratings.pictures]
    found = list(PhotoMeter(load_model(), PhotoCache.off()).measure(paths))
    for one in found:
        if isinstance(one, PhotoFailure):
            raise UsageError(one.error)
    pictures = pictures_of([one.facts for one in found if not isinstance(one, PhotoFailure)])
    parts: list[Any] = [pictures.content, pictures.look, pictures.scores[:, None]]
    return np.concatenate(parts, axis=1).astype(np.float32)


def main() -> None:
    """Train and measure as the configuration on the command line says."""
    parser = argparse.ArgumentParser(description="Train personal scores from personality.")
    parser.add_argument("config", type=Path)
    options = parser.parse_args()
    try:
        config = read_config(options.config)
        ratings = read_personal(options.config.parent / config.ratings)
        vectors = _vectors(ratings, options.config.parent / config.photos)
        for name, value in evaluate(ratings, vectors, config).items():
            print(f"{name}: {value:.3f}")
    except FramepickError as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()
