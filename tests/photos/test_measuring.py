"""Photos are measured in order, each once, and those that cannot be read say why."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from framepick.aesthetic import AestheticModel, load_model
from framepick.cache import Cache, PhotoCache
from framepick.collection import PhotoFailure
from framepick.photos import MeasuredFile, PhotoMeter
from framepick.protocols import Encoder
from framepick.types import Embeddings, FrameBatch
from samples.clipmaker import load
from tests.tiny import tiny_weights

NAMES = ("astronaut", "chelsea", "coffee", "rocket", "landscape")


class Counting:
    """An encoder that counts the views it is given."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.encoder_id, self.view_spec, self.batch_size = encoder.encoder_id, encoder.view_spec, 2
        self.count = 0

    def encode(self, batch: FrameBatch) -> Embeddings:
        self.count += len(batch.views)
        return self._encoder.encode(batch)


@pytest.fixture
def encoder(tmp_path: Path) -> Counting:
    tiny_weights(tmp_path)
    return Counting(load_model(tmp_path / "tiny.safetensors", "cpu").encoder)


@pytest.fixture
def model(tmp_path: Path, encoder: Counting) -> AestheticModel:
    return AestheticModel(encoder, load_model(tmp_path / "tiny.safetensors", "cpu").scorer)


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{name}.png" for name in NAMES]
    for name, path in zip(NAMES, paths, strict=True):
        Image.fromarray(load(name, (90, 60))).save(path)
    return paths


def measured(
    paths: list[Path], model: AestheticModel, cache: PhotoCache
) -> list[MeasuredFile | PhotoFailure]:
    return list(PhotoMeter(model, cache, threads=2).measure(paths))


def test_photos_keep_their_order_and_those_that_cannot_be_read_say_why(
    photos: list[Path], tmp_path: Path, model: AestheticModel
) -> None:
    broken, missing = tmp_path / "broken.jpg", tmp_path / "missing.jpg"
    broken.write_bytes(b"no picture")
    paths = [photos[0], broken, *photos[1:3], missing, *photos[3:]]
    found = measured(paths, model, PhotoCache.off())
    assert [one.path for one in found] == paths
    failures = [one for one in found if isinstance(one, PhotoFailure)]
    assert [one.path for one in failures] == [broken, missing]
    assert all(one.error.startswith(f"{one.path}: ") for one in failures)


def test_what_is_known_is_not_encoded_again(
    photos: list[Path], tmp_path: Path, model: AestheticModel, encoder: Counting
) -> None:
    with Cache(tmp_path / "cache").open_photos(encoder.encoder_id) as cache:
        first = measured(photos, model, cache)
    assert encoder.count == len(photos)
    photos[0].rename(tmp_path / "moved.png")
    with Cache(tmp_path / "cache").open_photos(encoder.encoder_id) as cache:
        again = measured([tmp_path / "moved.png", *photos[1:]], model, cache)
    assert encoder.count == len(photos)
    for one, other in zip(first, again, strict=True):
        assert isinstance(one, MeasuredFile)
        assert isinstance(other, MeasuredFile)
        assert one.facts.score == other.facts.score
        assert np.array_equal(one.facts.content, other.facts.content)


def test_a_black_photo_has_a_veto(tmp_path: Path, model: AestheticModel) -> None:
    Image.new("RGB", (90, 60)).save(tmp_path / "black.png")
    (found,) = measured([tmp_path / "black.png"], model, PhotoCache.off())
    assert isinstance(found, MeasuredFile)
    assert (found.facts.veto, found.facts.shown_score) == ("black", 0.0)
    assert found.facts.size == (90, 60)
