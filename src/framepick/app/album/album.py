"""Photos as one viewer looks at them: measured in a thread, then put in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from framepick.aesthetic import AestheticModel
from framepick.app.album.mapping import AlbumMap, Mapped
from framepick.app.download import Download
from framepick.cache import Cache, PhotoCache
from framepick.collection import PhotoCollection, PhotoFailure, RankedPhoto
from framepick.errors import FramepickError, UsageError, reason_of, unexpected
from framepick.photos import MeasuredFile, PhotoPictures
from framepick.photos.pictures import read_picture
from framepick.photos.sorting import Found, best_photos, collected, measured, photo_cache
from framepick.sources.photo_files import ALL_PHOTOS, find_photos
from framepick.taste.taste import Taste

SMALL_SIDE = 640
"""Longer side in pixels of pictures that are kept; larger ones are made when they are asked for."""
_serials = count(1)


@dataclass(frozen=True, slots=True)
class Place:
    """Which photos to look at."""

    name: str
    """What the viewer calls them."""
    paths: tuple[Path, ...]
    """Photos, or folders of them."""
    is_upload: bool = False
    """Whether the files end with the session."""


class _Closed(Exception):  # noqa: N818 - nothing went wrong
    """Nobody looks at the photos any more."""


class Album:
    """Photos, measured and in order.

    Parameters
    ----------
    place
        Which photos.
    load
        Gives the model.
    cache
        What is kept of earlier runs.
    is_allowed
        Whether a photo that was found may be read.
    """

    def __init__(
        self,
        place: Place,
        load: Callable[[], AestheticModel],
        cache: Cache,
        is_allowed: Callable[[Path], bool],
    ) -> None:
        self.place = place
        self.serial = next(_serials)
        self.done, self.total = 0, 0
        """Photos that are measured, and those that are to be."""
        self.collection: PhotoCollection | None = None
        self.taste: Taste | None = None
        """What the photos are in order by, None for the usual score."""
        self.version = 0
        """Rises with every order."""
        self.ids: dict[Path, int] = {}
        """Numbers of the photos, which stay in every order."""
        self.download: Download | None = None
        self._load, self._cache, self._is_allowed = load, cache, is_allowed
        self._is_closed = False
        self.map: AlbumMap | None = None
        """The map that was asked for last."""
        self._found: Sequence[Found] = ()
        self._photos: dict[int, RankedPhoto] = {}
        self._kept = PhotoCache.off()
        self._opened = ExitStack()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="album")
        self._work: Future[None] = self._thread.submit(self._measure)

    @property
    def is_busy(self) -> bool:
        """Whether photos are still being measured."""
        return not self._work.done()

    @property
    def error(self) -> str:
        """Why there are no photos, '' if nothing is wrong."""
        error = None if self.is_busy else self._work.exception()
        if error is None or isinstance(error, FramepickError | _Closed):
            return str(error or "")
        return unexpected(error)

    @property
    def measured(self) -> Sequence[MeasuredFile]:
        """The photos that could be read."""
        return [one for one in self._found if not isinstance(one, PhotoFailure)]

    @property
    def clean(self) -> Sequence[MeasuredFile]:
        """The photos that could be read and have no veto."""
        return [one for one in self.measured if not one.facts.veto]

    def photo(self, number: int) -> RankedPhoto | None:
        """Give the photo of a number."""
        return self._photos.get(number)

    def picture(self, number: int, side: int) -> bytes | None:
        """Give a photo as a WebP file, its longer side so many pixels at most; None if it is gone.

        It waits while another small picture is looked up.
        """
        photo = self.photo(number)
        if photo is None or self._is_closed:
            return None
        if side > SMALL_SIDE:
            return read_picture(photo.path, side) or None
        with suppress(RuntimeError, CancelledError):  # closed meanwhile
            return self._thread.submit(self._small, photo, side).result() or None
        return None

    def order(self, taste: Taste | None) -> None:
        """Put the photos in another order: by a taste, or in the usual one."""
        collection = collected(self._found, self._load(), taste)
        self._photos = {self.ids[photo.path]: photo for photo in collection.photos}
        self.collection, self.taste, self.version = collection, taste, self.version + 1

    def map_by(self, tastes: Sequence[Taste]) -> AlbumMap:
        """Give the map of the photos with scores by `tastes`; it is drawn if it is another one."""
        if self.map is None or not self.map.is_of(tastes):
            photos = self.clean
            numbers = [self.ids[one.path] for one in photos]
            mapped = Mapped(self.place.name, photos, numbers, self.picture)
            self.map = AlbumMap(mapped, tastes, self.map)
        return self.map

    def offer(self, min_stars: int) -> Download:
        """Let the best photos be downloaded, each under a name of its own."""
        best = best_photos(self.collection, min_stars) if self.collection else []
        paths = [one.path for one in best]
        self.download = Download(f"{self.place.name} best.zip", named_apart(paths))
        return self.download

    def close(self) -> None:
        """Look no more."""
        self._is_closed = True
        self._thread.submit(self._opened.close)
        self._thread.shutdown(wait=False)

    def _measure(self) -> None:
        paths = self._find()
        self.ids = {path: number for number, path in enumerate(paths)}
        self.total = len(paths)
        model = self._load()
        opened = photo_cache(self._cache, model.encoder.encoder_id)
        self._kept = self._opened.enter_context(opened)
        self._found = list(measured(paths, model, self._kept, progress=self._tell))
        self.order(None)

    def _find(self) -> list[Path]:
        unread: list[str] = []
        paths = find_photos(
            self.place.paths, ALL_PHOTOS, lambda error: unread.append(reason_of(error))
        )
        paths = [path for path in dict.fromkeys(paths) if self._is_allowed(path)]
        if not paths:
            why = f"cannot be read ({unread[0]})" if unread else "holds no photos"
            raise UsageError(f"{self.place.name}: {why}; choose another folder")
        return paths

    def _tell(self, done: int, _: int | None) -> None:
        if self._is_closed:
            raise _Closed
        self.done = done

    def _small(self, photo: RankedPhoto, side: int) -> bytes:
        return b"" if self._is_closed else PhotoPictures(self._kept)(photo, side)


def named_apart(paths: Sequence[Path]) -> list[tuple[str, Path]]:
    """Give each file a name that no other has: its own, or that with -2, -3, ..."""
    named: dict[str, tuple[str, Path]] = {}
    for path in paths:
        names = (path.name if n == 1 else f"{path.stem}-{n}{path.suffix}" for n in count(1))
        name = next(name for name in names if name.casefold() not in named)
        named[name.casefold()] = (name, path)
    return list(named.values())
