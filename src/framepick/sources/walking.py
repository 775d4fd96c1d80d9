"""Walks through folders: hidden names are passed over, and links may form loops."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path


def files_below(
    top: Path,
    is_wanted: Callable[[Path], bool],
    on_error: Callable[[OSError], None] | None = None,
) -> Iterator[Path]:
    """Give the regular files in and below the folder `top` that `is_wanted`, in no order.

    Linked folders are followed, but no folder is visited twice. `on_error` is called for a folder
    that cannot be read; the others are searched.
    """
    for folder, names in _folders_below(top, on_error):
        for name in names:
            path = folder / name
            if not _is_hidden(name) and os.path.isfile(path) and is_wanted(path):
                yield path


def _folders_below(
    top: Path, on_error: Callable[[OSError], None] | None
) -> Iterator[tuple[Path, list[str]]]:
    """Walk real folders first, so that what a link leads to keeps its own path where it has one."""
    visited: set[str] = set()
    waiting = [str(top)]
    while waiting:
        for folder, inside, names in os.walk(waiting.pop(0), onerror=on_error):
            real = os.path.realpath(folder)
            if real in visited:
                inside.clear()
                continue
            visited.add(real)
            yield Path(folder), names
            inside[:] = sorted(name for name in inside if not _is_hidden(name))
            places = (os.path.join(folder, name) for name in inside)
            waiting += [place for place in places if _is_link_away(place, top)]


def _is_link_away(place: str, top: Path) -> bool:
    """Tell whether `place` is a link, and not one back to a folder that `top` lies in."""
    inside = top.resolve()
    return os.path.islink(place) and Path(place).resolve() not in (inside, *inside.parents)


def _is_hidden(name: str) -> bool:
    return name.startswith(".")
