"""What is kept of videos that were searched."""

from __future__ import annotations

from typing import Annotated

import typer

from framepick.commands.shared import checked, name_of
from framepick.console import put

_MEGABYTE = 1 << 20


def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Remove all that is kept.")] = False,
) -> None:
    """Show where and how much is kept of videos that were searched, or remove it."""
    from framepick.cache import Cache, default_folder, default_limit

    folder, limit = default_folder(), checked(default_limit)
    store = Cache(folder, limit)
    if clear:
        put(f"removed: {store.clear() / _MEGABYTE:.1f} MB")
    put(f"folder: {name_of(folder)}")
    put(f"size: {store.size() / _MEGABYTE:.1f} of {limit / _MEGABYTE:.0f} MB")
