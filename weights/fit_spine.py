"""Makes framepick-spine.safetensors and its card: MobileNetV2 as it is, with a fitted head.

    OPENBLAS_NUM_THREADS=1 python weights/fit_spine.py --pretrained DIR --data DIR

`--pretrained` holds mobilenet_v2_imagenet.safetensors, `--data` the folders oasis (beauty.csv and
images) and photos. Beauty is ridge regression on the pooled features; each kind of fault is a
strongly regularised logistic regression of spoilt against sound copies on statistics of several
levels; direction and content are principal components. Takes some minutes on one core; with more
than one, numpy sums in another order and the last bits of the head change.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from scipy.optimize import minimize
from scipy.special import expit

from framepick.metrics import spearman
from framepick.model.card import Architecture, Card, DataSet
from framepick.model.checkpoint import save_checkpoint
from framepick.model.heads import radius
from framepick.model.networks import Network
from framepick.sources.photos import load_photo
from framepick.sources.views import resize_view
from framepick.training.spoiling import FAULTS, as_stored, sound_copy
from framepick.types import Calibration, Floats, Pixels, ViewSpec

VIEW = ViewSpec(224)
SEED = 0
PHOTOS = 1000
SPOILT_PER_PHOTO = 4
RIDGE_PENALTY = 2000.0
FAULT_PENALTY = 0.1
FAULT_COST = 0.25
FOLDS, REPEATS = 5, 3
Features = NDArray[np.float32]


ARCHITECTURE = Architecture(
    "mobilenet_v2", (1, 3, 6, 10, 13, 17), faults=len(FAULTS), aesthetic=64, content=128
)
DATA = (
    DataSet("OASIS photographs, Pixabay rows of split train", "CC0", "beauty, faults, directions"),
    DataSet(
        "OASIS beauty ratings (Brielmann and Pelli 2019)",
        "as published with the article",
        "beauty; all rows of split train and dev for measuring only",
    ),
    DataSet(
        "k1monfared/photoblog, 149 photographs", "Unlicense", "faults, directions, calibration"
    ),
    DataSet(
        f"Caltech-101, {PHOTOS - 149} photographs at random",
        "CC BY 4.0, Li, Andreetto, Ranzato, Perona",
        "faults, directions, calibration",
    ),
)
METHOD = (
    "Frozen backbone. Length of the aesthetic vector: softplus(beauty - cost * sum of "
    "softplus(fault)); beauty is ridge regression on standardised pooled features, each fault a "
    "logistic regression of spoilt against sound copies on mean and deviation of six levels. "
    "Direction and content vector: half-whitened principal components of the pooled features. "
    "Made by weights/fit_spine.py."
)
LIMITS = (
    "Beauty goes with what is shown; across different subjects the score follows the taste of the "
    "raters of one set of 394 photographs.",
    "Faults were made on small photographs, not found in films; blur finer than a pixel of the "
    "view is not seen.",
    "A corner and a tilted copy are also softer than their original, so the figures for these two "
    "flatter the sense of composition.",
    "Over-exposure is the fault felt least: a dusk picture with twice its light scores as before.",
    "Night scenes and pictures soft by intent are taken for faulty ones.",
)


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """What the head sees of N pictures."""

    pooled: Features
    """(N, F)."""
    statistics: Features
    """(N, S)."""

    def __getitem__(self, rows: NDArray[np.generic]) -> Pictures:
        return Pictures(self.pooled[rows], self.statistics[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Spoilt:
    """Copies of pictures, three kinds: as it is, sound (another crop and light), spoilt."""

    seen: Pictures
    source: NDArray[np.int64]
    """(N,) number of the picture that a copy was made of."""
    fault: NDArray[np.int64]
    """(N,) its place in FAULTS; -1 as it is, -2 sound."""

    def choose(self, rows: NDArray[np.generic]) -> Spoilt:
        return Spoilt(self.seen[rows], self.source[rows], self.fault[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """weight (F, K) and bias (K,) for features as they come."""

    weight: Floats
    bias: Floats

    def __call__(self, features: Features) -> Floats:
        return np.asarray(features @ self.weight + self.bias, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """The two fitted parts that make the score."""

    beauty: Linear
    faults: Linear

    def score(self, seen: Pictures) -> Floats:
        beauty, faults = self.beauty(seen.pooled), self.faults(seen.statistics)
        cost = torch.full((len(FAULTS),), FAULT_COST, dtype=torch.float64)
        return np.asarray(radius(torch.from_numpy(beauty), torch.from_numpy(faults), cost)[:, 0])


@dataclass(frozen=True, slots=True, eq=False)
class Rated:
    """The rated photographs."""

    paths: list[Path]
    beauty: Floats
    category: NDArray[np.str_]
    theme: NDArray[np.str_]
    is_train: NDArray[np.bool_]
    is_free: NDArray[np.bool_]
    """CC0: may be fitted on."""


def main() -> None:
    """Fit, measure, write and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pretrained", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    options = parser.parse_args()
    torch.set_num_threads(1)  # the same bytes on every run, and no slower on a busy machine
    network = pretrained(options.pretrained / "mobilenet_v2_imagenet.safetensors")
    rated = read_ratings(options.data / "oasis")
    seen = describe(network, [view(load_photo(path)) for path in rated.paths])
    fit_rows = np.flatnonzero(rated.is_train & rated.is_free)
    spoilt_rated = spoil(network, [rated.paths[row] for row in fit_rows], fit_rows)
    photos = choose_photos(options.data / "photos")
    spoilt_photos = spoil(network, photos, np.arange(len(photos)))
    figures = cross_validate(rated, seen, spoilt_rated, spoilt_photos)
    head = fit_head(rated, seen, spoilt_rated, spoilt_photos, fit_rows)
    is_dev = ~rated.is_train
    figures["oasis_dev_spearman"] = spearman(head.score(seen[is_dev]), rated.beauty[is_dev])
    plain = spoilt_photos.seen[spoilt_photos.fault == -1]
    install(network, head, np.concatenate([plain.pooled, seen.pooled[fit_rows]]))
    card = make_card({k: round(v, 4) for k, v in figures.items()}, head.score(plain))
    save_checkpoint(options.out / "framepick-spine.safetensors", network, card)
    print("\n".join(f"{name:48} {value:.4f}" for name, value in figures.items()))


def pretrained(path: Path) -> Network:
    """The network with MobileNetV2's weights and an empty head."""
    network = Network(ARCHITECTURE).requires_grad_(False).eval()
    weights = {k: v.float() for k, v in load_file(path).items() if k.startswith("features.")}
    network.backbone.load_state_dict(weights)
    network.backbone.bfloat16().float()  # round now: the head is fitted on what will run
    network.pixel_scale.fill_(1 / 127.5)
    network.pixel_offset.fill_(-1.0)
    return network.to(memory_format=torch.channels_last)


def read_ratings(folder: Path) -> Rated:
    """Read beauty.csv."""
    with (folder / "beauty.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return Rated(
        paths=[folder / "images" / row["image"] for row in rows],
        beauty=np.array([float(row["beauty_mean"]) for row in rows]),
        category=np.array([row["category"] for row in rows]),
        theme=np.array([row["theme"] for row in rows]),
        is_train=np.array([row["split"] == "train" for row in rows]),
        is_free=np.array([row["cc0"] == "True" for row in rows]),
    )


def choose_photos(folder: Path) -> list[Path]:
    """The photographer's pictures and as many of the others, all at random, as make PHOTOS."""
    paths = sorted(folder.glob("*.jpg"))
    own = [path for path in paths if path.name.startswith("photoblog")]
    others = [path for path in paths if not path.name.startswith("photoblog")]
    chosen = np.random.default_rng(SEED).permutation(len(others))[: PHOTOS - len(own)]
    return own + [others[index] for index in chosen]


def view(pixels: Pixels) -> Pixels:
    """The view that a video frame would give."""
    return resize_view(pixels, VIEW)


def describe(network: Network, views: Sequence[Pixels]) -> Pictures:
    """What the head sees of each view."""
    parts = []
    with torch.inference_mode():
        for start in range(0, len(views), 8):
            parts.append(network.describe(torch.from_numpy(np.stack(views[start : start + 8]))))
    pooled, statistics = (torch.cat(column).numpy() for column in zip(*parts, strict=True))
    return Pictures(pooled, statistics)


def spoil(network: Network, paths: Sequence[Path], numbers: NDArray[np.int64]) -> Spoilt:
    """Each picture as it is, sound, and with some faults of random strength."""
    generator = np.random.default_rng(SEED)
    kinds = list(FAULTS.values())
    views, source, fault = [], [], []
    for path, number in zip(paths, numbers, strict=True):
        pixels, quality = load_photo(path), generator.uniform(60, 95)
        chosen = generator.permutation(len(kinds))[:SPOILT_PER_PHOTO]
        copies = [pixels, sound_copy(pixels, generator)]
        copies += [kinds[kind](pixels, generator.random(), generator) for kind in chosen]
        views += [view(as_stored(copy, quality)) for copy in copies]
        source += [number] * len(copies)
        fault += [-1, -2, *chosen]
    return Spoilt(describe(network, views), np.array(source), np.array(fault))


def fit_head(
    rated: Rated, seen: Pictures, spoilt: Spoilt, photos: Spoilt, rows: NDArray[np.int64]
) -> Head:
    """Fit on the rated `rows`, their copies, and all copies of `photos`."""
    own = np.isin(spoilt.source, rows)
    statistics = np.concatenate([spoilt.seen.statistics[own], photos.seen.statistics])
    faults = fit_faults(statistics, np.concatenate([spoilt.fault[own], photos.fault]))
    return Head(fit_ridge(seen.pooled[rows], rated.beauty[rows]), faults)


def fit_ridge(features: Features, targets: Floats) -> Linear:
    """Ridge on standardised features, solved in the dual, since F is larger than N."""
    mean, spread = features.mean(0), features.std(0) + 1e-6
    scaled = ((features - mean) / spread).astype(np.float64)
    centre = targets.mean()
    gram = scaled @ scaled.T + RIDGE_PENALTY * np.eye(len(scaled))
    weight = (scaled.T @ np.linalg.solve(gram, targets - centre) / spread)[:, None]
    return Linear(weight, centre - mean @ weight)


def fit_faults(statistics: Features, fault: NDArray[np.int64]) -> Linear:
    """One logistic regression per fault, each against all sound copies; both sides weigh alike."""
    mean, spread = statistics.mean(0), statistics.std(0) + 1e-6
    scaled = ((statistics - mean) / spread).astype(np.float64)
    target = (fault[:, None] == np.arange(len(FAULTS))).astype(np.float64)
    sound = (fault < 0).astype(np.float64)[:, None]
    share = 0.5 * (target / target.sum(0) + sound / sound.sum())
    shape = (statistics.shape[1] + 1, len(FAULTS))

    def loss(values: Floats) -> tuple[float, Floats]:
        weight, bias = values.reshape(shape)[:-1], values.reshape(shape)[-1]
        logits = scaled @ weight + bias
        error = share * (np.logaddexp(0.0, logits) - target * logits)
        pull = share * (expit(logits) - target)
        slope = np.vstack([scaled.T @ pull + 2 * FAULT_PENALTY * weight, pull.sum(0)])
        return error.sum() + FAULT_PENALTY * np.square(weight).sum(), slope.ravel()

    start = np.zeros(shape).ravel()
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 60}).x
    weight, bias = np.split(found.reshape(shape), [-1])
    weight /= spread[:, None]
    return Linear(weight, bias[0] - mean @ weight)


def cross_validate(
    rated: Rated, seen: Pictures, spoilt: Spoilt, photos: Spoilt
) -> dict[str, float]:
    """Figures on pictures that the head was not fitted on: themes and photos left out in turn."""
    rounds = []
    for repeat in range(REPEATS):
        fold = theme_folds(rated.theme[rated.is_train], repeat)
        folds = np.array([fold.get(theme, -1) for theme in rated.theme])
        score, ridge = np.zeros(len(folds)), np.zeros(len(folds))
        wins: list[tuple[int, bool]] = []
        for left_out in range(FOLDS):
            rows = np.flatnonzero(rated.is_train & rated.is_free & (folds != left_out))
            kept = photos.choose(photos.source % FOLDS != left_out)
            head = fit_head(rated, seen, spoilt, kept, rows)
            out = folds == left_out
            score[out] = head.score(seen[out])
            ridge[out] = head.beauty(seen.pooled[out])[:, 0]
            wins += pair_wins(head, spoilt.choose(folds[spoilt.source] == left_out))
            wins += pair_wins(head, photos.choose(photos.source % FOLDS == left_out))
        rounds.append(figures_of(rated, score, ridge, wins))
    return {name: float(np.mean([figures[name] for figures in rounds])) for name in rounds[0]}


def theme_folds(themes: NDArray[np.str_], seed: int) -> dict[str, int]:
    """Fold of each theme, whole themes to the emptiest fold in random order."""
    names, counts = np.unique(themes, return_counts=True)
    load = np.zeros(FOLDS)
    folds = {}
    for index in np.random.default_rng(seed).permutation(len(names)):
        folds[str(names[index])] = int(load.argmin())
        load[load.argmin()] += counts[index]
    return folds


def pair_wins(head: Head, spoilt: Spoilt) -> list[tuple[int, bool]]:
    """For each spoilt copy, its fault and whether the picture as it is scores higher."""
    score = head.score(spoilt.seen)
    plain = dict(zip(spoilt.source[spoilt.fault == -1], score[spoilt.fault == -1], strict=True))
    rows = np.flatnonzero(spoilt.fault >= 0)
    return [(int(spoilt.fault[row]), plain[spoilt.source[row]] > score[row]) for row in rows]


def figures_of(
    rated: Rated, score: Floats, ridge: Floats, wins: list[tuple[int, bool]]
) -> dict[str, float]:
    """Correlations with beauty over split train, in all and by category; pairs by fault."""

    def agreement(values: Floats, rows: NDArray[np.bool_]) -> float:
        return spearman(values[rows], rated.beauty[rows])

    figures = {
        "oasis_cross_validated_spearman": agreement(score, rated.is_train),
        "oasis_cross_validated_spearman_without_faults": agreement(ridge, rated.is_train),
    }
    for name in np.unique(rated.category):
        rows = rated.is_train & (rated.category == name)
        figures[f"oasis_cross_validated_spearman_{name.lower()}"] = agreement(score, rows)
    kinds, won = (np.array(column) for column in zip(*wins, strict=True))
    for kind, name in enumerate(FAULTS):
        figures[f"held_out_pairs_won_{name}"] = float(won[kinds == kind].mean())
    return figures | {"held_out_pairs_won": float(won.mean())}


def install(network: Network, head: Head, pooled: Features) -> None:
    """Put the fitted head into the network; directions are principal components of `pooled`."""
    mean, spread = pooled.mean(0), pooled.std(0) + 1e-6
    _, size, axes = np.linalg.svd((pooled - mean) / spread, full_matrices=False)
    # half whitened: near-duplicates stay close while different things come further apart
    axes = (axes / np.sqrt(size / size[0])[:, None] / spread)[: ARCHITECTURE.content].T
    projection = Linear(axes, -mean @ axes)
    fill(network.head.beauty, head.beauty)
    fill(network.head.faults, head.faults)
    fill(network.head.content, projection)
    size_kept = ARCHITECTURE.aesthetic
    fill(
        network.head.direction,
        Linear(projection.weight[:, :size_kept], projection.bias[:size_kept]),
    )
    network.head.fault_cost.fill_(FAULT_COST)


def fill(layer: torch.nn.Linear, fitted: Linear) -> None:
    """Copy a fitted linear map into a layer."""
    layer.weight.copy_(torch.from_numpy(fitted.weight.T))
    layer.bias.copy_(torch.from_numpy(fitted.bias))


def make_card(figures: dict[str, float], reference: Floats) -> Card:
    """The card of the shipped weights; `reference` are the scores of the unlabelled photographs."""
    return Card(
        name="framepick-spine",
        architecture=ARCHITECTURE,
        view=VIEW,
        normalisation="x / 127.5 - 1, inside the network",
        licence="Apache-2.0",
        origin=(
            "MobileNetV2 1.0 224, ImageNet, Google (google-coral/test_data, Apache-2.0), int8 "
            "weights dequantised, batch norm folded; rounded to bf16 and otherwise unchanged"
        ),
        data=DATA,
        method=METHOD,
        figures=figures,
        limits=LIMITS,
        calibration=Calibration(
            f"{len(reference)} unlabelled photographs (k1monfared/photoblog and Caltech-101)",
            np.quantile(reference, np.linspace(0.0, 1.0, 101)).round(6),
        ),
    )


if __name__ == "__main__":
    main()
