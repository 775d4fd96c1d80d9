"""Tastes of simulated people: what each way to learn gains, on themes that it has not seen.

    FRAMEPICK_DATA=... python -m benchmarks.tastes [--seeds 4] [--likes 10] [--dislikes 10]

Each person judges some photographs of half of the themes; measured is the share of pairs, a
photograph that the person likes and one that the person dislikes, of the other half that come in
the right order. Facts that people go by are subjects, faces, light and colour as measured without
the network, and beauty as rated; see `framepick.training.tastes`.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from framepick.aesthetic import load_model
from framepick.cache import Cache, PhotoCache, default_folder, default_limit
from framepick.encoding.machine import cores
from framepick.taste.learning import Lesson, learn, right_pairs
from framepick.taste.pictures import Judged, Pictures
from framepick.taste.ranker import PersonalScorer, Ranker
from framepick.taste.reference import Reference, load_reference
from framepick.taste.ways import Examples, Way, fitted
from framepick.training.tastes.facts import Facts, measure_facts
from framepick.training.tastes.meta import learnt_start
from framepick.training.tastes.people import (
    PEOPLE,
    Person,
    half_of_themes,
    judge,
    related,
    sides,
)
from framepick.types import Flags, Floats, Rows

RANDOM_PEOPLE = 20
_VECTORS = 100_000
_NAMES = ("general score", *(way.value for way in Way), "as used")


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """One person who judges half of the themes."""

    facts: Facts
    reference: Reference
    worth: Floats
    judged_side: Flags
    other_side: Flags
    rows: Rows
    likes: int

    @property
    def judged(self) -> Judged:
        liked = np.arange(len(self.rows)) < self.likes
        return Judged(self.facts.pictures.of_rows(self.rows), liked)

    def accuracy(self, ranker: Ranker | None) -> float:
        """Share of pairs of the other half in the right order."""
        liked, disliked = sides(self.worth, self.other_side)
        rows = np.concatenate([liked, disliked])
        pictures = self.facts.pictures.of_rows(rows)
        scores = pictures.scores
        if ranker:
            likes = self.judged.likes.content
            scores = PersonalScorer(ranker, likes, self.reference).score(pictures)
        labels = np.where(np.arange(len(rows)) < len(liked), 1.0, -1.0)
        return float(right_pairs(scores[:, None], labels[:, None])[0])


def trials(
    facts: Facts, reference: Reference, seeds: int, likes: int, dislikes: int, learns_start: bool
) -> dict[str, list[Trial]]:
    """Let each person judge once for each seed."""
    found: dict[str, list[Trial]] = {person.name: [] for person in PEOPLE}
    for seed in range(seeds):
        half = half_of_themes(facts, np.random.default_rng(seed))
        starts = _Starts(facts, reference, half) if learns_start else None
        for at, person in enumerate(PEOPLE):
            random = np.random.default_rng((seed, at))
            worth, sees = person.worth(facts, random), person.sees(facts)
            both = judge(worth, sees & half, random, likes, dislikes)
            rows = np.concatenate(both)
            held = replace(reference, start=starts.of(person)) if starts else reference
            found[person.name].append(
                Trial(facts, held, worth, sees & half, sees & ~half, rows, likes)
            )
    return found


class _Starts:
    """Starts of networks learnt from one half of the themes, without what a person cares for."""

    def __init__(self, facts: Facts, reference: Reference, half: Flags) -> None:
        self._facts, self._scale, self._half = facts, reference.scale, half
        self._known: dict[frozenset[str], tuple[np.ndarray, ...]] = {}

    def of(self, person: Person) -> tuple[np.ndarray, ...]:
        left_out = related(person.facts)
        if left_out not in self._known:
            start = learnt_start(self._facts, self._scale, self._half, left_out)
            self._known[left_out] = start
        return self._known[left_out]


def row(trial: Trial) -> tuple[list[float], Lesson]:
    """Accuracy of the general score, of each way, and of what is used."""
    examples = Examples.of(trial.judged, trial.reference)
    lesson = learn(trial.judged, trial.reference)
    ways = [trial.accuracy(fitted(way, examples)) for way in Way]
    return [trial.accuracy(None), *ways, trial.accuracy(lesson.ranker)], lesson


def measure(found: dict[str, list[Trial]]) -> None:
    """Print the table of all people."""
    rows, used = [], []
    for name, some in found.items():
        both = [row(one) for one in some]
        rows.append((name, np.mean([one for one, _ in both], axis=0)))
        used.append(np.mean([lesson.ranker is not None for _, lesson in both]))
    values = np.array([one for _, one in rows])
    gains = values - values[:, :1]
    lines = [
        [name, *(f"{one:.3f}" for one in line), f"{share:.0%}"]
        for (name, line), share in zip(rows, used, strict=True)
    ]
    for title, line in (
        ("mean", values.mean(axis=0)),
        ("mean gain", gains.mean(axis=0)),
        ("worst gain", gains.min(axis=0)),
    ):
        lines.append([title, *(f"{one:.3f}" for one in line), ""])
    print("| taste | " + " | ".join([*_NAMES, "used"]) + " |")
    print("|---" * (len(_NAMES) + 2) + "|")
    for line in lines:
        print("| " + " | ".join(line) + " |", flush=True)


def random_people(facts: Facts, reference: Reference, likes: int, dislikes: int) -> None:
    """Print how many of people who judge by chance would get a taste."""
    used = 0
    for seed in range(RANDOM_PEOPLE):
        random = np.random.default_rng((99, seed))
        rows = random.choice(len(facts.photos), likes + dislikes, replace=False)
        liked = np.arange(len(rows)) < likes
        lesson = learn(Judged(facts.pictures.of_rows(rows), liked), reference)
        used += lesson.ranker is not None
    print(f"of {RANDOM_PEOPLE} people who judge by chance, {used} would get a taste")


def timings(trial: Trial) -> None:
    """Print how long learning takes, and scoring many vectors."""
    seconds = _seconds(lambda: learn(trial.judged, trial.reference))
    print(f"learning from {len(trial.rows)} judgements: {seconds:.2f} s")
    pictures = trial.facts.pictures
    rows = np.resize(np.arange(len(pictures)), _VECTORS)
    many: Pictures = pictures.of_rows(rows)
    examples = Examples.of(trial.judged, trial.reference)
    for way in Way:
        likes = trial.judged.likes.content
        scorer = PersonalScorer(fitted(way, examples), likes, trial.reference)
        seconds = _seconds(lambda scorer=scorer: scorer.score(many))  # type: ignore[misc]
        print(f"scoring {_VECTORS:,} vectors by {way.value}: {seconds:.2f} s")


def _seconds(call: Callable[[], object], times: int = 5) -> float:
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append(time.perf_counter() - start)
    return float(np.median(taken))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--likes", type=int, default=10)
    parser.add_argument("--dislikes", type=int, default=10)
    parser.add_argument("--shipped-start", action="store_true")
    options = parser.parse_args()
    model, reference = load_model(), load_reference()
    store = Cache(default_folder(), default_limit())
    with store.open_photos(model.encoder.encoder_id) or PhotoCache.off() as kept:
        facts = measure_facts(Path(os.environ["FRAMEPICK_DATA"]), model, kept, cores())
    sizes = options.likes, options.dislikes
    found = trials(facts, reference, options.seeds, *sizes, not options.shipped_start)
    measure(found)
    random_people(facts, reference, *sizes)
    timings(found["animals"][0])


if __name__ == "__main__":
    main()
