"""How often the right photo of a burst comes first, and what a collection takes.

    FRAMEPICK_DATA=... python -m benchmarks.photos [FOLDER] [--photos 2400] [--bursts 300]

Photographs of $FRAMEPICK_DATA are gathered in FOLDER, some of them as generated bursts of five (see
`benchmarks.bursts`), and put in order as `framepick photos` does. Of each burst the photo that
comes first in the result counts: with the times at which the photos were taken, and without any, as
after a program that drops them. Vectors of noise show what is left without an encoder.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from time import perf_counter

from benchmarks.bursts import BURST_SIZE, Burst, make_collection
from framepick.aesthetic import AestheticModel, load_model
from framepick.cache import Cache
from framepick.collection import PhotoCollection, PhotoFailure
from framepick.evaluation.footage.methods import NOISE, NoiseEncoder
from framepick.photos import MeasuredFile, PhotoMeter, arranged
from framepick.sources.capture import Capture


def order(
    paths: Sequence[Path], model: AestheticModel, cache: Cache, *, with_times: bool = True
) -> PhotoCollection:
    """Measure photos and put them in order, by choice as if nobody knew when they were taken."""
    encoder_id = model.encoder.encoder_id
    with cache.open_photos(encoder_id) as kept:
        found = list(PhotoMeter(model, kept).measure(paths))
    photos = [one for one in found if not isinstance(one, PhotoFailure)]
    photos = photos if with_times else [_without_time(one) for one in photos]
    return arranged(photos, (), encoder_id, model.scorer.calibration)


def _without_time(photo: MeasuredFile) -> MeasuredFile:
    capture = Capture(None, photo.facts.capture.camera)
    return replace(photo, facts=replace(photo.facts, capture=capture))


def report(name: str, collection: PhotoCollection, bursts: Sequence[Burst]) -> None:
    """Print how often the right photo comes first, and what comes first instead of it."""
    photos = {photo.path.name: photo for photo in collection.photos}
    instead: Counter[str] = Counter()
    whole = 0
    for burst in bursts:
        members = [burst.right, *burst.faults]
        first = min(members, key=lambda one: photos[one].rank)
        instead[burst.faults.get(first, "")] += 1
        whole += len({photos[one].group for one in members}) == 1
    right, count = instead.pop(""), len(bursts)
    faults = ", ".join(f"{kind} {number}" for kind, number in instead.most_common())
    print(f"{name}: the right one of {BURST_SIZE} first in {right / count:.1%} of {count} bursts")
    print(f"  {whole / count:.1%} of bursts are in one group; instead came first: {faults or '-'}")


def main() -> None:
    """Make the collection, put it in order twice, and once with noise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--photos", type=int, default=2400)
    parser.add_argument("--bursts", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    data = Path(os.environ["FRAMEPICK_DATA"])
    with nullcontext(asked.folder) if asked.folder else tempfile.TemporaryDirectory() as place:
        folder = Path(place, "collection")
        folder.mkdir(parents=True)
        bursts = make_collection(data, folder, asked.photos, asked.bursts, asked.seed)
        paths = sorted(folder.iterdir())
        model = load_model()
        encoder, faces = NoiseEncoder(model.encoder), model.face_finder
        noise = AestheticModel(encoder, model.scorer, NOISE, face_finder=faces)
        cache = Cache(Path(place, "cache"))
        starts = [perf_counter()]
        for _ in range(2):
            collection = order(paths, model, cache)
            starts.append(perf_counter())
        first, again = (end - start for start, end in pairwise(starts))
        print(f"{len(paths):,} photos in {first:.0f} s, {len(collection.groups):,} groups; again "
              f"from the cache in {again:.1f} s, {first / again:.0f} times as fast")  # fmt: skip
        report("shipped weights", collection, bursts)
        timeless = order(paths, model, cache, with_times=False)
        print(f"{len(timeless.groups):,} groups without times")
        report("shipped weights, no times", timeless, bursts)
        report(NOISE, order(paths, noise, cache), bursts)


if __name__ == "__main__":
    main()
