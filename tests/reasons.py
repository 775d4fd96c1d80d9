"""Reasons as tests write them; values may be approximate."""

from __future__ import annotations

from typing import Any

from framepick.reasons import Reason, ReasonCode
from framepick.results import Pick

FILLERS = {ReasonCode.FILLER, ReasonCode.FILLER_DUPLICATE, ReasonCode.FILLER_CLOSE}


def reason(code: ReasonCode, **values: Any) -> Reason:
    return Reason(code, values)


def missing(code: ReasonCode, picked: int, requested: int, **values: int) -> Reason:
    """Say why picks are missing."""
    return reason(code, picked=picked, requested=requested, **values)


def is_filler(pick: Pick) -> bool:
    """Tell whether a pick was added to reach the count."""
    return pick.reasons[0].code in FILLERS
