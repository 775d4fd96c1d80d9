"""The tastes that films and photos may be scored by: the user's own, and files in the folders."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from framepick.app.film.shown import ChosenTaste, Wanted
from framepick.app.roots import Roots
from framepick.config import VideoConfig
from framepick.errors import FramepickError, UsageError
from framepick.taste.files import SUFFIX, load_taste, user_folder

_MOST_LOADED = 16


class Tastes:
    """Finds and reads tastes.

    Parameters
    ----------
    roots
        Folders whose tastes may be read, beside the user's.
    weights
        Other weights than those shipped.
    """

    def __init__(self, roots: Roots, weights: Path | None) -> None:
        self._roots = roots
        self._load = lru_cache(_MOST_LOADED)(lambda path, _state: _loaded(path, weights))

    def own(self) -> Sequence[Path]:
        """Give the files of the user's tastes, in the order of their names."""
        with suppress(OSError):
            found = (path for path in user_folder().iterdir() if path.suffix == SUFFIX)
            return sorted(found, key=lambda path: path.stem.casefold())
        return ()

    def load(self, path: Path) -> ChosenTaste:
        """Read a taste as its file is now.

        Raises
        ------
        UsageError, WeightsError
            It lies outside of the roots, is not there, or cannot be used.
        """
        if path.parent != user_folder():
            path = self._roots.resolve(path)
        try:
            state = os.stat(path)
        except OSError:
            raise UsageError(f"{path}: there is no such taste; choose another") from None
        return self._load(path, (state.st_mtime_ns, state.st_size, state.st_ino))

    def find(self, path: Path) -> ChosenTaste | None:
        """Read a taste, None where it cannot be used."""
        with suppress(FramepickError):
            return self.load(path)
        return None

    def wanted(self, config: VideoConfig) -> Wanted:
        """Ask for the choice of a configuration, whose taste may be one of the user's."""
        named = (self.find(path) for path in self.own() if config.taste)
        taste = next((one for one in named if one and one.taste.label == config.taste), None)
        return Wanted(replace(config, taste=taste.taste.label if taste else None), taste=taste)


def _loaded(path: Path, weights: Path | None) -> ChosenTaste:
    taste = load_taste(path, weights)
    return ChosenTaste(path, taste, taste.digest)
