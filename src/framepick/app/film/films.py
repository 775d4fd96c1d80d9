"""All films that are open on a server: one for each content, whoever looks at it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from threading import Lock, Thread

from framepick.aesthetic import AestheticModel, load_model
from framepick.app.film.film import Film, View
from framepick.app.film.shown import Wanted
from framepick.cache import Cache, default_folder, default_limit, fingerprint
from framepick.errors import FramepickError, SourceClosed
from framepick.shared_model import in_turn

_LOADING_SECONDS = 20.0


class Films:
    """Opens films; two viewers of the same content share one, and one encoder serves all.

    Parameters
    ----------
    weights
        Other weights than those shipped.
    new_folder
        Makes a private folder, for a film whose file may go before the film does.
    """

    def __init__(self, weights: Path | None, new_folder: Callable[[], Path]) -> None:
        self._weights = weights
        self._new_folder = new_folder
        self._lock, self._model_lock = Lock(), Lock()
        self._films: dict[str, Film] = {}
        self._copies: dict[str, Path] = {}
        self._preparing: Thread | None = None

    @cached_property
    def _model(self) -> AestheticModel:
        return in_turn(load_model(self._weights))

    def model(self) -> AestheticModel:
        """Give the model, for any thread; it is loaded when it is first wanted.

        Raises
        ------
        UsageError, WeightsError
            The weights cannot be used.
        """
        with self._model_lock:
            return self._model

    def prepare(self) -> None:
        """Begin to load the model: a film will come soon."""
        with self._lock:
            if self._preparing is None:
                self._preparing = Thread(target=self._prepare, name="model", daemon=True)
                self._preparing.start()

    def _prepare(self) -> None:
        with suppress(FramepickError):  # whoever opens a film is told
            self.model()

    def open(self, path: Path, name: str, wanted: Wanted, is_passing: bool = False) -> View:
        """Look at a film, as the viewer names it; `is_passing` files may be removed at any time.

        Raises
        ------
        SourceError
            There is no such file, or it cannot be read.
        UsageError
            The limit of the cache is set to no size.
        """
        content = fingerprint(path)
        cache = Cache(default_folder(), default_limit())
        with self._lock:
            self._forget_ended()
            view = self._films[content].join(name, wanted) if content in self._films else None
            if view is None:
                place = self._copy(content, path) if is_passing else path
                film = self._films[content] = Film(place, content, self.model, cache)
                view = film.join(name, wanted)
        if view is None:
            raise SourceClosed(f"{name}: was closed meanwhile; open it again")
        return view

    def _copy(self, content: str, path: Path) -> Path:
        """Give a passing file another name, that stays as long as the film is open."""
        folder = self._copies[content] = self._new_folder()
        try:
            os.link(path, folder / path.name)
        except OSError:  # no links there
            shutil.copyfile(path, folder / path.name)
        return folder / path.name

    def _forget_ended(self) -> None:
        for content in [key for key, film in self._films.items() if film.is_closed]:
            self._films.pop(content).wait_closed(5.0)
            if folder := self._copies.pop(content, None):
                shutil.rmtree(folder, ignore_errors=True)

    def tidy(self) -> None:
        """Remove what belongs to films that nobody looks at any more."""
        with self._lock:
            self._forget_ended()

    def close(self) -> None:
        """End all films."""
        if self._preparing:  # networks that are being loaded when Python ends may crash it
            self._preparing.join(_LOADING_SECONDS)
        with self._lock:
            for film in self._films.values():
                for view in list(film.views):
                    film.leave(view)
            self._forget_ended()
