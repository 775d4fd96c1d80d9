"""From a trained network to a checkpoint: content vectors, calibration, figures, card."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np
import torch

from framepick.model.card import Card, DataSet
from framepick.model.checkpoint import save_checkpoint
from framepick.model.heads import principal_projection
from framepick.model.networks import Network
from framepick.training.config import TrainConfig
from framepick.training.datasets import Data, spread
from framepick.training.divided import RANDOM, round_backbone
from framepick.training.losses import norms
from framepick.training.measuring import Measure, aesthetic_of, plain_inputs
from framepick.training.pictures import Pictures, photo_items
from framepick.training.setup import Workshop
from framepick.types import Calibration, ViewSpec

MOST_REFERENCE = 1000
"""Pictures of the reference set."""
QUANTILES = 101


def finish(shop: Workshop, measures: Sequence[Measure], path: Path) -> Mapping[str, float]:
    """Write the checkpoint `path`; gives the figures of its card.

    Raises OutputError where it cannot be written.
    """
    network = shop.divided.network
    round_backbone(network)
    pictures, name = reference_pictures(shop.config, shop.data, shop.device)
    try:
        inputs = plain_inputs(pictures, shop.divided, shop.config.network.view)
    finally:
        pictures.close()
    aesthetic, features = aesthetic_of(shop.divided, inputs)
    weight, bias = principal_projection(features.cpu(), network.head.content.out_features)
    network.head.content.weight.data.copy_(weight)
    network.head.content.bias.data.copy_(bias)
    scores = norms(aesthetic).double().cpu().numpy()
    quantiles = np.quantile(scores, np.linspace(0.0, 1.0, QUANTILES))
    measured = {measure.name: measure.of(shop.divided) for measure in measures}
    figures = {f"{name}, held out": v for name, v in measured.items() if math.isfinite(v)}
    save_checkpoint(path, network, _card(shop, figures, Calibration(name, quantiles)))
    return figures


def _card(shop: Workshop, figures: Mapping[str, float], calibration: Calibration) -> Card:
    config = shop.config
    return Card(
        name=config.name,
        architecture=shop.architecture,
        view=ViewSpec(config.network.view),
        normalisation=normalisation(shop.divided.network),
        licence=config.licence,
        origin=origin(config),
        data=_data_sets(shop),
        method=_method(shop),
        figures=figures,
        limits=config.limits,
        calibration=calibration,
        vote_values=shop.vote_values,
    )


def normalisation(network: Network) -> str:
    """What the network does to bytes, in words."""
    scale, offset = (
        ", ".join(f"{value:.6g}" for value in values.flatten().tolist())
        for values in (network.pixel_scale, network.pixel_offset)
    )
    return f"x * ({scale}) + ({offset}) for red, green, blue, inside the network"


def origin(config: TrainConfig) -> str:
    """The weights that a run starts from, in words."""
    if config.origin:
        return config.origin
    initial = config.network.initial
    if initial == RANDOM:
        return f"{config.network.backbone} of random numbers, seed {config.seed}"
    return f"{config.network.backbone} from {short(initial)}"


def _data_sets(shop: Workshop) -> tuple[DataSet, ...]:
    """What the run was trained on, as the configuration names it."""
    data, losses = shop.config.data, shop.config.losses
    sets = [
        DataSet(
            source.name or one.rated.name,
            source.licence,
            f"{len(one.rows)} rated pictures, trained on",
        )
        for one, source in zip(shop.data.rated, data.ratings, strict=False)
    ]
    unlabelled = [
        *(data.photos if losses.pairs or losses.distil else ()),
        *(data.videos if losses.distil else ()),
    ]
    sets += [
        DataSet(one.name or one.path.name, one.licence, "unlabelled pictures") for one in unlabelled
    ]
    teachers = data.teachers if losses.distil else ()
    return (
        *sets,
        *(
            DataSet(short(one.weights), one.licence, f"features of {one.backbone}, distilled")
            for one in teachers
        ),
    )


def _method(shop: Workshop) -> str:
    descent, losses = shop.descent, shop.config.losses
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
        f"seed {shop.config.seed}; losses: {terms}"
    )


def _plainly(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def short(source: Path | str) -> str:
    """How a card names a source of weights."""
    return source.name if isinstance(source, Path) else source


def reference_pictures(
    config: TrainConfig, data: Data, device: torch.device
) -> tuple[Pictures, str]:
    """Pictures that scores are calibrated on, read when asked for, and what they are."""
    if data.rated:
        paths = [one.rated.paths[row] for one in data.rated for row in one.rows]
        names = " and ".join(one.rated.name for one in data.rated)
        chosen = [paths[at] for at in spread(np.arange(len(paths)), MOST_REFERENCE)]
        items = photo_items(chosen, config.network.view)
        return Pictures(items, None, device), f"{len(items)} rated pictures of {names}, trained on"
    pictures = data.unlabelled or data.photos
    if pictures is None:
        raise ValueError("a run without data has no reference")
    items = [pictures.items[row] for row in spread(np.arange(len(pictures)), MOST_REFERENCE)]
    places = (*config.data.photos, *config.data.videos)
    names = " and ".join(dict.fromkeys(place.path.name for place in places))
    return Pictures(items, None, device), f"{len(items)} unlabelled pictures of {names}, trained on"
