"""The card of a checkpoint: what its weights are, where they come from, what they can do.

A card is a JSON file beside the weights. It is read without torch, so that a program can tell
what it would load before it loads it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from framepick.errors import WeightsError
from framepick.files import whole_file
from framepick.types import VIEW_FILTER, Calibration, ViewSpec

DEFAULT_NAME = "framepick-mobile.safetensors"
CARD_BYTES_LIMIT = 1 << 20
HEADS = ("radial", "projection")
GRAPH_PRECISIONS = ("float32", "int8")
MAX_FAULTS, MAX_VOTES, MAX_HIDDEN, MAX_CLASSES = 64, 100, 4096, 100_000
SIZE_LIMITS = {"aesthetic": 1024, "content": 128}
_TEXTS = ("name", "normalisation", "licence", "origin", "method")


@dataclass(frozen=True, slots=True)
class Architecture:
    """All that is needed to build a network without its weights."""

    backbone: str
    """Name of the backbone, such as mobilenet_v2."""
    levels: tuple[int, ...]
    """Levels whose statistics the fault head takes, rising; none for a projection."""
    faults: int
    """Number of faults that the fault head tells apart; 0 for a projection."""
    aesthetic: int
    """Columns of the aesthetic vectors."""
    content: int
    """Columns of the content vectors."""
    head: str = "radial"
    """The head of the aesthetic vectors, one of HEADS."""
    votes: int = 0
    """Bins of the vote distribution that is read off the aesthetic vectors, 0 for none."""
    filters: tuple[int, ...] = ()
    """Blocks whose depthwise responses the fault head takes too, rising."""
    hidden: int = 0
    """Hidden units of the fault head, 0 for none."""
    classes: int = 0
    """Classes with an appeal in a radial head, 0 for none."""
    moment: bool = False
    """Whether the last column of the aesthetic vectors of a radial head is the moment axis."""

    def __post_init__(self) -> None:
        for name, limit in SIZE_LIMITS.items():
            _check_between(name, getattr(self, name), 1, limit)
        if self.votes:
            _check_between("votes", self.votes, 2, MAX_VOTES)
        if self.head not in HEADS:
            raise ValueError(f"no head {self.head[:80]!r}; known are {', '.join(HEADS)}")
        if self.head == "projection":
            parts = self.levels, self.faults, self.filters, self.hidden, self.classes, self.moment
            if any(parts):
                raise ValueError("a projection looks at no levels and tells no faults or moments")
        else:
            _check_between("faults", self.faults, 1, MAX_FAULTS)
            _check_between("aesthetic", self.aesthetic, 1 + self.moment, SIZE_LIMITS["aesthetic"])
            _check_between("hidden", self.hidden, 0, MAX_HIDDEN)
            _check_between("classes", self.classes, 0, MAX_CLASSES)
            if not self.levels or not (_rises(self.levels) and _rises(self.filters)):
                raise ValueError("levels must rise")


@dataclass(frozen=True, slots=True)
class DataSet:
    """Data that the weights were fitted on or measured with."""

    name: str
    licence: str
    use: str


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """The description of a checkpoint."""

    name: str
    architecture: Architecture
    view: ViewSpec
    normalisation: str
    """How the network normalises a view's bytes, in words."""
    licence: str
    """Licence of the weights."""
    origin: str
    """The weights that these started from."""
    data: tuple[DataSet, ...]
    method: str
    """How the weights were made."""
    figures: Mapping[str, float]
    """Metrics by name."""
    limits: tuple[str, ...]
    """What the weights are known not to do."""
    calibration: Calibration
    vote_values: tuple[float, ...] = ()
    """The rating of each vote bin, rising, such as 1 to 10."""
    graph: str = ""
    """Hash of the weights and of the OpenVINO graph beside them, empty where there is none."""
    graph_precision: str = "float32"
    """What the convolutions of the graph compute in, one of GRAPH_PRECISIONS."""

    def __post_init__(self) -> None:
        if len(self.vote_values) != self.architecture.votes or not _rises(self.vote_values):
            raise ValueError(f"vote_values must be {self.architecture.votes} rising numbers")
        if self.graph_precision not in GRAPH_PRECISIONS:
            raise ValueError(f"graph_precision must be one of {', '.join(GRAPH_PRECISIONS)}")


def default_weights() -> Path:
    """Path of the shipped weights: within the installed package, else in the checkout's weights/.

    Raises WeightsError if they lie in neither place.
    """
    installed = Path(str(resources.files("framepick"))) / "weights" / DEFAULT_NAME
    checkout = Path(__file__).parents[3] / "weights" / DEFAULT_NAME
    for path in (installed, checkout):
        if path.is_file():
            return path
    raise WeightsError(f"no {DEFAULT_NAME} in {installed.parent}; install framepick again")


def card_path(weights: Path) -> Path:
    """Where the card of `weights` lies: beside them, ending in .json."""
    return weights.with_suffix(".json")


def read_card(weights: Path) -> Card:
    """Read the card beside `weights`.

    Raises WeightsError if it is missing, too large, not JSON, or lacks or garbles a field.
    """
    path = card_path(weights)
    try:
        if path.stat().st_size > CARD_BYTES_LIMIT:
            raise WeightsError(f"card {path} is larger than {CARD_BYTES_LIMIT} bytes; restore it")
        fields = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        message = f"no card at {path}; put the .json file that came with the weights beside them"
        raise WeightsError(message) from error
    except (OSError, ValueError, RecursionError) as error:
        raise WeightsError(f"cannot read card {path}: {_one_line(error)}; restore it") from error
    try:
        return _card_of(fields)
    except KeyError as error:
        raise WeightsError(f"card {path} lacks {error}; restore it") from error
    except (AttributeError, TypeError, ValueError, OverflowError) as error:
        raise WeightsError(f"card {path} is wrong: {_one_line(error)}; restore it") from error


def write_card(card: Card, weights: Path) -> None:
    """Write `card` beside `weights`; raises OutputError where that fails."""
    path = card_path(weights)
    text = json.dumps(_fields_of(card), indent=1, ensure_ascii=False) + "\n"
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


def _card_of(fields: dict[str, Any]) -> Card:
    view, calibration = fields["view"], fields["calibration"]
    return Card(
        architecture=_architecture_of(fields["architecture"]),
        view=_view_of(view),
        data=tuple(DataSet(**{k: _text(k, v) for k, v in row.items()}) for row in fields["data"]),
        figures={str(k): _number(k, v) for k, v in fields["figures"].items()},
        limits=tuple(_text("limits", line) for line in fields["limits"]),
        calibration=Calibration(
            _text("reference", calibration["reference"]),
            np.array([_number("quantiles", q) for q in calibration["quantiles"]], np.float64),
        ),
        vote_values=tuple(_number("vote_values", v) for v in fields.get("vote_values", ())),
        graph=_text("graph", fields.get("graph", "")),
        graph_precision=_text("graph_precision", fields.get("graph_precision", "float32")),
        **{name: _text(name, fields[name]) for name in _TEXTS},
    )


def _view_of(fields: dict[str, Any]) -> ViewSpec:
    if fields["filter"] != VIEW_FILTER:
        raise ValueError(
            f"views are resampled with the {VIEW_FILTER} filter, not {fields['filter']!r}"
        )
    return ViewSpec(_whole("view size", fields["size"]))


def _architecture_of(fields: dict[str, Any]) -> Architecture:
    return Architecture(
        backbone=_text("backbone", fields["backbone"]),
        levels=tuple(_whole("levels", level) for level in fields["levels"]),
        faults=_whole("faults", fields["faults"]),
        aesthetic=_whole("aesthetic", fields["aesthetic"]),
        content=_whole("content", fields["content"]),
        # what follows need not be there
        head=_text("head", fields.get("head", "radial")),
        filters=tuple(_whole("filters", block) for block in fields.get("filters", ())),
        moment=_flag("moment", fields.get("moment", False)),
        **{name: _whole(name, fields.get(name, 0)) for name in ("votes", "hidden", "classes")},
    )


def _fields_of(card: Card) -> dict[str, Any]:
    return {
        **{name: getattr(card, name) for name in _TEXTS},
        "architecture": asdict(card.architecture),
        "view": {"size": card.view.size, "filter": VIEW_FILTER},
        "data": [asdict(row) for row in card.data],
        "figures": dict(card.figures),
        "limits": card.limits,
        "calibration": {
            "reference": card.calibration.reference,
            "quantiles": card.calibration.quantiles.tolist(),
        },
        "vote_values": card.vote_values,
        "graph": card.graph,
        "graph_precision": card.graph_precision,
    }


def _check_between(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise ValueError(f"{name} must lie between {least} and {most}")


def _rises(values: Sequence[float]) -> bool:
    return all(a < b for a, b in pairwise(values))


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be text")
    return value


def _whole(name: str, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number")
    return value


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be true or false")
    return value


def _number(name: str, value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        raise TypeError(f"{name} must be a finite number")
    return float(value)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
