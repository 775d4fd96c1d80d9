"""What the app remembers: decisions about films, which were open last, and batches."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from time import time
from typing import Any

import platformdirs

from framepick.app.verdicts import FindTaste, Verdicts
from framepick.errors import FramepickError
from framepick.files import whole_file

FOLDER_VARIABLE = "FRAMEPICK_HOME"
MOST_RECENT = 8
MOST_BATCHES = 30
_CONTENT = re.compile("[0-9a-f]{40}")


def default_home() -> Path:
    """$FRAMEPICK_HOME, or the folder of the platform for data of users."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else platformdirs.user_data_path("framepick", appauthor=False)


@dataclass(frozen=True, slots=True)
class Recent:
    """A film that was open before."""

    path: str
    content: str
    """Fingerprint of its content."""
    opened: float
    """When, in seconds since the epoch."""


def _no_taste(path: Path) -> None:
    """Find no taste."""


class Memory:
    """Keeps small files in `folder`, which need not exist; what cannot be kept is forgotten.

    `find_taste` reads the tastes that decisions name.
    """

    def __init__(self, folder: Path, find_taste: FindTaste = _no_taste) -> None:
        self.folder = folder
        self._find_taste = find_taste

    def verdicts(self, content: str) -> Verdicts | None:
        """Give the decisions about a film, None where there are none that can be read."""
        values = self._read(self.folder / "verdicts" / f"{_checked(content)}.json")
        with suppress(KeyError, TypeError, ValueError, AttributeError):
            return Verdicts.of_json(values, self._find_taste) if values else None
        return None

    def keep_verdicts(self, content: str, verdicts: Verdicts) -> None:
        """Keep the decisions about a film in place of earlier ones."""
        self._write(self.folder / "verdicts" / f"{_checked(content)}.json", verdicts.as_json())

    def recent(self) -> list[Recent]:
        """Give the films that were open last and are still there, the last one first."""
        values = self._read(self.folder / "recent.json").get("films", [])
        found = []
        for one in values if isinstance(values, list) else []:
            with suppress(TypeError, ValueError):
                recent = Recent(str(one["path"]), _checked(one["content"]), float(one["opened"]))
                found += [recent] if os.path.isfile(recent.path) else []
        return found[:MOST_RECENT]

    def note_opened(self, path: Path, content: str, picture: bytes | None = None) -> None:
        """Put a film first among the recent ones, with a picture of it if there is one."""
        others = [one for one in self.recent() if one.path != str(path)]
        films = [Recent(str(path), content, time()), *others][:MOST_RECENT]
        self._write(self.folder / "recent.json", {"films": [asdict(one) for one in films]})
        if picture:
            self._write_bytes(self.folder / "recent" / f"{_checked(content)}.jpg", picture)

    def picture(self, content: str) -> bytes | None:
        """Give the picture of a recent film."""
        with suppress(OSError):
            return (self.folder / "recent" / f"{_checked(content)}.jpg").read_bytes()
        return None

    def batches(self) -> list[Mapping[str, Any]]:
        """Give what `keep_batches` kept."""
        values = self._read(self.folder / "batches.json").get("batches", [])
        found = values if isinstance(values, list) else []
        return [one for one in found if isinstance(one, dict)]

    def keep_batches(self, batches: Sequence[Mapping[str, Any]]) -> None:
        """Keep batches that were started, the last one first, in place of earlier ones."""
        self._write(self.folder / "batches.json", {"batches": list(batches[:MOST_BATCHES])})

    def _read(self, path: Path) -> Mapping[str, Any]:
        with suppress(OSError, ValueError):
            values = json.loads(path.read_text(encoding="utf-8"))
            return values if isinstance(values, dict) else {}
        return {}

    def _write(self, path: Path, values: Mapping[str, Any]) -> None:
        text = json.dumps(values, ensure_ascii=True, allow_nan=False, indent=1)
        self._write_bytes(path, text.encode())

    def _write_bytes(self, path: Path, content: bytes) -> None:
        with suppress(OSError, FramepickError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with whole_file(path) as new:
                new.write_bytes(content)


def _checked(content: Any) -> str:
    if not _CONTENT.fullmatch(str(content)):
        raise ValueError(f"{content!r} is no fingerprint")
    return str(content)
