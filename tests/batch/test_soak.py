"""Long runs leave nothing behind and take no more memory as they go on; `make soak` runs longer."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks import soak_damaged, soak_long
from benchmarks.process_tree import Sample, Seen, Watched

_EARLY = 0.4
"""Short runs start for longer."""


def seen(memory: list[int], files: list[int]) -> Watched:
    pairs = enumerate(zip(memory, files, strict=True))
    samples = [Sample(float(at), size, count, 1, 0) for at, (size, count) in pairs]
    return Watched(float(len(memory)), 0, {1: Seen("worker", samples)}, [])


def test_what_grows_is_found() -> None:
    """Or else finding nothing would prove nothing."""
    flat = [5] * 40
    assert seen(flat, flat).growth_bytes() == 0
    assert not seen(flat, flat).leaks
    rising = list(range(40))
    assert seen(rising, flat).growth_bytes() > 20
    assert seen(flat, rising).leaks == ["files of worker"]


@pytest.mark.slow
def test_damaged_files_leave_nothing_behind_in_their_worker(tmp_path: Path) -> None:
    found, states = soak_damaged.soak(tmp_path, 100)
    assert states.total() == 100
    assert not Counter(states) - Counter(ok=100, partial=100, failed=100)
    assert found.is_clean, (found.left, found.leaks)
    assert found.growth_bytes(_EARLY) <= soak_damaged.MOST_GROWTH


@pytest.mark.slow
def test_a_long_film_takes_no_more_memory_as_it_goes_on(tmp_path: Path) -> None:
    found = soak_long.soak(tmp_path, 0.5, "exact", jobs=1, weights=None)
    assert found.exit_code == 0
    assert found.is_clean, (found.left, found.leaks)
    assert found.growth_bytes(_EARLY) <= soak_long.MOST_GROWTH
