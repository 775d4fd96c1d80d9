"""The map of an album: laid out in a thread, then a page that a browser can fetch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from itertools import count
from threading import Thread

from framepick.errors import FramepickError, unexpected
from framepick.extras import require_extra
from framepick.mapping import CollectionMap
from framepick.outputs.collection_map import MapPage, map_page
from framepick.photos import MeasuredFile
from framepick.photos.mapping import map_photos, scored_by
from framepick.taste.taste import Taste

_TILE = 150
"""Longer side in pixels of pictures that tiles are made of."""
_LINKED = 1600
"""Longer side of the pictures that tiles lead to."""
_serials = count(1)


@dataclass(frozen=True, slots=True, eq=False)
class Mapped:
    """The photos on a map."""

    name: str
    """What the viewer calls them."""
    photos: Sequence[MeasuredFile]
    numbers: Sequence[int]
    """Their numbers in the album."""
    picture: Callable[[int, int], bytes | None]
    """Gives the photo of a number, its longer side so many pixels at most."""


class AlbumMap:
    """A map of photos, under way or done.

    Parameters
    ----------
    mapped
        The photos.
    tastes
        What scores them beside the general score.
    before
        An earlier map of the same photos, whose places are taken.
    """

    def __init__(
        self, mapped: Mapped, tastes: Sequence[Taste], before: AlbumMap | None = None
    ) -> None:
        self.mapped = mapped
        self.serial = next(_serials)
        self._tastes = tuple(tastes)
        self._laid_out: CollectionMap | None = before._laid_out if before else None
        self._page: Future[bytes] = Future()
        # not joined when the server ends: a layout cannot be interrupted
        Thread(target=self._work, name="map", daemon=True).start()

    def is_of(self, tastes: Sequence[Taste]) -> bool:
        """Whether these are the tastes that score the photos."""
        return [one.digest for one in self._tastes] == [one.digest for one in tastes]

    def wait(self, seconds: float) -> bool:
        """Wait for the page, so many seconds at most; tell whether it is done, or failed."""
        wait([self._page], seconds)
        return self._page.done()

    @property
    def error(self) -> str:
        """Why there is no map, '' if nothing is wrong."""
        error = self._page.exception() if self._page.done() else None
        if error is None or isinstance(error, FramepickError):
            return str(error or "")
        return unexpected(error)

    @property
    def page(self) -> bytes | None:
        """The page, None before it is there."""
        is_there = self._page.done() and not self.error
        return self._page.result() if is_there else None

    def _work(self) -> None:
        try:
            self._page.set_result(self._drawn().encode())
        except Exception as error:
            self._page.set_exception(error)

    def _drawn(self) -> str:
        require_extra("map", "a map")
        mapped = self.mapped
        if self._laid_out is None:
            self._laid_out = map_photos(mapped.photos)
        found = scored_by(self._laid_out, mapped.photos, self._tastes)

        def thumbnail(row: int) -> bytes:
            return mapped.picture(mapped.numbers[row], _TILE) or b""

        paths = [one.path for one in mapped.photos]
        links = [f"{number}/{_LINKED}" for number in mapped.numbers]
        return map_page(MapPage(mapped.name, found, paths, thumbnail), links)
