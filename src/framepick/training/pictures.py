"""Pictures to train on, all squeezed to one square: read, checked, held or read again."""

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

from framepick.errors import SourceError
from framepick.sources.opening import open_source
from framepick.sources.photos import load_view
from framepick.types import FrameRequest, Pixels, ViewSpec

HELD_BYTES = 4 << 30
"""Sets up to this size are held on the training device; larger ones are read ahead, by step."""
_VIDEO_ENDINGS = frozenset([".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpg", ".mts", ".ts", ".webm"])

Rows = NDArray[np.int64]
Tell = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class Item:
    """One picture that can be read."""

    name: str
    """Tells the picture and its state on disk from all others."""
    theme: str
    """Shared by pictures that belong together."""
    read: Callable[[], Pixels]
    """Gives (S, S, 3); raises SourceError."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Pictures, and what could not be read."""

    pictures: Pictures
    kept: Rows
    """Positions among the items asked for of those that could be read."""
    reasons: tuple[str, ...]
    """Why the others could not."""


class Pictures:
    """N pictures (S, S, 3); rows are given as tensors on the training device."""

    def __init__(self, items: Sequence[Item], held: Tensor | None, device: torch.device) -> None:
        self.items = tuple(items)
        self.device = device
        self._held = held.to(device) if held is not None else None
        self._pool: ThreadPoolExecutor | None = None
        self._expected: dict[int, Future[Pixels]] = {}

    def __len__(self) -> int:
        return len(self.items)

    @property
    def digest(self) -> str:
        """Changes when a picture does."""
        return hashlib.sha256("\n".join(item.name for item in self.items).encode()).hexdigest()

    @property
    def themes(self) -> NDArray[np.str_]:
        return np.array([item.theme for item in self.items], np.str_)

    def first(self, count: int) -> Pictures:
        """The first `count` of them, in the same memory."""
        held = self._held if self._held is None else self._held[:count]
        return Pictures(self.items[:count], held, self.device)

    def followed_by(self, others: Pictures) -> Pictures:
        """These and `others`, held if both are."""
        both = [held for held in (self._held, others._held) if held is not None]
        held = torch.cat(both) if len(both) == 2 else None
        return Pictures(self.items + others.items, held, self.device)

    def expect(self, rows: Rows) -> None:
        """Begin to read rows that will be asked for next."""
        if self._held is not None:
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(core_count(), thread_name_prefix="framepick-read")
        for row in set(rows.tolist()) - set(self._expected):
            self._expected[row] = self._pool.submit(self.items[row].read)

    def views(self, rows: Rows) -> Tensor:
        """Bytes (n, S, S, 3) of `rows` (n,)."""
        if self._held is not None:
            return self._held[torch.from_numpy(rows).to(self.device)]
        self.expect(rows)
        read = {row: self._expected.pop(row).result() for row in dict.fromkeys(rows.tolist())}
        views = torch.from_numpy(np.stack([read[row] for row in rows.tolist()]))
        if self.device.type == "cuda":
            views = views.pin_memory()
        return views.to(self.device, non_blocking=True)

    def close(self) -> None:
        """End reading ahead."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        self._pool, self._expected = None, {}


def load_pictures(
    items: Sequence[Item], side: int, device: torch.device, tell: Tell, held_bytes: int = HELD_BYTES
) -> Loaded:
    """Read all `items` once, so that those that cannot be read are known before training.

    `side` is the S that they give. Sets of up to `held_bytes` stay in memory.
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
                tell(row + 1, len(items))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    chosen = [items[row] for row in kept]
    pictures = Pictures(chosen, held if held is None else held[: len(kept)], device)
    return Loaded(pictures, np.array(kept, np.int64), tuple(reasons))


def photo_items(paths: Sequence[Path], side: int) -> list[Item]:
    """Photos on disk; those of one folder share a theme if only numbers tell their names apart."""
    return [
        Item(_state(path), _theme(path), partial(load_view, path, ViewSpec(side))) for path in paths
    ]


def frame_items(videos: Iterable[Path], count: int, side: int) -> tuple[list[Item], list[str]]:
    """About `count` undamaged frames of each video, evenly spread; and why others gave none."""
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
    """The file itself, or all videos in and below a folder, in order of their paths."""
    if path.is_file():
        return [path]
    inside = (p for p in path.rglob("*") if p.suffix.lower() in _VIDEO_ENDINGS)
    return sorted(p for p in inside if p.is_file() and not p.name.startswith("."))


def core_count() -> int:
    """Cores that this process may use."""
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


def _theme(path: Path) -> str:
    return str(path.with_name(path.stem.rstrip("0123456789_- ()") or "_"))


def _state(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return f"{path}|gone"
    return f"{path}|{status.st_size}|{status.st_mtime_ns}"
