"""Square training pictures, checked once, then held in memory or read on demand."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from framepick.cache.fingerprint import fingerprint
from framepick.errors import SourceError
from framepick.evaluation.small_copies import shrunken
from framepick.protocols import Progress
from framepick.sources.opening import open_source
from framepick.sources.photos import load_photo, load_view
from framepick.sources.views import resize_view
from framepick.types import FrameRequest, Pixels, Rows, ViewSpec

HELD_BYTES = 4 << 30
"""Sets up to this size stay on the training device; larger ones are prefetched for each step."""
_VIDEO_ENDINGS = frozenset([".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpg", ".mts", ".ts", ".webm"])


@dataclass(frozen=True, slots=True)
class Item:
    """A picture that can be read on demand."""

    name: str
    """Identifies the picture and its version on disk."""
    theme: str
    """Group of related pictures, which stay in one fold."""
    read: Callable[[], Pixels]
    """Gives (S, S, 3); raises SourceError."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Pictures that could be read, and why others could not."""

    pictures: Pictures
    kept: Rows
    """Positions of the readable pictures among the requested items."""
    reasons: tuple[str, ...]
    """Why each of the others could not be read."""


class Pictures:
    """A data set of N pictures (S, S, 3), indexed by rows into tensors on the training device."""

    def __init__(self, items: Sequence[Item], held: Tensor | None, device: torch.device) -> None:
        self.items = tuple(items)
        self.device = device
        self._held = held.to(device) if held is not None else None
        self._pool: ThreadPoolExecutor | None = None
        self._prefetched: dict[int, Future[Pixels]] = {}

    def __len__(self) -> int:
        return len(self.items)

    @property
    def digest(self) -> str:
        """A hash that changes when any picture does."""
        return hashlib.sha256("\n".join(item.name for item in self.items).encode()).hexdigest()

    @property
    def themes(self) -> NDArray[np.str_]:
        return np.array([item.theme for item in self.items], np.str_)

    def first(self, count: int) -> Pictures:
        """Return the first `count` pictures, sharing memory."""
        held = self._held if self._held is None else self._held[:count]
        return Pictures(self.items[:count], held, self.device)

    def concatenate(self, others: Pictures) -> Pictures:
        """Append `others`; the result is held in memory if both are."""
        both = [held for held in (self._held, others._held) if held is not None]
        held = torch.cat(both) if len(both) == 2 else None
        return Pictures(self.items + others.items, held, self.device)

    def prefetch(self, rows: Rows) -> None:
        """Begin to read rows in the background."""
        if self._held is not None:
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(core_count(), thread_name_prefix="framepick-read")
        for row in set(rows.tolist()) - set(self._prefetched):
            self._prefetched[row] = self._pool.submit(self.items[row].read)

    def views(self, rows: Rows) -> Tensor:
        """Return the bytes (n, S, S, 3) of `rows` (n,)."""
        if self._held is not None:
            return self._held[torch.from_numpy(rows).to(self.device)]
        self.prefetch(rows)
        read = {row: self._prefetched.pop(row).result() for row in dict.fromkeys(rows.tolist())}
        views = torch.from_numpy(np.stack([read[row] for row in rows.tolist()]))
        if self.device.type == "cuda":
            views = views.pin_memory()
        return views.to(self.device, non_blocking=True)

    def close(self) -> None:
        """Stop prefetching."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self._pool, self._prefetched = None, {}


def load_pictures(
    items: Sequence[Item],
    side: int,
    device: torch.device,
    progress: Progress,
    held_bytes: int = HELD_BYTES,
) -> Loaded:
    """Read all `items` once, so that unreadable ones are known before training.

    `side` is the S of their arrays. Sets of up to `held_bytes` stay in memory.
    """
    size = (len(items), side, side, 3)
    held = torch.empty(size, dtype=torch.uint8) if np.prod(size) <= held_bytes else None
    kept: list[int] = []
    reasons: list[str] = []
    with ThreadPoolExecutor(core_count(), thread_name_prefix="framepick-read") as pool:
        try:
            for row, found in enumerate(pool.map(_try, items)):
                if isinstance(found, str):
                    reasons.append(found)
                else:
                    if held is not None:
                        held[len(kept)] = torch.from_numpy(found)
                    kept.append(row)
                progress(row + 1, len(items))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    chosen = [items[row] for row in kept]
    pictures = Pictures(chosen, held if held is None else held[: len(kept)], device)
    return Loaded(pictures, np.array(kept, np.int64), tuple(reasons))


def photo_items(paths: Sequence[Path], side: int) -> list[Item]:
    """List photos as items; names in a folder that differ only in digits share a theme."""
    return [
        Item(_state(path), _theme(path), partial(load_view, path, ViewSpec(side))) for path in paths
    ]


def small_items(paths: Sequence[Path], short_side: int, side: int) -> list[Item]:
    """List copies of photos whose short side is at most `short_side`, as views of `side` pixels."""
    return [
        Item(f"{_state(path)}|{short_side}", _theme(path), partial(_small, path, short_side, side))
        for path in paths
    ]


def frame_items(videos: Iterable[Path], count: int, side: int) -> tuple[list[Item], list[str]]:
    """List about `count` undamaged frames of each video, evenly spaced; and why some gave none."""
    items: list[Item] = []
    reasons: list[str] = []
    for path in videos:
        try:
            views = _frames(path, count, side)
        except SourceError as error:
            reasons.append(str(error))
            continue
        items += [
            Item(f"{_state(path)}#{number}", str(path), partial(np.copy, view))
            for number, view in enumerate(views)
        ]
    return items, reasons


def find_videos(path: Path) -> list[Path]:
    """List the file itself, or all videos in and below a folder, sorted by path."""
    if path.is_file():
        return [path]
    inside = (p for p in path.rglob("*") if p.suffix.lower() in _VIDEO_ENDINGS)
    return sorted(p for p in inside if p.is_file() and not p.name.startswith("."))


def core_count() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _try(item: Item) -> Pixels | str:
    try:
        return item.read()
    except SourceError as error:
        return str(error)


def _frames(path: Path, count: int, side: int) -> list[Pixels]:
    views = []
    with open_source(path, ViewSpec(side)) as source:
        spacing = max(1, source.info.packet_count // count)
        for frame in source.frames(FrameRequest()):
            if frame.moment.frame_index % spacing == spacing // 2 and not frame.measures.is_damaged:
                views.append(frame.view.copy())
    return views


def _small(path: Path, short_side: int, side: int) -> Pixels:
    return resize_view(shrunken(load_photo(path), short_side), ViewSpec(side))


def _theme(path: Path) -> str:
    return str(path.with_name(path.stem.rstrip("0123456789_- ()") or "_"))


def _state(path: Path) -> str:
    """Name a file by its content, so that what is cached holds for copies of it, too."""
    try:
        return fingerprint(path)
    except SourceError:
        return f"{path}|gone"
