"""From a trained network to a checkpoint: content vectors, calibration, figures, card."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from framepick.evaluation.scores import evenly_spaced
from framepick.model.card import Card, DataSet
from framepick.model.checkpoint import save_checkpoint
from framepick.model.heads import RadialHead, principal_projection
from framepick.model.networks import Network
from framepick.training.config import TrainConfig
from framepick.training.datasets import Data
from framepick.training.experiment import Experiment
from framepick.training.frozen_split import RANDOM, round_backbone
from framepick.training.losses import norms
from framepick.training.pictures import Pictures, photo_items
from framepick.training.validation import Metric, aesthetic_of, plain_features
from framepick.types import Calibration, ViewSpec

MAX_REFERENCE = 1000
"""Most pictures of the calibration set."""
QUANTILES = 101


def finish(experiment: Experiment, metrics: Sequence[Metric], path: Path) -> Mapping[str, float]:
    """Write the checkpoint `path` and return the figures of its card.

    Raises OutputError where it cannot be written.
    """
    network = experiment.split.network
    round_backbone(network)
    pictures, name = reference_pictures(experiment.config, experiment.data, experiment.device)
    try:
        inputs = plain_features(pictures, experiment.split, experiment.config.network.view)
    finally:
        pictures.close()
    aesthetic, features = aesthetic_of(experiment.split, inputs)
    weight, bias = principal_projection(features.cpu(), network.head.content.out_features)
    network.head.content.weight.data.copy_(weight)
    network.head.content.bias.data.copy_(bias)
    centre_moments(network, aesthetic)
    scores = norms(network.without_moment(aesthetic)).double().cpu().numpy()
    quantiles = np.quantile(scores, np.linspace(0.0, 1.0, QUANTILES))
    measured = {metric.name: metric.evaluate(experiment.split) for metric in metrics}
    figures = {f"{name}, held out": v for name, v in measured.items() if math.isfinite(v)}
    save_checkpoint(path, network, _card(experiment, figures, Calibration(name, quantiles)))
    return figures


def centre_moments(network: Network, aesthetic: Tensor) -> None:
    """Move the moment axis so that vectors `aesthetic` (N, D), made by it, would lie around 0.

    Its zero point does not count; near 0, half floats are finest.
    """
    if isinstance(network.head, RadialHead) and network.head.moment is not None:
        network.head.moment.bias.data -= aesthetic[:, -1].mean()


def _card(experiment: Experiment, figures: Mapping[str, float], calibration: Calibration) -> Card:
    config = experiment.config
    return Card(
        name=config.name,
        architecture=experiment.architecture,
        view=ViewSpec(config.network.view),
        normalisation=normalisation(experiment.split.network),
        licence=config.licence,
        origin=origin(config),
        data=_data_sets(experiment),
        method=_method(experiment),
        figures=figures,
        limits=config.limits,
        calibration=calibration,
        vote_values=experiment.vote_values,
    )


def normalisation(network: Network) -> str:
    """Describe, for the card, how the network normalises bytes."""
    scale, offset = (
        ", ".join(f"{value:.6g}" for value in values.flatten().tolist())
        for values in (network.pixel_scale, network.pixel_offset)
    )
    return f"x * ({scale}) + ({offset}) for red, green, blue, inside the network"


def origin(config: TrainConfig) -> str:
    """Describe, for the card, the weights that a run starts from."""
    if config.origin:
        return config.origin
    initial = config.network.initial
    if initial == RANDOM:
        return f"{config.network.backbone} of random numbers, seed {config.seed}"
    return f"{config.network.backbone} from {short(initial)}"


def _data_sets(experiment: Experiment) -> tuple[DataSet, ...]:
    """List the training data for the card, as the configuration names them."""
    data, losses = experiment.config.data, experiment.config.losses
    sets = [
        DataSet(
            source.name or one.rated.name,
            source.licence,
            f"{len(one.rows)} rated pictures, trained on",
        )
        for one, source in zip(experiment.data.rated, data.ratings, strict=False)
    ]
    unlabelled = [
        *(data.photos if losses.pairs or losses.distil else ()),
        *(data.videos if losses.distil else ()),
    ]
    sets += [
        DataSet(one.name or one.path.name, one.licence, "unlabelled pictures") for one in unlabelled
    ]
    if data.footage and (footage := experiment.data.footage):
        frames = footage.training
        use = f"{len(frames.ratings)} rated frames of {len(frames.clips)} clips, trained on"
        sets.append(DataSet(data.footage.name or data.footage.path.name, data.footage.licence, use))
    teachers = data.teachers if losses.distil else ()
    return (
        *sets,
        *(
            DataSet(short(one.weights), one.licence, f"features of {one.backbone}, distilled")
            for one in teachers
        ),
    )


def _method(experiment: Experiment) -> str:
    descent, losses = experiment.descent, experiment.config.losses
    from_level = descent.unfreeze_from
    trained = "heads" if from_level == "none" else f"levels from {from_level} and heads"
    terms = "; ".join(
        f"{name} ({', '.join(f'{key} {_plainly(value)}' for key, value in asdict(loss).items())})"
        for name in (f.name for f in fields(losses))
        if (loss := getattr(losses, name)) is not None
    )
    return (
        f"{trained} trained for {descent.steps} steps by {descent.optimiser} at rate "
        f"{descent.learning_rate:g} ({descent.schedule}), {descent.batch} views for each loss, "
        f"seed {experiment.config.seed}; losses: {terms}"
    )


def _plainly(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def short(source: Path | str) -> str:
    """Return the name of a source of weights, without its folder."""
    return source.name if isinstance(source, Path) else source


def reference_pictures(
    config: TrainConfig, data: Data, device: torch.device
) -> tuple[Pictures, str]:
    """Return the pictures that scores are calibrated on, and a description of them."""
    if data.rated:
        paths = [one.rated.paths[row] for one in data.rated for row in one.rows]
        names = " and ".join(one.rated.name for one in data.rated)
        chosen = [paths[at] for at in evenly_spaced(len(paths), MAX_REFERENCE)]
        items = photo_items(chosen, config.network.view)
        return Pictures(items, None, device), f"{len(items)} rated pictures of {names}, trained on"
    pictures = data.unlabelled or data.photos
    if pictures is None:
        raise ValueError("a run without data has no reference")
    items = [pictures.items[row] for row in evenly_spaced(len(pictures), MAX_REFERENCE)]
    places = (*config.data.photos, *config.data.videos)
    names = " and ".join(dict.fromkeys(place.path.name for place in places))
    return Pictures(items, None, device), f"{len(items)} unlabelled pictures of {names}, trained on"
