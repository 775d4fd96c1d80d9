"""What compares the picks of a video with those of others, as it stands in picks.json."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

import numpy as np

from framepick.results import Comparable
from framepick.types import Vectors

COMPARABLE = "comparable"
"""Key in picks.json."""
_MOST_COLUMNS = 4096


def describe_comparable(one: Comparable) -> dict[str, Any]:
    """Describe the picks in their order; content is their vectors as little-endian half floats."""
    content = np.ascontiguousarray(one.content, "<f2")
    return {
        "scores": [round(score, 6) for score in one.scores.tolist()],
        "columns": content.shape[1],
        "content": b64encode(content.tobytes()).decode(),
    }


def read_comparable(document: Mapping[str, Any]) -> Comparable | None:
    """Undo `describe_comparable` of a picks.json; None where that is missing or makes no sense."""
    try:
        values = document[COMPARABLE]
        scores = np.array(values["scores"], np.float64).reshape(-1)
        columns = int(values["columns"])
        content = _vectors(values["content"], len(scores), columns)
        is_whole = len(scores) == len(document["picks"])
    except (KeyError, TypeError, ValueError, OverflowError, binascii.Error):
        return None
    is_sound = bool(np.isfinite(scores).all() and np.isfinite(content).all())
    return Comparable(scores, content) if is_whole and is_sound else None


def _vectors(text: str, count: int, columns: int) -> Vectors:
    """Read vectors (count, columns).

    Raises
    ------
    ValueError
        They are not as many.
    """
    if not 0 < columns <= _MOST_COLUMNS:
        raise ValueError(f"{columns} columns")
    flat = np.frombuffer(b64decode(text, validate=True), "<f2")
    return flat.reshape(count, columns).astype(np.float32)
