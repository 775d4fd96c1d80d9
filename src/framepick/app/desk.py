"""One film as one viewer works on it: what is shown, what is decided, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np

from framepick.app.film import Films, View, Wanted
from framepick.app.film.ahead import TRAY_SIDE
from framepick.app.film.shown import ChosenTaste
from framepick.app.memory import Memory
from framepick.app.verdicts import Verdicts, with_settings, with_taste
from framepick.config import PickConfig, VideoConfig
from framepick.errors import SourceError
from framepick.outputs.stills.saving import in_8_bits
from framepick.results import Pick, VideoResult
from framepick.session import Session
from framepick.types import Pixels
from framepick.urls import MediaFile, UrlFile

MOST_STEPS = 200
"""Decisions that can be undone."""

Decision = Callable[[Verdicts, VideoResult], Verdicts]


class Desk:
    """A film, its verdicts and their history.

    Decisions about films in folders are remembered by their content; those about uploads end with
    the session. A film about which nothing is remembered is chosen from as `wanted`.

    Raises
    ------
    SourceError, UsageError
        As `Films.open`.
    """

    def __init__(
        self,
        films: Films,
        memory: Memory,
        path: Path,
        name: str,
        *,
        is_upload: bool = False,
        wanted: Wanted | None = None,
    ) -> None:
        self.path, self.name, self.is_upload = path, name, is_upload
        self._memory = memory
        self._before: list[Verdicts] = []
        self._is_noted = is_upload
        self.verdicts = Verdicts(wanted or Wanted())
        self.view: View = films.open(path, name, self.verdicts.wanted, is_passing=is_upload)
        self.looked: int | None = None
        """`Moment.frame_index` of the frame that is looked at."""
        self.look_serial = 0
        """Rises when another frame is to be looked at that was not clicked in the component."""
        self.serial = 0
        """Rises when settings change that no widget set."""
        self._pick_looked: int | None = None
        if not is_upload and (known := memory.verdicts(self.view.film.content)):
            self.verdicts = known
            self.view.want(known.wanted)

    @property
    def source(self) -> MediaFile:
        """What results say that they are of: of a film that does not stay, only its name."""
        is_lasting = self.path.name == self.name and not self.is_upload
        return self.path if is_lasting else UrlFile(f"file:///{self.name}")

    @property
    def result(self) -> VideoResult | None:
        """The curve and the picks so far."""
        return self.view.shown.result

    @property
    def can_undo(self) -> bool:
        """Whether there is a decision to take back."""
        return bool(self._before)

    def pick_of(self, frame_index: int | None) -> Pick | None:
        """Give the pick of a frame, None where it is none."""
        picks = self.result.picks if self.result else ()
        return next((one for one in picks if one.moment.frame_index == frame_index), None)

    def pick_of_rank(self, rank: int) -> Pick | None:
        """Give the pick of a rank."""
        picks = self.result.picks if self.result else ()
        return next((one for one in picks if one.rank == rank), None)

    @property
    def pick_before(self) -> Pick | None:
        """The pick that was looked at last."""
        return self.pick_of(self._pick_looked)

    def look(self, frame_index: int) -> None:
        """Look at a frame."""
        self.looked = frame_index
        if self.pick_of(frame_index):
            self._pick_looked = frame_index

    def look_at_rank(self, rank: int) -> None:
        """Look at the pick of a rank."""
        if pick := self.pick_of_rank(rank):
            self.look(pick.moment.frame_index)
            self.look_serial += 1

    def seconds_of(self, frame_index: int) -> float | None:
        """Give when a frame is shown, None where it was not searched."""
        if self.result is None:
            return None
        samples = self.result.samples
        rows = np.flatnonzero(samples.frame_index == frame_index)
        return float(samples.times_seconds[rows[0]]) if len(rows) else None

    def set_up(self, config: VideoConfig) -> None:
        """Set something else, as widgets show it already."""
        self._set(with_settings(self.verdicts, config), self.verdicts)

    def use_taste(self, taste: ChosenTaste | None) -> None:
        """Score by another taste, as a widget shows it already; None for no taste."""
        if taste != self.verdicts.wanted.taste:
            self._set(with_taste(self.verdicts, taste), self.verdicts)

    def decide(self, decision: Decision) -> None:
        """Decide something; nothing happens before the first frame is there."""
        if self.result is not None:
            before = self.verdicts
            self._set(decision(before, self.result), before)
            self.serial += _set_by_widgets(before) != _set_by_widgets(self.verdicts)

    def undo(self) -> None:
        """Take the last decision back."""
        if self._before:
            self._set(self._before.pop(), None)
            self.serial += 1

    def note_opened(self) -> None:
        """Put a film that lies in a folder among the recent ones, once its picks are known."""
        if self._is_noted or not self.view.shown.is_final or not self.result:
            return
        self._is_noted = True
        best = self.pick_of_rank(1)
        self._memory.note_opened(
            self.path,
            self.view.film.content,
            self._picture(best.moment.frame_index) if best else None,
        )

    def _picture(self, frame_index: int) -> bytes | None:
        with suppress(SourceError):
            return self.view.film.picture(frame_index, TRAY_SIDE)
        return None

    def still(self, pick: Pick) -> Pixels:
        """Give a pick's frame at full size (H, W, 3).

        Raises
        ------
        SourceError
            It cannot be decoded, or the film is closed.
        """

        def decode(session: Session) -> Pixels:
            found = next(iter(session.source.stills([pick.moment])), None)
            if found is None:
                raise SourceError(f"{self.name}: this frame cannot be decoded; choose another")
            return in_8_bits(found.pixels)

        return cast(Pixels, self.view.film.call(decode).result())

    def message(self, text: str) -> str:
        """Give a message with the film's name in place of where it lies."""
        return text.replace(str(self.view.film.path), self.name).replace(str(self.path), self.name)

    def close(self) -> None:
        """Look no more."""
        self.view.close()

    def _set(self, verdicts: Verdicts, before: Verdicts | None) -> None:
        if verdicts == self.verdicts:
            return
        if before is not None:
            self._before = [*self._before, before][-MOST_STEPS:]
        if _picks_as(verdicts) == _picks_as(self.verdicts) and before is not None:
            self.view.adopt(verdicts.wanted)
        elif verdicts.wanted != self.verdicts.wanted:
            self.view.want(verdicts.wanted)
        self.verdicts = verdicts
        if not self.is_upload:
            self._memory.keep_verdicts(self.view.film.content, verdicts)


def _picks_as(verdicts: Verdicts) -> VideoConfig:
    """What decides on the picks: a pick that is pinned is one already."""
    config = verdicts.wanted.config
    return replace(config, pick=replace(config.pick, pinned=()))


def _set_by_widgets(verdicts: Verdicts) -> VideoConfig:
    """The settings without frames and parts of the film."""
    config = verdicts.wanted.config
    nothing = PickConfig()
    names = ("ranges", "excluded", "included", "pinned", "vetoed")
    return replace(
        config, pick=replace(config.pick, **{name: getattr(nothing, name) for name in names})
    )
