"""What heat maps draw over a picture."""

from __future__ import annotations

import numpy as np
import pytest

from framepick.explaining.explainer import Explanation
from framepick.explaining.findings import WHOLE, Finding, FindingKind
from framepick.explaining.methods import Method
from framepick.outputs.explained.heat import heat_map
from framepick.types import Floats, Pixels

GREY = np.full((300, 400, 3), 120, np.uint8)


def map_with(column: int) -> Floats:
    """A map of one strong column, of 13."""
    found = np.zeros((13, 13))
    found[:, column] = 1.0
    return found


def heat(**more: object) -> Pixels:
    facts = {"score": 4.0, "percentile": 50.0, "gains": map_with(1), "deductions": {}} | more
    return heat_map(GREY, Explanation(**facts))  # type: ignore[arg-type]


def orange_at(picture: Pixels) -> int:
    """The column of pixels that is the most orange."""
    return int((picture[..., 0].astype(int) - picture[..., 2]).sum(axis=0).argmax())


def test_saliency_is_drawn_in_place_of_gains() -> None:
    column = 400 / 13
    assert orange_at(heat()) == pytest.approx(1.5 * column, abs=column)
    found = heat(method=Method.GUIDED, saliency=map_with(10))
    assert orange_at(found) == pytest.approx(10.5 * column, abs=column)


def test_a_lean_is_drawn_along_its_line() -> None:
    values = {"degrees": 5.0, "from_x": 0.4, "from_y": 0.5, "to_x": 0.9, "to_y": 0.6}
    lean = Finding(FindingKind.LEANING, WHOLE, values)
    marked, plain = heat(findings=(lean,)), heat()
    assert marked[165, 260].min() > 200
    assert plain[165, 260].max() < 150
    assert np.array_equal(marked[:, :100], plain[:, :100])
