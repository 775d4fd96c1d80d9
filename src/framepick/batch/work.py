"""What one worker is to do, and what may come of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any, Literal

from framepick.batch.ledger import Record
from framepick.batch.tasks import Task
from framepick.parts import Scored

Answer = Record | Literal["busy", "scored", "whole"]
"""The record of a file; or that another run works on it; that a share of its frames is scored; that
one worker has to do all of it."""


@dataclass(frozen=True, slots=True)
class Work:
    """Pick from a file, or score a share of its frames."""

    task: Task
    key: str
    """What the file is known by in the ledger."""
    scored: Scored | None = None
    """Where the frames of a share go to, or those are that were scored for the pick."""
    share: int | None = None
    """Number of the share to score, from 0; None to pick."""

    def message(self) -> dict[str, Any]:
        """Give the work as JSON takes it, with its kind."""
        found = self.task.message() | {"kind": "pick" if self.share is None else "score"}
        if self.scored:
            found |= {"folder": os.fspath(self.scored.folder), "shares": self.scored.shares}
        return found | {"share": self.share}
