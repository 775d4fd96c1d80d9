"""Tastes as files: safetensors with a card, read without trust, and the user's folder of them."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import save

from framepick.errors import UsageError
from framepick.files import whole_file
from framepick.measures import LOOK
from framepick.taste.kernel_ridge import KernelRidge
from framepick.taste.learning import Lesson
from framepick.taste.nearest import Nearest
from framepick.taste.network import Network, shapes
from framepick.taste.pictures import Judged
from framepick.taste.ranker import Ranker
from framepick.taste.reference import Reference, load_reference, pictures_from, read_file
from framepick.taste.taste import Taste, TasteCard
from framepick.taste.ways import MOST_JUDGED, Way

FORMAT = 1
SUFFIX = ".safetensors"
_MOST_BYTES = 1 << 24
_MOST_WEIGHT = 1e6
_NAME = re.compile(r"[^\W_][\w .-]{0,79}")
_UNREADABLE = (OSError, SafetensorError, KeyError, TypeError, ValueError, RecursionError)
_Tensors = Mapping[str, NDArray[Any]]


def user_folder() -> Path:
    """Folder of the user's tastes; FRAMEPICK_TASTES names another one."""
    named = os.environ.get("FRAMEPICK_TASTES")
    return Path(named) if named else platformdirs.user_data_path("framepick") / "tastes"


def place_of(name: str) -> Path:
    """Give the file that a path, or the name of one of the user's tastes, stands for.

    Raises
    ------
    UsageError
        It is neither.
    """
    if os.sep in name or name.endswith(SUFFIX) or (os.altsep and os.altsep in name):
        return Path(name)
    check_name(name)
    return user_folder() / (name + SUFFIX)


def check_name(name: str) -> None:
    """Raise `UsageError` unless `name` can name a taste."""
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{name[:80]!r}: is no name of a taste; use letters, digits, blanks, - and ., or name "
            f"a file that ends in {SUFFIX}"
        )


def known_taste(label: str, weights: Path | None = None) -> Taste | None:
    """Give the taste of the user's folder that `Taste.label` names; None if it is not there.

    Raises
    ------
    WeightsError
        The weights, or what lies beside them, cannot be read.
    """
    name = label.rpartition(" ")[0]
    try:
        taste = load_taste(place_of(name), weights)
    except UsageError:
        return None
    return taste if taste.label == label else None


def check_is_taste(path: Path) -> None:
    """Raise `UsageError` unless a file is a taste, of whatever model."""
    try:
        _card(read_file(path, _MOST_BYTES)[1])
    except FileNotFoundError as error:
        raise _missing(path) from error
    except _UNREADABLE as error:
        raise UsageError(f"{path}: is no taste, and stays") from error


def new_taste(name: str, judged: Judged, lesson: Lesson, reference: Reference) -> Taste:
    """Make a taste of what was judged and learnt today.

    Raises
    ------
    UsageError
        It cannot have this name.
    """
    check_name(name)
    card = TasteCard(
        name=name,
        model=reference.model,
        made_at=date.today().isoformat(),
        likes=judged.like_count,
        dislikes=judged.dislike_count,
        way=lesson.way.value,
        is_used=lesson.ranker is not None,
        accuracy={way: round(value, 4) for way, value in lesson.accuracy.items()},
        general_accuracy=round(lesson.general_accuracy, 4),
        chance=round(lesson.chance, 4),
        missing_likes=lesson.missing_likes,
    )
    taste = Taste(card, judged, lesson, reference)
    return replace(taste, digest=_digest(_bytes(taste)))


def save_taste(taste: Taste, path: Path) -> None:
    """Write a taste; raises `OutputError` where that fails."""
    with whole_file(path) as partial:
        partial.write_bytes(_bytes(taste))


def load_taste(path: Path, weights: Path | None = None) -> Taste:
    """Read a taste for the model of `weights`, None for the shipped ones.

    Raises
    ------
    UsageError
        There is none, it is damaged, or it was learnt with another model.
    WeightsError
        The weights, or what lies beside them, cannot be read.
    """
    try:
        tensors, card = read_file(path, _MOST_BYTES)
        found = _card(card)
    except FileNotFoundError as error:
        raise _missing(path) from error
    except _UNREADABLE as error:
        raise _damaged(path, error) from error
    reference = load_reference(weights)
    if found.model != reference.model:
        raise UsageError(
            f"{path}: was learnt with other weights; name those with --weights, or learn it again"
        )
    try:
        judged = _judged(tensors, reference)
        lesson = _lesson(found, tensors, reference)
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, error) from error
    if (found.likes, found.dislikes) != (judged.like_count, judged.dislike_count):
        raise _damaged(path, ValueError("its card counts others than it holds"))
    taste = Taste(found, judged, lesson, reference)
    return replace(taste, digest=_digest(_bytes(taste)))


def _missing(path: Path) -> UsageError:
    return UsageError(f"{path}: there is no such taste; make it by framepick taste learn")


def _damaged(path: Path, error: Exception) -> UsageError:
    reason = " ".join(str(error).split())[:200]
    return UsageError(f"{path}: is no taste that can be read ({reason}); learn it again")


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _bytes(taste: Taste) -> bytes:
    pictures = taste.judged.pictures
    tensors: dict[str, NDArray[Any]] = {
        "content": pictures.content.astype(np.float32),
        "look": pictures.look.astype(np.float32),
        "scores": pictures.scores.astype(np.float64),
        "liked": taste.judged.liked.astype(np.uint8),
        **_ranker_tensors(taste.lesson.ranker),
    }
    card = {"format": FORMAT, **asdict(taste.card)}
    return save(tensors, {"card": json.dumps(card, sort_keys=True)})


def _card(fields: dict[str, Any]) -> TasteCard:
    if fields.pop("format", None) != FORMAT:
        raise ValueError("it is of another version")
    card = TasteCard(**fields)
    if not _NAME.fullmatch(card.name):
        raise ValueError("it has no name")
    Way(card.way)
    whole = (card.likes, card.dislikes, card.missing_likes)
    if any(type(one) is not int or one < 0 for one in whole) or type(card.is_used) is not bool:
        raise TypeError("its card is wrong")
    shares = [card.general_accuracy, card.chance, *card.accuracy.values()]
    if not all(isinstance(one, float | int) and 0 <= one <= 1 for one in shares):
        raise TypeError("its card is wrong")
    if not isinstance(card.model, str):
        raise TypeError("its card is wrong")
    date.fromisoformat(card.made_at)
    return card


def _judged(tensors: _Tensors, reference: Reference) -> Judged:
    pictures = pictures_from(dict(tensors))
    if pictures.content.shape[1] != reference.stored.content.shape[1]:
        raise ValueError("its vectors have other columns than those of the model")
    return Judged(pictures, tensors["liked"].astype(np.bool_))


def _lesson(card: TasteCard, tensors: _Tensors, reference: Reference) -> Lesson:
    return Lesson(
        _ranker(Way(card.way), tensors, reference) if card.is_used else None,
        Way(card.way),
        card.accuracy,
        card.general_accuracy,
        card.chance,
        card.missing_likes,
    )


def _ranker_tensors(ranker: Ranker | None) -> dict[str, NDArray[Any]]:
    if isinstance(ranker, KernelRidge):
        return {
            "ranker.content": ranker.content,
            "ranker.weights": ranker.weights,
            "ranker.look": ranker.look,
            "ranker.score": np.array([ranker.score], np.float32),
        }
    if isinstance(ranker, Nearest):
        return {"ranker.content": ranker.content, "ranker.liked": ranker.liked.astype(np.uint8)}
    if isinstance(ranker, Network):
        return {f"ranker.{at}": layer for at, layer in enumerate(ranker.layers)}
    return {}


def _ranker(way: Way, tensors: _Tensors, reference: Reference) -> Ranker:
    """Give the ranker that arrays hold; raises `KeyError` or `ValueError` if they hold none."""
    found = {
        name.removeprefix("ranker."): values.astype(np.float32)
        for name, values in tensors.items()
        if name.startswith("ranker.")
    }
    if any(np.abs(one).max(initial=0.0) > _MOST_WEIGHT for one in found.values()):
        raise ValueError("its weights are too large")
    columns = reference.stored.content.shape[1]
    if way in (Way.NETWORK, Way.META):
        wanted = shapes(columns + len(LOOK) + 1)
        layers = tuple(found[str(at)] for at in range(len(wanted)))
        _check([one.shape for one in layers] == wanted)
        return Network(layers)
    content = found["content"]
    count = len(content)
    _check(content.shape == (count, columns) and 0 < count <= 4 * MOST_JUDGED)
    if way == Way.NEAREST:
        _check(found["liked"].shape == (count,))
        return Nearest(content, found["liked"] > 0)
    weights, look, score = found["weights"], found["look"], found["score"]
    _check(weights.shape == (count,) and look.shape == (len(LOOK),) and score.shape == (1,))
    return KernelRidge(content, weights, look, float(score[0]))


def _check(fits: bool) -> None:
    if not fits:
        raise ValueError("its ranker has other shapes than the model")
