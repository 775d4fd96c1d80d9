"""Pictures that say nothing: black, or always the same."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from framepick.live.observation import Observation
from framepick.live.picture_watch import PictureWatch
from framepick.reasons import ReasonCode
from framepick.types import Moment

CONTENT = np.array([1.0], np.float32)


def seen(second: int, shade: int, veto: ReasonCode | None = None) -> Observation:
    view = np.full((4, 4, 3), shade, np.uint8)
    moment = Moment(second, second, Fraction(1), float(second))
    return Observation(moment, view, CONTENT, 1.0, 1.0, 0.0, 0.1, 0, veto)


def test_a_black_picture_is_told_once_and_again_when_it_is_over() -> None:
    watch = PictureWatch()
    told = [watch.add(seen(n, n % 2, ReasonCode.BLACK)) for n in range(8)]
    assert [len(one) for one in told] == [0, 0, 0, 1, 0, 0, 0, 0]
    assert len(watch.add(seen(8, 90))) == 1
    assert watch.add(seen(9, 91)) == []


def test_a_short_black_is_not_told() -> None:
    watch = PictureWatch()
    assert not any(watch.add(seen(n, n % 2, ReasonCode.BLACK)) for n in range(3))
    assert watch.add(seen(3, 90)) == []


def test_a_picture_that_does_not_change_at_all_is_told_once() -> None:
    watch = PictureWatch()
    told = [bool(watch.add(seen(n, 90))) for n in range(15)]
    assert [n for n, one in enumerate(told) if one] == [11]
    assert len(watch.add(seen(15, 91))) == 1
