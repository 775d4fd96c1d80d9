"""A taste that is taught with the photos of an album, a round at a time."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from framepick.app.album.album import Album
from framepick.judging import added, judged_of
from framepick.photos import MeasuredFile
from framepick.photos.personal import pictures_of
from framepick.taste.files import load_taste, new_taste, place_of, save_taste
from framepick.taste.learning import learn
from framepick.taste.pictures import Pictures
from framepick.taste.reference import load_reference
from framepick.taste.rounds import next_to_judge
from framepick.taste.taste import Taste


class Tasting:
    """Rounds of judging, each learnt from; the taste is one of the user's.

    Parameters
    ----------
    album
        The photos.
    name
        Name of the taste; one that is there learns on.
    weights
        Other weights than those shipped.

    Raises
    ------
    UsageError, WeightsError
        No taste can have this name; it is damaged or of another model; the weights know no tastes.
    """

    def __init__(self, album: Album, name: str, weights: Path | None) -> None:
        self.name = name
        self.taste: Taste | None = None
        """What is learnt so far."""
        self._album, self._weights = album, weights
        self._place = place_of(name)
        self._reference = load_reference(weights)
        if self._place.exists():
            self.taste = load_taste(self._place, weights)
        self.round: Sequence[int] = self._next()
        """Numbers of the photos whose judgement tells most now; none if all are judged."""

    def judge(self, likes: Sequence[int], dislikes: Sequence[int]) -> None:
        """Learn from the photos of these numbers as well, one at least, and go on to the next.

        Raises
        ------
        UsageError
            A photo is liked and disliked.
        OutputError
            The taste cannot be written.
        """
        judged = judged_of(self._pictures_of(likes), self._pictures_of(dislikes))
        if judged is None:
            return
        if self.taste:
            judged = added(self.taste.judged, judged)
        lesson = learn(judged, self._reference)
        save_taste(new_taste(self._place_name, judged, lesson, self._reference), self._place)
        self.taste = load_taste(self._place, self._weights)
        self.round = self._next()

    @property
    def _place_name(self) -> str:
        return self.taste.card.name if self.taste else self.name

    @cached_property
    def _photos(self) -> Sequence[MeasuredFile]:
        return self._album.measured

    def _pictures_of(self, numbers: Sequence[int]) -> Pictures | None:
        wanted = set(numbers)
        some = [one.facts for one in self._photos if self._album.ids[one.path] in wanted]
        return pictures_of(some) if some else None

    def _next(self) -> Sequence[int]:
        if not self._photos:
            return ()
        pictures = pictures_of([one.facts for one in self._photos])
        judged = self.taste.judged if self.taste else None
        rows = next_to_judge(pictures, judged, self._reference)
        return [self._album.ids[self._photos[row].path] for row in rows.tolist()]
