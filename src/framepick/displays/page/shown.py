"""A live state as JSON, for the page (pure)."""

from __future__ import annotations

import math
import zlib
from dataclasses import asdict
from typing import Any

import numpy as np

from framepick.live.state import KeptStill, LiveState
from framepick.outputs.stills.notes import rating_of
from framepick.types import Floats


def as_json(state: LiveState, after_seconds: float) -> dict[str, Any]:
    """Describe `state` with the points of its curve that come later than `after_seconds`."""
    return {
        "source": state.source,
        "mode": state.mode,
        "status": state.status,
        "message": state.message,
        "trouble": state.trouble,
        "retry_seconds": _rounded(state.retry_seconds),
        "seconds": _rounded(state.seconds),
        "size": [state.width, state.height],
        "picture": picture_number(state),
        "score": _rounded(state.score),
        "percentile": _rounded(state.percentile),
        "stars": stars_of(state.percentile),
        "veto": state.veto,
        "kept": [_still(one) for one in state.kept],
        "kept_count": state.kept_count,
        "best": _still(state.best) if state.best else None,
        "rate": _rounded(state.rate),
        "came_rate": _rounded(state.came_rate),
        "dropped": state.dropped,
        "age_seconds": _rounded(state.age_seconds),
        "ring_bytes": state.ring_bytes,
        "guide": asdict(state.guide) if state.guide else None,
        "folder": state.folder,
        "curve": _curve(state, after_seconds),
    }


def picture_number(state: LiveState) -> int:
    """Give a number that changes with the picture; 0 before the first."""
    return zlib.crc32(state.picture) if state.picture else 0


def stars_of(percentile: float) -> int:
    """Give 1 to 5 stars, or 0 while nothing is scored."""
    return rating_of(percentile) if math.isfinite(percentile) else 0


def _still(still: KeptStill) -> dict[str, Any]:
    return {
        "key": still.key,
        "name": still.name,
        "seconds": _rounded(still.seconds),
        "score": _rounded(still.score),
        "percentile": _rounded(still.percentile),
        "stars": still.rating,
        "reason": still.reason,
    }


def _curve(state: LiveState, after_seconds: float) -> dict[str, list[float | None]]:
    first = int(np.searchsorted(state.times_seconds, after_seconds, side="right"))
    return {
        # exact, so that the last one can be named when more is asked for
        "seconds": state.times_seconds[first:].tolist(),
        "raw": _numbers(state.raw[first:]),
        "level": _numbers(state.level[first:]),
    }


def _numbers(values: Floats) -> list[float | None]:
    return [_rounded(value) for value in values.tolist()]


def _rounded(value: float | None) -> float | None:
    """Round a number; None where there is none, since JSON knows no NaN."""
    return round(value, 3) if value is not None and math.isfinite(value) else None
