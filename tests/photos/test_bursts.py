"""Whole bursts, from files to the first of each: blur, exposure and framing are told by weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from benchmarks.bursts import Burst, make_burst
from framepick.aesthetic import AestheticModel, load_model
from framepick.cache import PhotoCache
from framepick.evaluation.footage.methods import NoiseEncoder
from framepick.photos import MeasuredFile, PhotoMeter, arranged
from samples.clipmaker import load

PICTURES = ("astronaut", "chelsea", "coffee", "rocket")
EACH = 3


@pytest.fixture(scope="module")
def bursts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Burst]]:
    """A folder with bursts of photographs, and which of their photos are right."""
    folder = tmp_path_factory.mktemp("bursts")
    generator = np.random.default_rng(0)
    made = [
        make_burst([load(name, (600, 450))], folder, f"{name}{at}", generator, EACH * number + at)
        for number, name in enumerate(PICTURES)
        for at in range(EACH)
    ]
    return folder, made


def first_is_right(folder: Path, bursts: Sequence[Burst], model: AestheticModel) -> int:
    """Count the bursts of which the right photo comes first."""
    found = list(PhotoMeter(model, PhotoCache.off()).measure(sorted(folder.iterdir())))
    photos = [one for one in found if isinstance(one, MeasuredFile)]
    collection = arranged(photos, (), "", model.scorer.calibration)
    rank = {photo.path.name: photo.rank for photo in collection.photos}
    return sum(rank[one.right] < min(rank[name] for name in one.faults) for one in bursts)


def test_the_right_photo_of_a_burst_comes_first_and_not_by_chance(
    bursts: tuple[Path, list[Burst]],
) -> None:
    model = load_model()
    noise = AestheticModel(NoiseEncoder(model.encoder), model.scorer, face_finder=model.face_finder)
    count = len(bursts[1])
    assert first_is_right(*bursts, model) >= 0.7 * count
    assert first_is_right(*bursts, noise) <= 0.5 * count
