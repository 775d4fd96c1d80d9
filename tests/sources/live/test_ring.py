"""The recent past of a live source."""

from __future__ import annotations

from framepick.sources.live.ring import Coded, Ring


def coded(index: int, key_every: int = 10, size: int = 100) -> Coded:
    seconds = index / 10
    return Coded(bytes(size), seconds, seconds, index % key_every == 0)


def filled(ring: Ring, count: int, key_every: int = 10, size: int = 100) -> Ring:
    for index in range(count):
        ring.add(coded(index, key_every, size))
    return ring


def times(ring: Ring, start: float, end: float) -> list[float]:
    return [one.time_seconds for one in ring.part(start, end)]


def test_a_part_begins_with_a_key_frame_at_or_before_its_start() -> None:
    ring = filled(Ring(10.0, 1 << 20), 50)
    part = ring.part(2.5, 3.0)
    assert part[0].is_key
    assert times(ring, 2.5, 3.0)[0] == 2.0
    assert times(ring, 2.5, 3.0)[-1] == 3.0


def test_a_part_has_every_picture_up_to_its_last_one_where_pictures_are_reordered() -> None:
    ring = Ring(10.0, 1 << 20)
    for at, shown in enumerate((0, 3, 1, 2, 6, 4, 5, 9, 7, 8)):
        ring.add(Coded(b"x", float(shown), at - 2.0, at == 0))
    for end in range(10):
        part = sorted(times(ring, 0.0, float(end)))
        assert part == [float(at) for at in range(len(part))]
        assert end < len(part) <= end + 3


def test_all_of_the_last_seconds_is_there_and_little_more() -> None:
    ring = filled(Ring(3.0, 1 << 20), 500)
    held = times(ring, 0.0, 100.0)
    assert held[0] <= 49.9 - 3.0
    assert held[0] >= 49.9 - 3.0 - 1.0 - 0.1
    assert held[-1] == 49.9


def test_bytes_are_bounded() -> None:
    ring = Ring(1000.0, 5_000)
    for index in range(500):
        ring.add(coded(index))
        assert ring.byte_count <= 5_000
    assert ring.part(0.0, 100.0)[0].is_key


def test_a_group_of_pictures_that_is_too_large_is_dropped_until_the_next_key_frame() -> None:
    ring = Ring(1000.0, 1_000)
    filled(ring, 25, key_every=1000)
    assert ring.byte_count <= 1_000
    assert not ring.part(0.0, 100.0)
    ring.add(coded(1000, key_every=1000))
    assert len(ring.part(0.0, 1000.0)) == 1


def test_nothing_before_the_first_key_frame_is_kept() -> None:
    ring = Ring(10.0, 1 << 20)
    ring.add(Coded(b"x", 0.0, 0.0, False))
    assert len(ring) == 0
