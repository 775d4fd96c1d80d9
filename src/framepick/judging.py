"""The pictures that a person judges: photos, folders of them, kept stills, frames of videos."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from framepick.aesthetic import AestheticModel
from framepick.cache import Cache, PhotoCache
from framepick.collection import PhotoFailure
from framepick.errors import SourceError, UsageError
from framepick.film_time import FilmTime, FrameAt
from framepick.measures import looks
from framepick.outputs.result_folders import PICKS_NAME, read_document
from framepick.photos import PhotoMeter
from framepick.photos.personal import pictures_of
from framepick.scope import frame_shown_at
from framepick.session import Session, open_session
from framepick.sources.photo_files import find_photos
from framepick.taste.pictures import Judged, Pictures, joined
from framepick.taste.rounds import SAME
from framepick.types import FrameRequest


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Pictures, their names and those that cannot be read."""

    pictures: Pictures | None
    """None if there are none."""
    names: tuple[str, ...]
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Viewer:
    """Looks at pictures with one model, which has no taste."""

    model: AestheticModel
    photos: PhotoCache
    frames: Cache | None = None
    threads: int | None = None

    def look_at(self, paths: Iterable[Path], frames: Sequence[FrameAt] = ()) -> Seen:
        """Look at photos, folders of them, folders of results, and frames of videos."""
        photos = list(dict.fromkeys(one for path in paths for one in photos_of(path)))
        found = list(PhotoMeter(self.model, self.photos, self.threads).measure(photos))
        failures = [one.error for one in found if isinstance(one, PhotoFailure)]
        good = [one for one in found if not isinstance(one, PhotoFailure)]
        parts = [pictures_of([one.facts for one in good])] if good else []
        names = [str(one.path) for one in good]
        for frame in frames:
            try:
                parts.append(self._frame(frame))
            except SourceError as error:
                failures.append(str(error))
            else:
                names.append(f"{frame.video}@{frame.time}")
        return Seen(joined(parts) if parts else None, tuple(names), tuple(failures))

    def _frame(self, frame: FrameAt) -> Pictures:
        """Look at one frame; raises `SourceError` or `UsageError` if the video has no such one."""
        with open_session(
            frame.video, self.model, cache=self.frames, threads=self.threads
        ) as session:
            return _picture(session, frame.time)


def photos_of(path: Path) -> list[Path]:
    """Give the photos that a path stands for: of results, the stills that were kept."""
    results = [path / PICKS_NAME] if path.is_dir() else []
    if path.is_dir() and not results[0].exists():
        results = sorted(path.glob(f"*/{PICKS_NAME}"))
    stills = [
        one.parent / str(pick["still"])
        for one in results
        for pick in read_document(one).get("picks", ())
    ]
    return [one for one in stills if one.exists()] if stills else find_photos([path])


def judged_of(likes: Pictures | None, dislikes: Pictures | None) -> Judged | None:
    """Put judgements together; None if there are none.

    Raises
    ------
    UsageError
        A picture is liked and disliked.
    """
    parts = [one for one in (likes, dislikes) if one]
    if not parts:
        return None
    if len(parts) == 2 and np.any(parts[0].content @ parts[1].content.T >= SAME):
        raise UsageError("a picture is liked and disliked; leave it out of one of the two")
    pictures = joined(parts)
    count = len(likes) if likes else 0
    return Judged(pictures, np.arange(len(pictures)) < count)


def added(earlier: Judged, new: Judged) -> Judged:
    """Add judgements; a picture that was judged before has the new judgement."""
    again = np.max(earlier.pictures.content @ new.pictures.content.T, axis=1) >= SAME
    kept = earlier.pictures.of_rows(~again)
    return Judged(joined([kept, new.pictures]), np.concatenate([earlier.liked[~again], new.liked]))


def _picture(session: Session, time: FilmTime) -> Pictures:
    """Give the frame of a video that is shown at a time."""
    frames, source = session.processor, session.source
    frames.recall(with_parts=True)
    if source.timeline is None and not frames.is_complete:
        frames.process(FrameRequest())
    times = (source.timeline or frames.samples).times_seconds
    wanted = frame_shown_at(time, source.info, times)
    known = frames.samples.frame_index if frames.has_samples else np.empty(0, np.int64)
    if wanted not in known:
        frames.process(FrameRequest((wanted,)))
    samples = frames.samples
    rows = np.flatnonzero(samples.frame_index == wanted)
    if not len(rows):
        raise SourceError(f"{source.info.name}: its frame at {time} cannot be decoded")
    found = frames.comparable(rows)
    return Pictures(found.content.astype(np.float32), looks(samples.measures[rows]), found.scores)
