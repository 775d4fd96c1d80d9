"""What tastes do to picks of videos: whether the moments that a person rated high are still kept.

    FRAMEPICK_DATA=... python -m benchmarks.tastes_in_videos

Of each rated clip the best four of its rated frames are kept, by score as in a video; the gain is
the share that they reach of what the best four by rating gain over the clip's mean. Each simulated
person of `benchmarks.tastes` learns from ten likes and ten dislikes among photographs; then frames
are scored by the taste, too.
"""

from __future__ import annotations

import csv
import os
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from framepick.aesthetic import AestheticModel, load_model
from framepick.cache import Cache, PhotoCache, default_folder, default_limit
from framepick.collection import PhotoFacts, PhotoFailure
from framepick.encoding.machine import cores
from framepick.photos import PhotoMeter
from framepick.photos.personal import pictures_of
from framepick.scoring import in_video
from framepick.taste.learning import learn
from framepick.taste.pictures import Judged, Pictures
from framepick.taste.ranker import PersonalScorer
from framepick.taste.reference import load_reference
from framepick.taste.taste import IN_VIDEO
from framepick.training.tastes.facts import measure_facts
from framepick.training.tastes.people import PEOPLE, judge
from framepick.types import Flags, Floats

KEPT = 4


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """The rated frames of a clip."""

    pictures: Pictures
    moments: Floats
    sound: Flags
    ratings: Floats

    def gained(self, scores: Floats) -> float:
        """Points of rating that the frames kept by `scores` gain over the mean of the clip."""
        values = np.where(self.sound, in_video(scores, self.moments, self.sound), -1.0)
        best = np.argsort(-values, kind="stable")[:KEPT]
        return float(self.ratings[best].mean() - self.ratings.mean())

    @property
    def most(self) -> float:
        return float(np.sort(self.ratings)[-KEPT:].mean() - self.ratings.mean())


def read_clips(data: Path, model: AestheticModel, cache: PhotoCache) -> list[Clip]:
    """Measure the rated frames that lie as pictures in the footage folder."""
    with (data / "footage" / "more_ratings.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    paths = [data / "footage" / "frames" / row["image"] for row in rows]
    found = PhotoMeter(model, cache, cores()).measure(paths)
    groups: Mapping[str, list[tuple[PhotoFacts, float]]] = defaultdict(list)
    for row, one in zip(rows, found, strict=True):
        if not isinstance(one, PhotoFailure):
            groups[row["file"]].append((one.facts, float(row["rating"])))
    return [_clip(group) for group in groups.values()]


def _clip(frames: list[tuple[PhotoFacts, float]]) -> Clip:
    facts = [one for one, _ in frames]
    return Clip(
        pictures_of(facts),
        np.array([one.moment for one in facts]),
        np.array([not one.veto for one in facts]),
        np.array([rating for _, rating in frames]),
    )


def _by_taste(scorer: PersonalScorer, clip: Clip) -> Floats:
    general = clip.pictures.scores
    return general + IN_VIDEO * (scorer.score(clip.pictures) - general)


def main() -> None:
    """Measure and print."""
    data = Path(os.environ["FRAMEPICK_DATA"])
    model, reference = load_model(), load_reference()
    store = Cache(default_folder(), default_limit())
    with store.open_photos(model.encoder.encoder_id) or PhotoCache.off() as kept:
        facts = measure_facts(data, model, kept, cores())
        clips = read_clips(data, model, kept)
    most = sum(clip.most for clip in clips)
    usual = sum(clip.gained(clip.pictures.scores) for clip in clips) / most
    print(f"{len(clips)} clips; gain of the general score {usual:.3f}")
    gains = []
    for at, person in enumerate(PEOPLE):
        random = np.random.default_rng((5, at))
        rows = np.concatenate(judge(person.worth(facts, random), person.sees(facts), random))
        judged = Judged(facts.pictures.of_rows(rows), np.arange(len(rows)) < len(rows) // 2)
        ranker = learn(judged, reference).ranker
        if ranker is None:
            continue
        scorer = PersonalScorer(ranker, judged.likes.content, reference)
        gain = sum(clip.gained(_by_taste(scorer, clip)) for clip in clips) / most
        gains.append(gain)
        print(f"{person.name}: {gain:.3f}")
    print(f"mean of {len(gains)} tastes {np.mean(gains):.3f}, lowest {min(gains):.3f}")


if __name__ == "__main__":
    main()
