"""Frames that a user wants to be among the picks, with the reasons that stand beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from framepick.measures import vetoes
from framepick.picking import Held, RefinedPeak
from framepick.reasons import Reason, ReasonCode
from framepick.scope import Scope
from framepick.types import Samples

RelativeVeto = Callable[[int], Reason | None]
"""Gives the relative veto of a row, None where it has none or was not compared."""


def no_veto(row: int) -> None:
    """Compare nothing at full size."""


def included(scope: Scope, samples: Samples, relative_veto: RelativeVeto) -> Iterator[Held]:
    """Give the included frames that were decoded, each exactly as it is."""
    allowed = samples.with_excluded(np.zeros(len(samples), np.bool_))
    codes = vetoes(allowed.measures)
    for frame_index in scope.included:
        for row in np.flatnonzero(samples.frame_index == frame_index)[:1].tolist():
            yield Held(row, RefinedPeak(row), _reason(str(codes[row]), relative_veto(row)))


def _reason(hard_veto: str, relative_veto: Reason | None) -> Reason:
    veto = hard_veto or (relative_veto.code.value if relative_veto else "")
    if veto:
        return Reason(ReasonCode.INCLUDED_VETOED, {"veto": veto})
    return Reason(ReasonCode.INCLUDED)
