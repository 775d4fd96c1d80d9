"""Maps of collections: similar pictures lie close, scores spread around them."""

from __future__ import annotations

import numpy as np
import pytest

from framepick.mapping import FIELD, field_of, map_of
from framepick.types import Floats, Vectors

KINDS, EACH = 4, 15


@pytest.fixture(scope="module")
def content() -> Vectors:
    """Four kinds of pictures, those of each nearly alike."""
    generator = np.random.default_rng(0)
    kinds = np.repeat(generator.normal(size=(KINDS, 32)), EACH, axis=0)
    vectors = kinds + 0.2 * generator.normal(size=kinds.shape)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def nearest_kinds(places: Floats) -> Floats:
    away = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(away, np.inf)
    return np.asarray(away.argmin(axis=1) // EACH, np.float64)


@pytest.mark.filterwarnings("default")
def test_similar_pictures_lie_close(content: Vectors) -> None:
    found = map_of(content, {"general": np.arange(len(content), dtype=np.float64)})
    assert found.places.shape == (KINDS * EACH, 2)
    assert found.places.min() >= 0
    assert found.places.max() <= 1
    own = np.repeat(np.arange(KINDS), EACH)
    assert (nearest_kinds(found.places) == own).mean() > 0.9


@pytest.mark.filterwarnings("default")
def test_the_same_pictures_make_the_same_map(content: Vectors) -> None:
    scores = {"general": np.zeros(len(content))}
    assert np.array_equal(map_of(content, scores).places, map_of(content, scores).places)


def test_a_field_has_the_scores_of_what_is_near() -> None:
    places = np.array([[0.2, 0.2], [0.8, 0.8]])
    field = field_of(places, np.array([1.0, 5.0]))
    low, high = round(0.2 * FIELD), round(0.8 * FIELD)
    assert field.values[low, low] == pytest.approx(1.0)
    assert field.values[high, high] == pytest.approx(5.0)
    assert field.weights[low, low] > 0.9
    assert field.weights[low, high] < 0.01


def test_few_pictures_make_no_map() -> None:
    with pytest.raises(ValueError, match="at least"):
        map_of(np.eye(3, dtype=np.float32), {})
