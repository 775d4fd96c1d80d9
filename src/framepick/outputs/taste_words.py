"""What is known of a taste, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from framepick.outputs.text import counted, shown
from framepick.taste.rounds import any_ranker
from framepick.taste.taste import Taste, TasteCard
from framepick.taste.traits import SCORE, Trait, traits

_MOST_TRAITS = 4
_WORDS: Mapping[str, tuple[str, str]] = {
    "luma_mean": ("bright pictures", "dark pictures"),
    "luma_spread": ("strong contrast", "soft contrast"),
    "colour_spread": ("many colours", "few colours"),
    "warmth": ("warm colours", "cool colours"),
    "saturation": ("vivid colours", "muted colours"),
    "texture": ("busy pictures", "plain pictures"),
    "animal": ("animals", "pictures without animals"),
    "person": ("people", "pictures without people"),
    "food": ("food", "pictures without food"),
    "landscape": ("landscapes", "other things than landscapes"),
    "plant": ("plants", "pictures without plants"),
    "vehicle": ("vehicles", "pictures without vehicles"),
    SCORE: ("what scores high in general", "what scores low in general"),
}
"""What is liked where liking rises with a trait, and where it falls."""


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


def trait_words(trait: Trait) -> str:
    """Name what is liked by a trait."""
    more, less = _WORDS.get(trait.name, (trait.name, f"little {trait.name}"))
    return more if trait.correlation > 0 else less


def taste_lines(taste: Taste) -> Iterator[str]:
    """Say what a taste was learnt from, what it has learnt, and how far to trust it."""
    yield judged_line(taste.card)
    found = traits(any_ranker(taste.judged, taste.reference), taste.reference)
    if taste.card.is_used:
        words = ", ".join(trait_words(one) for one in found[:_MOST_TRAITS])
        yield f"likes {words}" if words else "likes what has no single name"
    if taste.card.accuracy:
        yield accuracy_line(taste.card)
    if not taste.card.is_used:
        yield why_not_used(taste.card)


def described_taste(taste: Taste) -> dict[str, Any]:
    """Describe a taste as JSON takes it."""
    found = traits(any_ranker(taste.judged, taste.reference), taste.reference)
    rows = [{"name": one.name, "correlation": round(one.correlation, 4)} for one in found]
    return {**asdict(taste.card), "traits": rows if taste.card.is_used else []}
