"""A collection of photos: scored in order, their content kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from framepick.aesthetic import AestheticModel, load_model
from framepick.photos import PhotoSession, score_photos
from samples.clipmaker import load
from tests.tiny import tiny_weights

NAMES = ("astronaut", "chelsea", "coffee", "rocket", "landscape")


@pytest.fixture
def model(tmp_path: Path) -> AestheticModel:
    tiny_weights(tmp_path)
    return load_model(tmp_path / "tiny.safetensors", "cpu")


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{name}.png" for name in NAMES]
    for name, path in zip(NAMES, paths, strict=True):
        Image.fromarray(load(name, (90, 60))).save(path)
    return paths


def test_photos_keep_their_order_and_those_that_cannot_be_read_say_why(
    photos: list[Path], tmp_path: Path, model: AestheticModel
) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    paths = [photos[0], tmp_path / "broken.jpg", *photos[1:]]
    found = list(score_photos(paths, model))
    assert [one.path for one in found] == paths
    assert [one.path for one in found if one.error] == [tmp_path / "broken.jpg"]
    assert all(one.score is not None for one in found if not one.error)


def test_the_content_of_each_photo_is_kept_by_its_row(
    photos: list[Path], model: AestheticModel
) -> None:
    with PhotoSession(model) as session:
        found = list(session.process([*photos, photos[2]]))
        rows = np.array([one.row for one in found], np.int64)
        content = session.content_of(rows)
        assert np.allclose(np.linalg.norm(content, axis=1), 1.0, atol=1e-3)
        likeness = content @ content[2]
        assert sorted(np.argsort(-likeness)[:2].tolist()) == [2, 5]  # the same photo
        assert session.samples.raw[rows].tolist() == [one.score for one in found]
