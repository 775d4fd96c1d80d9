"""What is known of a taste, in words."""

from __future__ import annotations

from framepick.outputs.text import counted, shown
from framepick.taste.taste import TasteCard


def why_not_used(card: TasteCard) -> str:
    """Say why a taste moves no scores."""
    name = f"the taste {shown(card.name)} is not used"
    if card.missing_likes:
        return f"{name} yet: about {counted(card.missing_likes, 'more like')} needed"
    return f"{name}: the general score orders {card.general_accuracy:.0%} of it right as it is"


def judged_line(card: TasteCard) -> str:
    """Say what a taste was learnt from, and when."""
    counts = f"{counted(card.likes, 'like')} and {counted(card.dislikes, 'dislike')}"
    return f"{shown(card.name)}: {counts}, learnt on {card.made_at}"


def accuracy_line(card: TasteCard) -> str:
    """Say how well it orders what was judged, each left out once."""
    reached = card.accuracy.get(card.way, card.general_accuracy)
    return (
        f"orders {reached:.0%} of pairs of a like and a dislike right that it has not seen "
        f"(general score {card.general_accuracy:.0%}, by {card.way})"
    )
