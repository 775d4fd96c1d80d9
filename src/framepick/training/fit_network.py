"""The network to fit: a frozen backbone, its classifier, and the appeal of classes."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import torch
from torch import Tensor, nn

from framepick.distortions import KINDS
from framepick.errors import UsageError
from framepick.model.card import Architecture, card_path
from framepick.model.heads import (
    RadialHead,
)
from framepick.model.networks import Network
from framepick.model.pretrained import load_backbone
from framepick.training.config import TrainConfig
from framepick.training.fit_config import FitConfig
from framepick.training.frozen_split import RANDOM, initial_network


def network_to_fit(config: TrainConfig, fit: FitConfig, votes: int) -> Network:
    """Build the network to fit: a frozen backbone, and a head with the appeal of classes.

    Raises UsageError where the parts do not fit, WeightsError where weights cannot be read.
    """
    initial = config.network.initial
    if initial == RANDOM or (isinstance(initial, Path) and card_path(initial).is_file()):
        raise UsageError(f"{config.name}: a fit starts from a pretrained file, not {initial}")
    pretrained = load_backbone(config.network.backbone, initial)
    worth = read_appeal(fit.appeal)
    if pretrained.classifier is None:
        raise UsageError(f"{config.name}: {config.network.initial} has no classifier; take another")
    weight, bias = _classes(pretrained.classifier, len(worth), fit.appeal)
    try:
        architecture = _architecture(config, fit, votes, len(worth))
        network = initial_network(config.network, architecture).requires_grad_(False)
    except ValueError as error:
        raise UsageError(f"[network] or fit.filters is wrong: {error}; correct it") from error
    appeal = radial(network).appeal
    assert appeal is not None  # noqa: S101 - the architecture has classes
    appeal.classifier.weight.copy_(weight.bfloat16())  # as it is stored
    appeal.classifier.bias.copy_(bias)
    appeal.worth.copy_(torch.tensor(worth))
    appeal.temperatures.copy_(torch.tensor(fit.temperatures))
    return network


def read_appeal(path: Path) -> list[float]:
    """Read the appeal of each class, in order; UsageError where the table is wrong."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        numbers = [int(row["class"]) for row in rows]
        values = [float(row["appeal"]) for row in rows]
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        reason = " ".join(str(error).split())
        raise UsageError(
            f"{path}: must have columns class,name,appeal ({reason}); correct it"
        ) from error
    if not numbers or numbers != list(range(len(numbers))):
        raise UsageError(f"{path}: must have a row for each class, from 0 on; correct it")
    if not all(map(math.isfinite, values)):
        raise UsageError(f"{path}: appeal must be finite numbers; correct it")
    return values


def radial(network: Network) -> RadialHead:
    """Return the network's radial head; UsageError where it has another."""
    if not isinstance(network.head, RadialHead):
        raise UsageError('only a radial head can be fitted; set network.head = "radial"')
    return network.head


def _classes(classifier: nn.Linear, count: int, path: Path) -> tuple[Tensor, Tensor]:
    """Return weight and bias of the last `count` classes, without a background class."""
    weight, bias = classifier.weight, classifier.bias
    if len(weight) - count not in (0, 1):
        raise UsageError(f"{path}: has {count} classes, the classifier {len(weight)}; add the rest")
    return weight[-count:], bias[-count:]


def _architecture(config: TrainConfig, fit: FitConfig, votes: int, classes: int) -> Architecture:
    return Architecture(
        backbone=config.network.backbone,
        levels=config.network.levels,
        faults=len(KINDS),
        aesthetic=config.network.aesthetic,
        content=config.network.content,
        votes=votes,
        filters=fit.filters,
        hidden=fit.hidden,
        classes=classes,
        moment=config.data.footage is not None,
    )
