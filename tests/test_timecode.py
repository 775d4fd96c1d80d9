from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from opentimelineio import opentime

from framepick.timecode import Timecodes, counted_rate, frames_a_day, timecodes
from framepick.types import Floats, VideoInfo

NTSC = Fraction(1000, 1001)
DROP_RATES = [30 * NTSC, 60 * NTSC]
WHOLE_RATES = [Fraction(rate) for rate in (24, 25, 30, 48, 50, 60)]
FINE_RATES = [rate * NTSC for rate in (24, 30, 48, 60)]


def _info(rate: Fraction | str | None, start: str | None = None) -> VideoInfo:
    frame_rate = Fraction(rate) if rate is not None else None
    return VideoInfo("a.mov", 640, 360, "h264", "mov", frame_rate, None, 1, 1, start)


def _even(rate: Fraction, count: int = 500) -> Floats:
    return np.array([float(n / rate) for n in range(count)])


def _codes(rate: Fraction | str, start: str | None = None, count: int = 500) -> Timecodes:
    return timecodes(_info(rate, start), _even(Fraction(rate), count))


def _labels(base: int, is_drop: bool) -> Iterator[str]:
    """All numbers of a day in order, from the rule itself: which ones do exist."""
    left_out = base // 15 if is_drop else 0
    digits = len(str(base - 1))
    mark = ";" if is_drop else ":"
    frames = [f"{frame:0{max(2, digits)}d}" for frame in range(base)]
    for minute in range(24 * 60):
        for second in range(60):
            first = left_out if second == 0 and minute % 10 else 0
            head = f"{minute // 60:02d}:{minute % 60:02d}:{second:02d}{mark}"
            yield from (head + frame for frame in frames[first:])


def _telling_frames(rate: Fraction, is_drop: bool) -> list[int]:
    """Frames around every minute of a day, and a scattering of others."""
    day = frames_a_day(rate, is_drop)
    scattered = range(0, day, 1009)
    minutes = (round(minute * 60 * rate) + step for minute in range(1440) for step in range(-9, 10))
    return sorted({frame % day for frame in (*scattered, *minutes, day - 1)})


@pytest.mark.parametrize("rate", DROP_RATES)
def test_drop_frame_agrees_with_opentime_around_every_minute_of_a_day(rate: Fraction) -> None:
    clock = Timecodes(rate, True, 0, False)
    for frame in _telling_frames(rate, True):
        theirs = opentime.to_timecode(opentime.RationalTime(frame, float(rate)), float(rate), True)
        assert clock.text(frame) == theirs


@pytest.mark.parametrize("rate", [*WHOLE_RATES, *FINE_RATES])
def test_non_drop_agrees_with_opentime_around_every_minute_of_a_day(rate: Fraction) -> None:
    clock = Timecodes(rate, False, 0, False)
    frames = [frame for frame in _telling_frames(rate, False)[::3] if frame < 86400 * rate]
    for frame in frames:  # after a day by the clock opentime starts again, not at 24:00:00:00
        theirs = opentime.to_timecode(opentime.RationalTime(frame, float(rate)), float(rate), False)
        assert clock.text(frame) == theirs


@pytest.mark.parametrize("rate", [*DROP_RATES, *WHOLE_RATES, *FINE_RATES])
def test_opentime_reads_back_the_frame_that_was_written(rate: Fraction) -> None:
    is_drop = rate in DROP_RATES
    clock = Timecodes(rate, is_drop, 0, False)
    for frame in _telling_frames(rate, is_drop)[::7]:
        assert opentime.from_timecode(clock.text(frame), float(rate)).value == frame


def test_every_frame_of_a_drop_frame_day_has_the_next_number_that_exists() -> None:
    clock = Timecodes(30 * NTSC, True, 0, False)
    frame = -1
    for frame, label in enumerate(_labels(30, True)):
        if frame % 1800 < 60 or frame % 1800 > 1740:  # numbers are left out near minutes only
            assert clock.text(frame) == label
    assert frame + 1 == frames_a_day(30 * NTSC, True) == 2589408


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rate", "is_drop"),
    [
        *((rate, True) for rate in (*DROP_RATES, 120 * NTSC)),
        *((rate, False) for rate in (24 * NTSC, Fraction(25), Fraction(25, 2))),
    ],
)
def test_every_single_frame_of_a_day_has_its_number(rate: Fraction, is_drop: bool) -> None:
    clock = Timecodes(rate, is_drop, 0, False)
    for frame, label in enumerate(_labels(counted_rate(rate), is_drop)):
        if clock.text(frame) != label:
            pytest.fail(f"{frame}: {clock.text(frame)} for {label}")


def test_119_88_drops_eight_numbers_a_minute() -> None:
    clock = Timecodes(120 * NTSC, True, 0, False)
    assert clock.text(7199) == "00:00:59;119"
    assert clock.text(7200) == "00:01:00;008"
    assert clock.text(round(600 * 120 * NTSC)) == "00:10:00;000"


def test_numbering_starts_again_after_a_day() -> None:
    drop = _codes(30 * NTSC, "23:59:59;29")
    assert [drop.text(0), drop.text(1)] == ["23:59:59;29", "00:00:00;00"]
    whole = _codes("25", "23:59:59:24")
    assert [whole.text(0), whole.text(1)] == ["23:59:59:24", "00:00:00:00"]


@pytest.mark.parametrize(
    ("rate", "is_drop"),
    [
        ("24000/1001", False),
        ("24", False),
        ("25", False),
        ("30000/1001", True),
        ("30", False),
        ("48000/1001", False),
        ("48", False),
        ("50", False),
        ("60000/1001", True),
        ("60", False),
        ("120000/1001", True),
        ("10", False),
        ("25/2", False),
        ("15", False),
        ("100", False),
        ("17", False),
    ],
)
def test_an_even_video_keeps_its_rate_and_every_frame_its_number(rate: str, is_drop: bool) -> None:
    clock = _codes(rate, count=20000)
    assert clock == Timecodes(Fraction(rate), is_drop, 0, False)
    times = _even(Fraction(rate), 20000)[::7]
    assert [clock.frame_at(time) for time in times] == list(range(0, 20000, 7))


@pytest.mark.parametrize(
    "rate", ["24000/1001", "30000/1001", "60000/1001", "120000/1001", "240", "25", "60", "25/2"]
)
@pytest.mark.parametrize("ticks", [1000, 600])
def test_rounded_time_stamps_are_no_variable_rate(rate: str, ticks: int) -> None:
    times = np.rint(_even(Fraction(rate), 6000) * ticks) / ticks
    for declared in (rate, None):
        clock = timecodes(_info(declared), times)
        assert (clock.rate, clock.is_nominal) == (Fraction(rate), False)
        assert [clock.frame_at(time) for time in times] == list(range(6000))


def test_missing_frames_are_no_variable_rate() -> None:
    times = np.delete(_even(Fraction(30), 1000), [5, 77, 78, 500, 812])
    declared = Fraction(len(times), 1) / Fraction(1000, 30)  # as a header says: count by duration
    clock = timecodes(_info(declared), times)
    assert (clock.rate, clock.is_nominal) == (Fraction(30), False)
    assert clock.text_at(times[-1]) == "00:00:33:09"


@pytest.mark.parametrize("declared", [None, "0", "90000", "1/100", "-25", "1000"])
def test_a_rate_that_is_none_is_taken_from_the_frames(declared: str | None) -> None:
    clock = timecodes(_info(declared), _even(30 * NTSC, 3000))
    assert clock == Timecodes(30 * NTSC, True, 0, False)


def test_a_rate_rounded_by_the_container_is_the_usual_one() -> None:
    for declared in ("2997/100", "2997003/100000"):
        assert timecodes(_info(declared), _even(30 * NTSC, 20)).rate == 30 * NTSC


def test_a_rate_of_fields_is_halved_to_that_of_frames() -> None:
    assert timecodes(_info("50"), _even(Fraction(25))).rate == 25


def _uneven(rate: float, count: int = 2000) -> Floats:
    steps = np.random.default_rng(3).uniform(0.6, 1.5, count) / rate
    return np.concatenate([[0.0], np.cumsum(steps)])


def test_a_variable_rate_is_nominal_and_the_nearest_usual_one() -> None:
    for declared, rate in (("2993/100", 30 * NTSC), ("301/10", 30), ("24", 24), ("241/10", 24)):
        clock = timecodes(_info(declared), _uneven(float(Fraction(declared))))
        assert clock.is_nominal
        assert abs(clock.rate / Fraction(rate) - 1) < 0.06


def test_a_variable_rate_without_a_header_goes_by_the_usual_step() -> None:
    times = np.cumsum([0.0, *([1 / 30, 1 / 30, 1 / 30, 0.047] * 100)])
    clock = timecodes(_info(None), times)
    assert (clock.rate, clock.is_nominal) == (Fraction(30), True)
    assert clock.frame_at(1.0) == 30


def test_a_variable_rate_takes_the_drop_flag_of_its_container() -> None:
    times = np.cumsum([0.0, *([1 / 30, 1 / 30, 1 / 30, 0.047] * 100)])
    clock = timecodes(_info("30", "01:00:00;00"), times)
    assert (clock.rate, clock.is_drop, clock.is_nominal) == (30 * NTSC, True, True)


@pytest.mark.parametrize("times", [np.array([]), np.array([0.0]), np.array([0.0, 0.0])])
def test_a_single_frame_has_the_declared_rate(times: Floats) -> None:
    assert timecodes(_info("30000/1001"), times) == Timecodes(30 * NTSC, True, 0, False)
    assert timecodes(_info(None), times) == Timecodes(Fraction(25), False, 0, True)


@pytest.mark.parametrize("rate", ["1/3", "1/10"])
def test_a_slide_show_counts_whole_seconds(rate: str) -> None:
    clock = _codes(rate)
    assert (clock.rate, clock.base, clock.is_nominal) == (Fraction(1), 1, True)
    assert clock.text_at(3600.0) == "01:00:00:00"


def test_halves_go_up_so_that_12_5_counts_13() -> None:
    clock = _codes("25/2")
    assert clock.base == 13
    assert [clock.text(12), clock.text(13)] == ["00:00:00:12", "00:00:01:00"]


@pytest.mark.parametrize(
    ("rate", "code", "frame", "text"),
    [
        ("25", "01:00:00:00", 90000, "01:00:00:00"),
        ("25", " 10:00:00:24 ", 900024, "10:00:00:24"),
        ("24000/1001", "01:00:00:00", 86400, "01:00:00:00"),
        ("30000/1001", "01:00:00:00", 108000, "01:00:00:00"),
        ("30000/1001", "01:00:00;00", 107892, "01:00:00;00"),
        ("30000/1001", "01:00:00.00", 107892, "01:00:00;00"),
        ("30000/1001", "00:10:00;00", 17982, "00:10:00;00"),
        ("30000/1001", "00:01:00;00", 1800, "00:01:00;02"),  # dropped: there is no such number
        ("30000/1001", "00:01:00;01", 1800, "00:01:00;02"),
        ("60000/1001", "00:09:00;03", 32368, "00:09:00;04"),
        ("60000/1001", "00:59:59;59", 215783, "00:59:59;59"),
        ("120000/1001", "00:01:00;008", 7200, "00:01:00;008"),
        ("25", "01:00:00;00", 90000, "01:00:00:00"),  # no drop-frame code at 25
        ("30", "01:00:00;00", 107892, "01:00:00;00"),  # as some cameras number it
        ("100", "00:00:00:99", 99, "00:00:00:99"),
    ],
)
def test_a_start_code_is_the_number_of_the_first_frame(
    rate: str, code: str, frame: int, text: str
) -> None:
    clock = _codes(rate, code)
    assert (clock.start_frame, clock.text(0)) == (frame, text)


@pytest.mark.parametrize(
    "code",
    [
        "99:99:99:99",
        "24:00:00:00",
        "00:60:00:00",
        "00:00:00",
        "-01:00:00:00",
        "00:00:00:30",
        "",
        "noon",
        "0:0:0:0",
        "\u0661\u0661:00:00:00",
        "01:00:00:00\n01:00:00:00",
    ],
)
def test_what_is_no_time_code_is_as_good_as_none(code: str) -> None:
    assert _codes("30000/1001", code) == _codes("30000/1001")


def test_the_frame_nearest_to_a_time_is_taken() -> None:
    clock = Timecodes(Fraction(25), False, 90000, False)
    assert [clock.frame_at(time) for time in (0.0, 0.019, 0.021, 1.0)] == [0, 0, 1, 25]
    assert clock.text_at(1.04) == "01:00:01:01"


def test_after_ten_hours_at_59_94_no_frame_is_off() -> None:
    rate = 60 * NTSC
    clock = Timecodes(rate, True, 0, False)
    for frame in range(2157840 - 100, 2157840 + 100):
        assert clock.frame_at(float(frame / rate)) == frame
    assert clock.text(2157840) == "10:00:00;00"
    assert clock.text_at(36000.0) == "10:00:00;02"  # what drop-frame code is behind the clock
