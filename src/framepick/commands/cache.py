"""The command that shows and clears the cache."""

from __future__ import annotations

from typing import Annotated

import typer

from framepick.commands.shared import checked, name_of
from framepick.console import put

_MEGABYTE = 1 << 20


def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Remove everything in it.")] = False,
) -> None:
    """Show where the cache of videos and photos is and how large, or clear it."""
    from framepick.cache import Cache, default_folder, default_limit

    folder, limit = default_folder(), checked(default_limit)
    store = Cache(folder, limit)
    if clear:
        put(f"removed: {store.clear() / _MEGABYTE:.1f} MB")
    put(f"folder: {name_of(folder)}")
    put(f"size: {store.size() / _MEGABYTE:.1f} of {limit / _MEGABYTE:.0f} MB")
