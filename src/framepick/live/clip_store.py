"""A folder for clips of the recent past: gone with the session, or at the start of the next one."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from framepick.errors import OutputError, reason_of
from framepick.owner import Owner, new_owner
from framepick.sources.live.client import Clip

_PREFIX = "framepick-live-"


class ClipStore:
    """Holds clips in a new folder among temporary files, and removes those of killed sessions.

    Raises
    ------
    OutputError
        The folder cannot be made.
    """

    def __init__(self) -> None:
        self._clips: dict[int, Clip] = {}
        try:
            place = Path(tempfile.gettempdir())
            _remove_leftovers(place)
            self.folder = place / f"{_PREFIX}{new_owner().token}"
            self.folder.mkdir(mode=0o700)
        except OSError as error:
            text = f"temporary files cannot be written ({reason_of(error)})"
            raise OutputError(f"{text}; set TMPDIR to another folder") from error

    def path(self, key: int) -> Path:
        """Give the file for the clip of a moment."""
        return self.folder / f"{key}.mkv"

    def hold(self, key: int, clip: Clip) -> None:
        """Hold on to the clip of a moment that was proposed."""
        self._clips[key] = clip

    def take(self, key: int) -> Clip | None:
        """Give the clip of a moment away."""
        return self._clips.pop(key, None)

    def drop(self, key: int) -> None:
        """Remove the clip of a moment."""
        if clip := self._clips.pop(key, None):
            with suppress(OSError):
                clip.path.unlink()

    def close(self) -> None:
        """Remove all clips."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _remove_leftovers(place: Path) -> None:
    for folder in place.glob(f"{_PREFIX}*"):
        owner = Owner.parse(folder.name.removeprefix(_PREFIX))
        if owner and owner.is_gone():
            shutil.rmtree(folder, ignore_errors=True)
