from __future__ import annotations

import pytest

from framepick.film_time import film_time, time_text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("83.4", 83.4),
        ("83.4s", 83.4),
        ("0", 0),
        (".5", 0.5),
        ("1:23.4", 83.4),
        ("90:00", 5400),
        ("0:01:23.4", 83.4),
        ("01:00:10", 3610),
        (" 2:00 ", 120),
    ],
)
def test_seconds_may_be_written_with_minutes_and_hours(text: str, seconds: float) -> None:
    assert film_time(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["01:00:10:05", "1:00:10;05", "00:00:00:119"])
def test_four_parts_are_a_time_code(text: str) -> None:
    assert film_time(text) == text


@pytest.mark.parametrize("text", ["", "soon", "-3", "1:60", "1:60:00", "1:2:3:4", "1e3", "9999999"])
def test_what_is_no_time_is_told_with_what_would_be(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time; write seconds"):
        film_time(text)


def test_messages_show_times_as_they_were_meant() -> None:
    assert [time_text(time) for time in (83.0, 83.4, "01:00:10:05")] == [
        "83 s",
        "83.4 s",
        "01:00:10:05",
    ]
