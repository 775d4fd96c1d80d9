from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from framepick.config import PickConfig, TimeRange
from framepick.measures import vetoes
from framepick.scope import EVERYTHING, VETO_SECONDS, Scope, around, excluded_rows, scope_of
from framepick.timecode import Timecodes
from framepick.types import MEASURES_DTYPE, Samples

NTSC = Fraction(30000, 1001)
TIMES = np.arange(300) / float(NTSC)
HOUR = Timecodes(NTSC, is_drop=True, start_frame=107892, is_nominal=False)


def scope(**rules: Any) -> Scope:
    return scope_of(PickConfig(**rules), HOUR, TIMES)


def frames(found: Scope) -> list[int]:
    return np.flatnonzero(found.covers(TIMES)).tolist()


def test_without_wishes_everything_is_let_in() -> None:
    assert scope() == EVERYTHING
    assert frames(scope()) == list(range(300))


def test_ranges_add_up_and_exclusions_take_away() -> None:
    found = scope(
        ranges=(TimeRange(1.0, 2.0), TimeRange(8.0, None)), excluded=(TimeRange(1.5, 8.5),)
    )
    expected = [at for at, time in enumerate(TIMES) if 1 <= time < 1.5 or time > 8.5]
    assert frames(found) == expected


def test_a_time_code_names_its_frame_and_both_ends_are_within() -> None:
    assert HOUR.text(30) == "01:00:01;00"
    found = scope(ranges=(TimeRange("01:00:01:00", "01:00:01;04"),), included=("01:00:02;00",))
    assert frames(found) == [30, 31, 32, 33, 34]
    assert found.included == (60,)


def test_codes_count_on_over_the_minute_as_drop_frame_does() -> None:
    clock = Timecodes(NTSC, is_drop=True, start_frame=1795, is_nominal=False)
    found = scope_of(PickConfig(included=("00:01:00;02",)), clock, TIMES)
    assert found.included == (5,)  # 0 and 1 are left out
    assert clock.text(5) == "00:01:00;02"


def test_seconds_name_the_frame_that_is_shown_then() -> None:
    assert scope(included=(float(TIMES[7]), float(TIMES[7]) + 0.03, 9.99)).included == (7, 299)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"ranges": (TimeRange(11.0),)}, "--from 11 s is not in the film, which ends at 9.977 s"),
        ({"included": (10.1,)}, r"10.1 s is not in the film, which .* 01:00:00;00 to"),
        ({"included": ("00:59:59;29",)}, "00:59:59;29 is not in the film"),
        ({"included": ("01:00:00:30",)}, "is no time code at 29.97 frames per second"),
        ({"ranges": (TimeRange("01:00:05:00", 1.0),)}, "--to 1 s comes before --from 01:00:05:00"),
        ({"ranges": (TimeRange(1.01, 1.02),)}, "no frame lies between 1.01 s and 1.02 s"),
        ({"excluded": (TimeRange(None, 60.0),)}, "--exclude leaves no frame"),
        ({"ranges": (TimeRange(1, 2),), "excluded": (TimeRange(0, 3),)}, "leaves no frame"),
    ],
)
def test_times_that_cannot_be_meant_are_told(rules: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        scope(**rules)


def test_a_range_ends_after_it_starts() -> None:
    with pytest.raises(ValueError, match="a range ends at 1 s before it starts at 2 s"):
        TimeRange(2, 1)


def test_an_end_after_the_film_is_its_end() -> None:
    assert frames(scope(ranges=(TimeRange(9.9, 60.0),))) == [297, 298, 299]


def test_what_is_near_a_vetoed_frame_is_excluded() -> None:
    numbers = np.arange(300)
    measures = np.zeros(300, MEASURES_DTYPE)
    measures["luma_spread"] = 0.2
    flat = np.zeros(300)
    samples = Samples(Fraction(1, 90000), numbers, numbers, TIMES, flat, flat, measures)
    found = excluded_rows(Scope(vetoed=(100, 250)), samples)
    assert np.array_equal(
        found, np.abs(TIMES[:, None] - TIMES[[100, 250]]).min(axis=1) <= VETO_SECONDS
    )
    codes = vetoes(samples.with_excluded(found).measures)
    assert set(codes[found]) == {"excluded"}
    assert set(codes[~found]) == {""}


def test_rows_around_frames_are_those_within_reach() -> None:
    rows = around([60, 61, 999], TIMES, 0.1)
    assert rows.tolist() == list(range(58, 64))
