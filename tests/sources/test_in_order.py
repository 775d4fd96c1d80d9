"""Work in threads, whose results are used in the order of the work."""

from __future__ import annotations

import threading
import time

import pytest

from framepick.sources.in_order import InOrder


def test_results_are_used_in_order_by_the_thread_that_adds() -> None:
    used: list[tuple[int, int]] = []
    workers: set[int] = set()

    def make(number: int) -> int:
        workers.add(threading.get_ident())
        time.sleep(0.01 * (number % 3))
        return number

    with InOrder(picture_bytes=1000) as work:
        for number in range(40):
            work.add(
                lambda number=number: make(number),  # type: ignore[misc]
                lambda made: used.append((made, threading.get_ident())),
            )
    assert [number for number, _ in used] == list(range(40))
    assert {thread for _, thread in used} == {threading.get_ident()}
    assert threading.get_ident() not in workers


@pytest.mark.parametrize(("picture_bytes", "most"), [(3 * 7680 * 4320, 1), (1, 16)])
def test_few_large_pictures_wait(picture_bytes: int, most: int) -> None:
    held: set[int] = set()
    counts: list[int] = []
    with InOrder(picture_bytes) as work:
        for number in range(60):
            held.add(number)
            work.add(lambda number=number: number, held.discard)  # type: ignore[misc]
            counts.append(len(held))
    assert max(counts) <= most
    assert not held


def test_an_error_of_the_work_comes_out_and_ends_it() -> None:
    used: list[int] = []

    def fail() -> int:
        raise ValueError("no")

    def work_that_fails() -> None:
        with InOrder(picture_bytes=1) as work:
            work.add(lambda: 1, used.append)
            work.add(fail, used.append)
            work.add(lambda: 3, used.append)

    with pytest.raises(ValueError, match="no"):
        work_that_fails()
    assert used == [1]
    assert not [one for one in threading.enumerate() if one.name.startswith("ThreadPool")]
