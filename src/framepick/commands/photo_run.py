"""What `framepick photos` does with the photos that it has found."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framepick.commands.shared import json_line, name_of
from framepick.console import progress, put, say
from framepick.errors import FramepickError

if TYPE_CHECKING:
    from framepick.aesthetic import AestheticModel
    from framepick.cache import PhotoCache
    from framepick.collection import PhotoCollection, PhotoFailure
    from framepick.outputs.earlier import EarlierFiles
    from framepick.photos import MeasuredFile

MAX_LINES_PER_KIND = 5
"""Failures of one kind, such as photos of one ending, that are reported one by one."""


class Failures:
    """Prints failures: the first of each kind, then how many more there are."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    @property
    def count(self) -> int:
        """Failures so far."""
        return self._counts.total()

    def add(self, text: str, kind: str) -> None:
        """Take note of a failure, and print it unless there were many of its kind.

        `kind` goes on where a number of them begins a sentence.
        """
        self._counts[kind] += 1
        if self._counts[kind] <= MAX_LINES_PER_KIND:
            say(text)

    def add_photo(self, path: Path, error: str) -> None:
        """Take note of a photo that cannot be read; its kind is its ending."""
        ending = path.suffix.lower() or "other"
        self.add(error, f"{ending} files were not scored; the table says why")

    def report_rest(self) -> None:
        """Print how many failures of each kind were not printed."""
        for kind, count in self._counts.items():
            if (more := count - MAX_LINES_PER_KIND) > 0:
                say(f"{more} more {kind}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted beside the files in the result folder."""

    xmp: bool = False
    copy_best: Path | None = None
    link_best: Path | None = None
    min_stars: int = 1
    as_json: bool = False
    with_map: bool = False

    @property
    def is_beside(self) -> bool:
        """Whether anything is written outside of the result folder."""
        return self.xmp or self.copy_best is not None or self.link_best is not None


@dataclass(frozen=True, slots=True, eq=False)
class PhotoRun:
    """One call of `framepick photos`."""

    name: str
    """What the photos are called on pages."""
    model: AestheticModel
    cache: PhotoCache
    threads: int | None
    failures: Failures = field(default_factory=Failures)
    notes: Failures = field(default_factory=Failures)
    """What is told in the same way, but is no failure."""

    def write_table(self, paths: Sequence[Path], out: Path, as_json: bool) -> None:
        """Write the table `out` of the scores of photos."""
        from framepick.collection import PhotoFailure
        from framepick.outputs.tables import write_photo_scores

        rows: list[tuple[str, float | None, str | None]] = []
        for one in self._scored(paths):
            name = name_of(one.path)
            if isinstance(one, PhotoFailure):
                rows.append((name, None, name_of(one.error)))
            else:
                rows.append((name, one.facts.shown_score, None))
        for name, score, error in rows if as_json else ():
            scored = {"source": name, "score": score and round(score, 6)}
            put(json_line(scored if error is None else {"source": name, "error": error}))
        write_photo_scores(rows, out)

    def sort(self, paths: Sequence[Path], out: Path, wanted: Wanted) -> None:
        """Write the result folder `out`, unless it is up to date, and what else is wanted."""
        from framepick.outputs.photos.folder import is_up_to_date, photo_folder

        with photo_folder(out) as earlier:
            own = {os.path.abspath(out / name) for name in earlier.document.get("files", ())}
            paths = [path for path in paths if os.path.abspath(path) not in own]
            state = self._state(paths, wanted.with_map)
            is_done = is_up_to_date(earlier, state)
            if is_done and not wanted.is_beside:
                self._tell_again(earlier.document, wanted.as_json)
                return
            collection = self._arranged(paths)
            if not is_done:
                self._write(collection, earlier, state, wanted.with_map)
            if wanted.as_json:
                self._print_rows(collection)
            self._write_beside(collection, wanted)

    def _state(self, paths: Sequence[Path], with_map: bool) -> str:
        """Name all that a result depends on; no photo is read for it that is known."""
        from framepick import __version__

        facts: list[object] = [__version__, self.name, self.model.encoder.encoder_id]
        if self.model.taste:
            facts.append(self.model.taste.label)
        if with_map:
            facts.append("map")
        with progress("looking for changes", unit="photos") as tell:
            for done, path in enumerate(paths, 1):
                try:
                    facts.append((name_of(path), self.cache.fingerprint_of(path)))
                except FramepickError as error:
                    facts.append((name_of(path), str(error)))
                tell(done, len(paths))
        return blake2b(json.dumps(facts).encode(), digest_size=16).hexdigest()

    def _tell_again(self, document: Mapping[str, Any], as_json: bool) -> None:
        """Tell what the run told that wrote `document`."""
        for row in document["failures"]:
            self.failures.add_photo(Path(row["source"]), row["error"])
        for row in (*document["photos"], *document["failures"]) if as_json else ():
            put(json_line(row))

    def _print_rows(self, collection: PhotoCollection) -> None:
        from framepick.outputs.photos.rows import describe_failure, describe_photo

        for photo in collection.photos:
            put(json_line(describe_photo(photo)))
        for failure in collection.failures:
            put(json_line(describe_failure(failure)))

    def _measured(self, paths: Sequence[Path]) -> Iterator[MeasuredFile | PhotoFailure]:
        from framepick.collection import PhotoFailure
        from framepick.photos.sorting import measured

        with progress("photos", unit="photos") as tell:
            for one in measured(paths, self.model, self.cache, self.threads, tell):
                if isinstance(one, PhotoFailure):
                    self.failures.add_photo(one.path, one.error)
                yield one

    def _scored(self, paths: Sequence[Path]) -> Iterator[MeasuredFile | PhotoFailure]:
        """Measure photos, and score each by the taste, if there is one."""
        from framepick.collection import PhotoFailure
        from framepick.photos.personal import by_taste

        for one in self._measured(paths):
            if isinstance(one, PhotoFailure):
                yield one
            else:
                yield from by_taste([one], self.model.taste)

    def _arranged(self, paths: Sequence[Path]) -> PhotoCollection:
        from framepick.photos.sorting import collected

        return collected(self._measured(paths), self.model, self.model.taste)

    def _write(
        self, collection: PhotoCollection, earlier: EarlierFiles, state: str, with_map: bool
    ) -> None:
        from framepick.outputs.photos.folder import write_collection
        from framepick.photos import PhotoPictures

        picture = PhotoPictures(self.cache)
        pages = self._pages(collection, earlier.folder) if with_map else {}
        not_written, renamed = write_collection(
            collection, earlier, self.name, state, picture, pages
        )
        folder = name_of(earlier.folder)
        for failure in not_written:
            self.failures.add(
                f"{folder}/{failure.file}: {failure.reason}", "files were not written"
            )
        for name, other in renamed.items():
            say(f"{folder}/{name}: is yours, so the new one is {other}")

    def _pages(
        self, collection: PhotoCollection, folder: Path
    ) -> Mapping[str, Callable[[Path], object]]:
        from framepick.photos.mapping import MAP_NAME, write_photo_map

        taste = self.model.taste
        tastes = [taste] if taste and taste.label else []
        photos = collection.photos
        return {MAP_NAME: partial(write_photo_map, photos, tastes, self.name, self.cache, folder)}

    def _write_beside(self, collection: PhotoCollection, wanted: Wanted) -> None:
        from framepick.outputs.photos.best_files import copy_photo, link_photo, place_photos
        from framepick.outputs.photos.sidecars import write_sidecars
        from framepick.photos.sorting import best_photos

        best = [photo.path for photo in best_photos(collection, wanted.min_stars)]
        if wanted.xmp:
            notes = self.notes
            for note in write_sidecars(collection.photos):
                told = self.failures if note.is_failure else notes
                told.add(note.text, "sidecars were left as they are")
            notes.report_rest()
        for folder, place in ((wanted.copy_best, copy_photo), (wanted.link_best, link_photo)):
            for line in place_photos(best, folder, place) if folder else ():
                self.failures.add(line, "photos were not copied or linked")
