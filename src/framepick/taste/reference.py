"""What photographs at large are like: what a taste is held against, made with the weights.

The file beside the weights holds no picture and no vector of one: every stored vector is the mean
of three similar photographs at least.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from framepick.errors import UsageError, WeightsError
from framepick.measures import LOOK
from framepick.model.card import default_weights
from framepick.taste.network import Layers, shapes
from framepick.taste.pictures import Pictures, Scale
from framepick.types import Floats, Vectors

SUFFIX = "-taste.safetensors"
_MOST_BYTES = 1 << 24
_CLOSE = 1e-2


@dataclass(frozen=True, eq=False)
class Reference:
    """Photographs at large, in the vectors of one model."""

    model: str
    """The model that the vectors are of, as `model_id` names it."""
    stored: Pictures
    """Means of similar photographs, each of three at least."""
    scale: Scale
    lowest_fifth: float
    """General score that a fifth of the photographs lie below."""
    median: float
    """Their median general score."""
    subjects: tuple[str, ...]
    """Names of what pictures may show."""
    subject_weights: Vectors
    """(P, C) how much a content vector looks like each of `subjects`."""
    start: Layers
    """The start of networks that was learnt over many people."""

    @cached_property
    def standard(self) -> Pictures:
        """The stored pictures in deviations."""
        return self.scale.standard(self.stored)


def model_id(weights: Path | None = None) -> str:
    """Name a model by its weights, whatever it runs on; None for the shipped ones.

    Raises
    ------
    WeightsError
        The weights cannot be read.
    """
    path = weights or default_weights()
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    except OSError as error:
        raise WeightsError(f"cannot read weights {path}: {error.strerror}; check it") from error


def load_reference(weights: Path | None = None) -> Reference:
    """Read what lies beside the weights.

    Raises
    ------
    UsageError
        There is none: these weights know no tastes.
    WeightsError
        It is damaged, or belongs to other weights.
    """
    path = weights or default_weights()
    place = path.with_name(path.stem + SUFFIX)
    if not place.is_file():
        raise UsageError(f"{path}: has no {place.name} beside it, which tastes need; use others")
    try:
        tensors, card = read_file(place, _MOST_BYTES)
        found = _reference(tensors, card)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise WeightsError(f"cannot read {place}: {reason}; restore it") from error
    if found.model != model_id(path):
        raise WeightsError(f"{place}: belongs to other weights than {path.name}; restore it")
    return found


def read_file(path: Path, most_bytes: int) -> tuple[dict[str, Vectors | Floats], dict[str, Any]]:
    """Read the arrays of a safetensors file and its card.

    Raises
    ------
    OSError, SafetensorError, KeyError, TypeError, ValueError
        It is larger than `most_bytes`, is no such file, or holds a number that is not finite.
    """
    if path.stat().st_size > most_bytes:
        raise ValueError(f"is larger than {most_bytes} bytes")
    with safe_open(path, framework="numpy") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        card = json.loads((file.metadata() or {})["card"])
    for name, values in tensors.items():
        if not np.isfinite(values).all():
            raise ValueError(f"{name} is not finite")
    if not isinstance(card, dict):
        raise TypeError("its card is none")
    return tensors, card


def pictures_from(tensors: dict[str, Any], prefix: str = "") -> Pictures:
    """Give the pictures that arrays hold.

    Raises
    ------
    KeyError, ValueError
        They hold none.
    """
    content = tensors[f"{prefix}content"].astype(np.float32)
    look = tensors[f"{prefix}look"].astype(np.float32)
    found = Pictures(content, look, tensors[f"{prefix}scores"].astype(np.float64))
    lengths = np.linalg.norm(content, axis=1)
    if look.shape[1] != len(LOOK) or np.any(np.abs(lengths - 1) > _CLOSE):
        raise ValueError("its pictures are not those of a model")
    return found


def _reference(tensors: dict[str, Any], card: dict[str, Any]) -> Reference:
    stored = pictures_from(tensors)
    scale = Scale(
        tensors["look_mean"].astype(np.float32),
        tensors["look_deviation"].astype(np.float32),
        float(card["score_mean"]),
        float(card["score_deviation"]),
    )
    subjects = tuple(map(str, card["subjects"]))
    weights, columns = tensors["subject_weights"].astype(np.float32), stored.content.shape[1]
    wanted = shapes(columns + len(LOOK) + 1)
    start = tuple(tensors[f"start.{at}"].astype(np.float32) for at in range(len(wanted)))
    fits = weights.shape == (len(subjects), columns) and [one.shape for one in start] == wanted
    if not fits or scale.score_deviation <= 0 or np.any(scale.look_deviation <= 0):
        raise ValueError("its parts do not fit")
    lowest, median = float(card["lowest_fifth"]), float(card["median"])
    return Reference(str(card["model"]), stored, scale, lowest, median, subjects, weights, start)
