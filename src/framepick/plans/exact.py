"""The exact plan: every frame is decoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from framepick.protocols import PlanState
from framepick.types import FrameRequest


@dataclass(frozen=True, slots=True)
class ExactPlan:
    """Asks for every frame in one request."""

    uses_parts: ClassVar[bool] = False

    def next(self, state: PlanState) -> FrameRequest | None:
        """Ask for everything, unless that is done."""
        return None if state.is_complete else FrameRequest()
