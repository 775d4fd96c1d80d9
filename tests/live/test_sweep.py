from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from framepick.curve.kalman import FilterState, NoiseModel, update
from framepick.live import score_map
from framepick.live.sweep import APART, NEAR, Guidance, Sweep, SweepFrame
from framepick.types import Pixels
from tests.live.panned import SIDE, as_view, view, wide

SCENE = wide()
RATE = 8
BEST = 1.6
NOISE = NoiseModel(0.01, 1.0, 2.0)
SWEPT = [float(x) for x in np.linspace(0.6, 2.6, 50)]


def beauty(x: float) -> float:
    """Score of a view: best at `BEST`, less and less to both sides."""
    return 5.0 + 2.0 * math.exp(-(((x - BEST) / 0.5) ** 2))


class Filmed:
    """A sweep that is fed with views, frame after frame, and the filter of its scores."""

    def __init__(
        self,
        score: Callable[[float], float] = beauty,
        is_vetoed: Callable[[float], bool] = lambda _: False,
    ) -> None:
        self.sweep, self.seconds = Sweep(), 0.0
        self.x: dict[float, float] = {}
        self._score, self._is_vetoed = score, is_vetoed
        self._state: FilterState | None = None
        self._rng = np.random.default_rng(0)

    def show(self, x: float, picture: Pixels | None = None) -> Guidance:
        """Show the view at `x`, or another picture; give what the user is told."""
        score = self._score(x) + float(self._rng.normal(0, 0.05))
        self._state = update(self._state, self.seconds, score, NOISE)
        level, variance = float(self._state.mean[0]), float(self._state.covariance[0, 0])
        picture = view(SCENE, x, grain=3) if picture is None else picture
        content = np.array([math.cos(x), math.sin(x)], np.float32)
        frame = SweepFrame(
            self.seconds, picture, content, score, level, variance, self._is_vetoed(x)
        )
        self.x[self.seconds] = x
        self.seconds += 1 / RATE
        return self.sweep.add(frame)

    def hold(self, x: float, seconds: float) -> list[Guidance]:
        return [self.show(x) for _ in range(round(seconds * RATE))]

    def found(self) -> list[float]:
        """Give the views of the result."""
        return [self.x[one.seconds] for one in self.sweep.result()]


def test_the_arrow_leads_back_to_the_best_view_and_standing_still_there_ends_the_sweep() -> None:
    filmed = Filmed()
    told = [filmed.show(x) for x in SWEPT][-1]
    assert told.state == "go back"
    x, steps = SWEPT[-1], 0
    while told.dx is not None:
        assert told.dx < 0
        assert x + told.dx == pytest.approx(BEST, abs=0.1)
        x += 0.3 * told.dx
        told, steps = filmed.show(x), steps + 1
        assert steps < 50
    assert told.state == "hold still"
    assert filmed.hold(x, 1.5)[-1].state == "done"
    assert filmed.sweep.is_done
    assert filmed.found()[0] == pytest.approx(BEST, abs=0.07)


def test_there_is_no_arrow_where_no_view_is_better_than_another() -> None:
    filmed = Filmed(lambda _: 5.0)
    assert all(filmed.show(x).state == "sweep on" for x in SWEPT)
    assert all(told.dx is None for told in filmed.hold(SWEPT[-1], 2))


def test_there_is_no_arrow_while_the_score_rises() -> None:
    filmed = Filmed()
    assert all(filmed.show(x).dx is None for x in SWEPT if x < BEST)


def test_the_arrow_shows_up_and_down_too() -> None:
    filmed = Filmed()
    told = [filmed.show(x) for x in SWEPT][-1]
    assert told.dx is not None
    lower = filmed.show(SWEPT[-1], view(SCENE, SWEPT[-1], 0.8))
    assert lower.dy == pytest.approx(-0.3, abs=0.05)


def test_no_arrow_is_shorter_than_what_counts_as_near() -> None:
    filmed = Filmed()
    told = [filmed.show(x) for x in [*SWEPT, *reversed(SWEPT), *SWEPT]]
    lengths = [one.distance for one in told if one.distance is not None]
    assert len(lengths) > 20
    assert min(lengths) > NEAR


def test_standing_still_before_the_sweep_ends_nothing() -> None:
    filmed = Filmed()
    assert {told.state for told in filmed.hold(SWEPT[0], 5)} == {"sweep on"}
    assert not filmed.sweep.is_done


def test_standing_still_far_from_the_best_view_asks_to_go_back() -> None:
    filmed = Filmed()
    for x in SWEPT:
        filmed.show(x)
    assert {told.state for told in filmed.hold(SWEPT[-1], 5)} == {"go back"}


def test_a_vetoed_view_is_never_the_best() -> None:
    filmed = Filmed(is_vetoed=lambda x: abs(x - BEST) < 0.2)
    for x in SWEPT:
        filmed.show(x)
    assert filmed.found()
    assert all(abs(x - BEST) >= 0.2 for x in filmed.found())


def test_the_result_holds_two_other_views_each_somewhere_else() -> None:
    filmed = Filmed()
    for x in SWEPT:
        filmed.show(x)
    found = filmed.found()
    assert len(found) == 3
    gaps = np.abs(np.subtract.outer(found, found))[~np.eye(3, dtype=bool)]
    assert gaps.min() > APART - 0.03
    scores = [one.score for one in filmed.sweep.result()]
    assert scores == sorted(scores, reverse=True)


def test_a_sweep_that_is_ended_has_its_result_and_changes_no_more() -> None:
    filmed = Filmed()
    for x in SWEPT:
        filmed.show(x)
    filmed.sweep.end()
    found = filmed.found()
    assert filmed.show(BEST).state == "done"
    assert filmed.found() == found


def test_a_sweep_of_nothing_has_no_result() -> None:
    assert Sweep().result() == []


def test_no_arrow_crosses_a_cut_and_it_is_there_again_when_the_camera_is_back() -> None:
    filmed, other = Filmed(), wide(9)
    for x in SWEPT:
        filmed.show(x)
    for _ in range(2 * RATE):
        assert filmed.show(5.0, view(other, 1.0)).dx is None
    told = filmed.show(SWEPT[-1])
    assert told.dx == pytest.approx(BEST - SWEPT[-1], abs=0.1)


def test_flat_pictures_are_no_motion() -> None:
    filmed = Filmed()
    for x in SWEPT:
        filmed.show(x)
    black = as_view(np.zeros((SIDE, SIDE)))
    assert all(filmed.show(5.0, black).dx is None for _ in range(RATE))


def test_the_memory_of_a_long_sweep_is_bounded() -> None:
    filmed, rng = Filmed(), np.random.default_rng(0)
    for x, y in rng.uniform((0.2, 0.1), (3.8, 0.9), (700, 2)).tolist():
        filmed.show(x, view(SCENE, x, y))
    assert len(filmed.sweep._map.views()) <= score_map.MOST_CELLS
