"""The folder of a live session: stills as they come, the other files once it is over.

picks.json is written anew with every still, so whatever ends a session, it says what was kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
from PIL import Image

from framepick.config import OutputConfig
from framepick.files import cannot_write, is_hidden_name, whole_file
from framepick.outputs.folder import document_of, write_json, write_side_products
from framepick.outputs.previews import Previews
from framepick.outputs.result_folders import PICKS_NAME
from framepick.outputs.rows import described_picks
from framepick.outputs.side_products import Failure, SideProducts
from framepick.outputs.stills.naming import free_still_name
from framepick.outputs.stills.notes import notes_of
from framepick.outputs.stills.saving import save_still
from framepick.outputs.stills.sidecars import sidecar_names, write_sidecar
from framepick.results import Pick, VideoResult
from framepick.timecode import timecodes
from framepick.types import Still

_HURRY_SECONDS = 0.3
MOST_SHOWN = 200
"""Stills that report and contact sheet show; the best, if there are more."""


class LiveFolder:
    """Writes a session's files into `folder`, which is made.

    Raises
    ------
    OutputError
        It cannot be made.
    """

    def __init__(self, folder: Path, rules: OutputConfig) -> None:
        self.folder, self._rules = folder, rules
        self._names: set[str] = set()
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            raise cannot_write(folder, error) from error

    def save(self, still: Still, result: VideoResult, pick: Pick) -> str:
        """Write a still with what is known of it, and give its name.

        Raises
        ------
        OutputError
            It cannot be written.
        """
        clock = timecodes(result.info, result.frame_times_seconds)
        name = free_still_name(result, pick, self._rules, clock, self._names)
        notes = notes_of(result, pick, clock)
        try:
            with whole_file(self.folder / name) as path:
                save_still(still, path, self._rules, notes)
            for sidecar in sidecar_names(name, self._rules.sidecar):
                with whole_file(self.folder / sidecar) as path:
                    write_sidecar(notes, path)
        except OSError as error:
            raise cannot_write(self.folder / name, error) from error
        self._names.add(name)
        return name

    def remove(self, name: str) -> None:
        """Remove a still of this session that a better one replaces."""
        self._names.discard(name)
        for one in (name, *sidecar_names(name, self._rules.sidecar)):
            (self.folder / one).unlink(missing_ok=True)

    def remove_partials(self) -> None:
        """Remove what is half written."""
        with suppress(OSError):
            for path in self.folder.iterdir():
                if is_hidden_name(path.name):
                    path.unlink()

    def discard(self) -> None:
        """Remove the folder, if nothing is in it."""
        with suppress(OSError):
            self.folder.rmdir()

    def note(self, result: VideoResult, names: Mapping[int, str]) -> None:
        """Write picks.json; `names` are those of the stills, by rank.

        Raises
        ------
        OutputError
            It cannot be written.
        """
        self._write_picks(result, self._rows(result, names), [])

    def finish(
        self, result: VideoResult, names: Mapping[int, str], is_hurried: bool
    ) -> Sequence[Failure]:
        """Write scores, contact sheet and report beside the stills; give what failed.

        If it `is_hurried`, these show the best stills that there is time for.

        Raises
        ------
        OutputError
            picks.json cannot be written.
        """
        rows = self._rows(result, names)
        shown = sorted(result.picks, key=lambda pick: pick.rank)[:MOST_SHOWN]
        side = SideProducts(self.folder, ())
        previews = Previews()
        deadline = monotonic() + (_HURRY_SECONDS if is_hurried else inf)
        for pick in shown:
            if monotonic() > deadline:
                break
            path = self.folder / names[pick.rank]
            side.attempt(path.name, partial(_add_preview, previews, path, pick))
        clock = timecodes(result.info, result.frame_times_seconds)
        if shown:
            write_side_products(result, rows, previews, side, self._rules, clock)
        self._write_picks(result, rows, side.failures)
        return side.failures

    def _rows(self, result: VideoResult, names: Mapping[int, str]) -> list[dict[str, Any]]:
        return described_picks(result, names, timecodes(result.info, result.frame_times_seconds))

    def _write_picks(
        self, result: VideoResult, rows: list[dict[str, Any]], failures: Sequence[Failure]
    ) -> None:
        listed = [{"file": one.file, "reason": one.reason} for one in failures]
        document = document_of(result, rows, {"relative_path": None, "failures": listed})
        path = self.folder / PICKS_NAME
        try:
            with whole_file(path) as new:
                write_json(new, document)
        except OSError as error:
            raise cannot_write(path, error) from error


def _add_preview(previews: Previews, path: Path, pick: Pick) -> None:
    """Add a small copy of a still that was written."""
    with Image.open(path) as image:
        previews.add(Still(np.asarray(image.convert("RGB")), pick.moment))
