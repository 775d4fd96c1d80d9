"""Why there are fewer picks than requested (pure functions)."""

from __future__ import annotations

from framepick.picking.choice import MAX_VETOED_CANDIDATES, Choice
from framepick.reasons import Reason, ReasonCode, Value


def shortfall(choice: Choice, frame_count: int) -> Reason | None:
    """Why frames are missing in a choice among `frame_count` frames; None if none are."""
    if choice.missing == 0:
        return None
    picked = len(choice.chosen)
    values: dict[str, Value] = {"picked": picked, "requested": choice.rules.count}
    if picked == frame_count:
        return Reason(ReasonCode.NO_OTHER_FRAMES, values)
    if not choice.goes_on:
        return Reason(ReasonCode.BEST_VETOED, {**values, "tried": MAX_VETOED_CANDIDATES})
    if len(choice.eligible) and not choice.have_room(choice.eligible).any():
        return Reason(ReasonCode.LIMIT_REACHED, values)
    if picked < len(choice.eligible):
        return Reason(ReasonCode.ALL_VETOED, values)
    return Reason(ReasonCode.ALL_HARD_VETOED, values)


def shortfall_of_part(reason: Reason, explored: int, frame_count: int, has_budget: bool) -> Reason:
    """Why frames are missing where only `explored` of `frame_count` frames were chosen from.

    Whether all explored frames are picked or vetoed says nothing about the video then: the budget
    was used up, or the plan had finished.
    """
    if reason.code in (ReasonCode.BEST_VETOED, ReasonCode.LIMIT_REACHED):
        return reason
    code = ReasonCode.TIME_UP if has_budget else ReasonCode.PARTLY_EXPLORED
    values = {name: reason.values[name] for name in ("picked", "requested")}
    return Reason(code, {**values, "explored": explored, "frame_count": frame_count})
