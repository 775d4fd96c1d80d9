"""Simulated people: how much each of them likes each photograph, by facts and by beauty."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from framepick.training.tastes.facts import Facts
from framepick.types import Flags, Floats, Rows

BEAUTY_SHARE = 0.3
LIKED_SHARE, DISLIKED_SHARE = 0.1, 0.5
"""Of all photographs, the tenth that a person likes best are likes, the lower half dislikes."""
_LEAST_LIKES = 12
_MOST_FACTS = 3


@dataclass(frozen=True, slots=True)
class Person:
    """A simulated person."""

    name: str
    facts: Mapping[str, float] = field(default_factory=dict)
    """How much each fact counts; beauty counts `beauty`."""
    noise: float = 0.0
    """Deviation of what nothing explains."""
    beauty: float = BEAUTY_SHARE
    only_oasis: bool = False
    """Sees photographs of the OASIS set only."""

    def worth(self, facts: Facts, random: np.random.Generator) -> Floats:
        """How much the person likes each photograph (N,)."""
        found = self.beauty * facts.beauty
        for name, share in self.facts.items():
            found = found + share * facts.columns[name]
        noise: Floats = found + self.noise * random.standard_normal(len(found))
        return noise

    def sees(self, facts: Facts) -> Flags:
        """Which photographs (N,) the person sees."""
        return facts.is_oasis if self.only_oasis else np.ones(len(facts.photos), np.bool_)


PEOPLE = (
    Person("animals", {"animal": 1}),
    Person("people", {"person": 1}),
    Person("food", {"food": 1}),
    Person("landscapes", {"landscape": 1}),
    Person("plants", {"plant": 1}),
    Person("dark", {"brightness": -1}),
    Person("bright", {"brightness": 1}),
    Person("contrast", {"contrast": 1}),
    Person("warm", {"warmth": 1}),
    Person("cool", {"warmth": -1}),
    Person("vivid", {"saturation": 1}),
    Person("muted", {"saturation": -1}),
    Person("close faces", {"face_size": 1}),
    Person("minimal", {"quiet": 1}),
    Person("warm landscapes, noise", {"landscape": 0.8, "warmth": 0.6}, noise=0.5),
    Person("dark people, noise", {"person": 0.8, "brightness": -0.6}, noise=0.5),
    *(
        Person(f"OASIS {name}", {f"oasis {name}": 1}, noise=0.3, only_oasis=True)
        for name in ("Animal", "Object", "Person", "Scene")
    ),
)
"""The tastes that are measured."""
RELATED = (
    {"animal", "oasis Animal"},
    {"person", "oasis Person", "face_size"},
    {"food"},
    {"landscape", "oasis Scene"},
    {"plant"},
    {"vehicle", "oasis Object"},
    {"brightness"},
    {"contrast"},
    {"warmth"},
    {"saturation"},
    {"quiet"},
)
"""Facts that say nearly the same."""


def related(names: Collection[str]) -> frozenset[str]:
    """Give facts, and those that say nearly the same."""
    sets = [one for one in RELATED if one & set(names)]
    return frozenset().union(names, *sets)


def invented(facts: Facts, random: np.random.Generator, without: Collection[str] = ()) -> Person:
    """Invent a person who cares for some facts, for none of those `without`."""
    names = sorted(set(facts.columns) - set(without))
    chosen = random.choice(names, random.integers(1, _MOST_FACTS + 1), replace=False)
    shares = random.standard_normal(len(chosen))
    shares /= np.linalg.norm(shares)
    return Person(
        "invented",
        dict(zip(chosen.tolist(), shares.tolist(), strict=True)),
        noise=random.uniform(0, 0.4),
        beauty=random.uniform(0.1, 0.6),
    )


def sides(worth: Floats, seen: Flags) -> tuple[Rows, Rows]:
    """Give the photographs that a person likes and dislikes, of those `seen` (N,)."""
    rows = np.flatnonzero(seen)
    order = rows[np.argsort(-worth[rows], kind="stable")]
    likes = max(round(LIKED_SHARE * len(order)), _LEAST_LIKES)
    return order[:likes], order[round((1 - DISLIKED_SHARE) * len(order)) :]


def judge(
    worth: Floats, seen: Flags, random: np.random.Generator, likes: int = 10, dislikes: int = 10
) -> tuple[Rows, Rows]:
    """Let a person pick likes and dislikes among the photographs `seen` (N,)."""
    liked, disliked = sides(worth, seen)
    return (
        random.choice(liked, likes, replace=False),
        random.choice(disliked, dislikes, replace=False),
    )


def half_of_themes(facts: Facts, random: np.random.Generator) -> Flags:
    """Mark (N,) the photographs of half of the themes."""
    themes = facts.themes
    names = np.unique(themes)
    return np.isin(themes, random.permutation(names)[: len(names) // 2])
