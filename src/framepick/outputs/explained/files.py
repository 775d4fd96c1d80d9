"""The files of an explanation: a heat map over the picture, and a document."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Any

from framepick.explaining.explainer import Explanation
from framepick.files import fit_name, printable, whole_file
from framepick.outputs.explained.heat import heat_file
from framepick.outputs.explained.words import described
from framepick.outputs.folder import write_json
from framepick.outputs.result_folders import name_key
from framepick.outputs.stills.naming import safe_name, time_text
from framepick.types import Moment, Pixels

HEAT_ENDING, FACTS_ENDING = ".heat.jpg", ".why.json"


@dataclass(frozen=True, slots=True, eq=False)
class Explained:
    """A picture and why it scores as it does."""

    source: Path
    picture: Pixels
    """(H, W, 3)"""
    moment: Moment | None
    """Of a frame of a video."""
    explanation: Explanation

    @property
    def name(self) -> str:
        """What its files are called, without their endings."""
        if self.moment is None:
            return self.source.name
        return f"{self.source.name}_{time_text(self.moment.time_seconds)}"

    def document(self) -> dict[str, Any]:
        """Describe it as JSON takes it."""
        when = (
            {}
            if self.moment is None
            else {
                "frame_index": self.moment.frame_index,
                "time_seconds": round(self.moment.time_seconds, 6),
            }
        )
        return {"source": printable(self.source), **when, **described(self.explanation)}


class Names:
    """Gives names of files for one run: the second of a name has -2 behind it, and so on."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def free(self, name: str) -> str:
        """Give a name for `name` that every file system takes and no other has."""
        plain = safe_name(name)
        names = chain([plain], (f"{plain}-{number}" for number in count(2)))
        found = next(one for one in names if name_key(one) not in self._taken)
        self._taken.add(name_key(found))
        return found


def write_explained(one: Explained, folder: Path, name: str) -> list[Path]:
    """Write the heat map and the document of a picture to `folder`, and give their paths.

    Raises
    ------
    OutputError
        A file cannot be written.
    """
    heat, facts = (folder / fit_name(name, ending) for ending in (HEAT_ENDING, FACTS_ENDING))
    with whole_file(heat) as new:
        new.write_bytes(heat_file(one.picture, one.explanation))
    with whole_file(facts) as new:
        write_json(new, one.document() | {"heat_map": printable(heat.name)})
    return [heat, facts]
