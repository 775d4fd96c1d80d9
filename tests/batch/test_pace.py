"""What people read of a batch's progress."""

from __future__ import annotations

import pytest

from framepick.batch.pace import duration_text, status_text
from framepick.batch.sizing import threads_of, usual_jobs


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "0 s"),
        (59, "59 s"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (24000, "6 h 40 min"),
        (90000, "1 d 1 h"),
    ],
)
def test_times_have_two_units(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_status_says_how_many_how_fast_and_how_long() -> None:
    assert status_text(37, 5000, 0, 60.0) == "37 of 5,000, 37 a minute, 2 h 14 min left"
    assert status_text(2, 4, 1, 120.0) == "2 of 4, 30 an hour, 4 min left"


def test_files_of_earlier_runs_say_nothing_of_the_pace() -> None:
    assert status_text(10, 20, 10, 5.0) == "10 of 20"


def test_workers_share_the_cores() -> None:
    assert usual_jobs(1) == 1
    assert 1 <= usual_jobs(64) <= 64
    assert [threads_of(8, jobs) for jobs in (1, 2, 3, 16)] == [None, 4, 2, 1]
