"""The recent past of a live source: its coded pictures, from a key frame on, within limits."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf


@dataclass(frozen=True, slots=True)
class Coded:
    """One coded picture."""

    data: bytes
    time_seconds: float
    """When it is shown, by the monotonic clock."""
    decode_seconds: float
    """When it is decoded, on the same clock: before it is shown, where pictures are reordered."""
    is_key: bool


class Ring:
    """Keeps coded pictures of the last `seconds`, of at most `most_bytes`, in order of decoding.

    What it holds begins with a key frame. Where one group of pictures is larger than the limit,
    it is dropped, and the ring is empty until the next key frame.
    """

    def __init__(self, seconds: float, most_bytes: int) -> None:
        self._seconds = seconds
        self._most_bytes = most_bytes
        self._held: deque[Coded] = deque()
        self.byte_count = 0

    def __len__(self) -> int:
        return len(self._held)

    def add(self, one: Coded) -> None:
        """Take in the next picture, and let go of those that are too old or too many."""
        if not self._held and not one.is_key:
            return
        self._held.append(one)
        self.byte_count += len(one.data)
        while self._is_first_group_old(one.decode_seconds) or self.byte_count > self._most_bytes:
            self._drop_first_group()

    def begin_at(self, seconds: float) -> None:
        """Let go of what comes before the last key frame at or before a time."""
        keys = [one for one in self._held if one.is_key and one.time_seconds <= seconds]
        while keys and self._held[0] is not keys[-1]:
            self.byte_count -= len(self._held.popleft().data)

    def part(self, start_seconds: float, end_seconds: float) -> Sequence[Coded]:
        """Give the pictures from the last key frame at or before the start up to the end.

        Where pictures are reordered, those shown before the last one of the part are all in it.
        """
        held = _up_to(list(self._held), end_seconds)
        keys = [at for at, one in enumerate(held) if one.is_key]
        before = [at for at in keys if held[at].time_seconds <= start_seconds]
        return held[before[-1] if before else 0 :]

    def _is_first_group_old(self, now_seconds: float) -> bool:
        second = self._second_key()
        return second is not None and second.time_seconds <= now_seconds - self._seconds

    def _second_key(self) -> Coded | None:
        for at, one in enumerate(self._held):
            if at and one.is_key:
                return one
        return None

    def _drop_first_group(self) -> None:
        while self._held:
            self.byte_count -= len(self._held.popleft().data)
            if self._held and self._held[0].is_key:
                return


def _up_to(held: list[Coded], end_seconds: float) -> list[Coded]:
    """Give pictures in order of decoding, until all that are shown up to a time are there."""
    needed = held[: _count_until(held, end_seconds)]
    # a picture that others refer to comes before them and may be shown after the end
    return held[: _count_until(held, max((one.time_seconds for one in needed), default=-inf))]


def _count_until(held: list[Coded], seconds: float) -> int:
    return max((at + 1 for at, one in enumerate(held) if one.time_seconds <= seconds), default=0)
