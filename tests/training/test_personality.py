"""General scores and personality, learnt together from scores that a few made people gave."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from framepick.errors import UsageError
from framepick.ratings.per_person import PersonalRatings
from framepick.training.personality import (
    PersonalityConfig,
    evaluate,
    read_config,
    targets,
    trait_weights,
)

PEOPLE, PICTURES = 60, 120
CONFIG = PersonalityConfig("", "", hidden=32, epochs=300, rated=20, trait_penalty=1.0)


def made(seed: int = 0) -> tuple[PersonalRatings, np.ndarray]:
    """People who like beauty, and the more what suits their openness."""
    random = np.random.default_rng(seed)
    vectors = random.standard_normal((PICTURES, 12)).astype(np.float32)
    traits = random.uniform(1, 10, (PEOPLE, 5))
    openness = (traits[:, 0] - 5.5) / 4.5
    person = np.repeat(np.arange(PEOPLE), PICTURES // 2)
    picture = np.concatenate([random.permutation(PICTURES)[: PICTURES // 2] for _ in range(PEOPLE)])
    worth = 0.5 * vectors[picture, 0] + 1.5 * openness[person] * vectors[picture, 1]
    score = np.clip(np.round(3 + worth), 1, 5)
    names = tuple(f"u{at}" for at in range(PEOPLE)), tuple(f"p{at}" for at in range(PICTURES))
    return PersonalRatings(*names, person, picture, score, traits, {}, ()), vectors


def test_traits_add_to_the_general_score_for_people_who_were_not_trained_on() -> None:
    found = evaluate(*made(), CONFIG)
    assert found["general"] > 0.1
    assert found["personal"] > found["general"] + 0.1


def test_nothing_is_gained_from_vectors_of_noise() -> None:
    ratings, vectors = made()
    noise = np.random.default_rng(5).standard_normal(vectors.shape).astype(np.float32)
    found = evaluate(ratings, noise, CONFIG)
    real = evaluate(ratings, vectors, CONFIG)
    assert found["personal"] < real["personal"] - 0.1


def test_traits_of_a_picture_are_those_of_people_who_like_it() -> None:
    ratings, _ = made()
    taught = targets(ratings, np.arange(PEOPLE), CONFIG.votes)
    assert taught.traits is not None
    assert np.allclose(taught.votes.sum(axis=1), 1)
    assert np.nanmax(np.abs(taught.traits)) <= 1


def test_people_without_traits_are_learnt_from_by_their_votes_alone() -> None:
    ratings, vectors = made()
    plain = replace(ratings, traits=None)
    assert targets(plain, np.arange(PEOPLE), CONFIG.votes).traits is None
    assert evaluate(plain, vectors, CONFIG)["general"] > 0.1


def test_weights_of_traits_are_those_that_scores_were_made_with() -> None:
    random = np.random.default_rng(1)
    general, traits = random.standard_normal(200), random.uniform(-1, 1, (200, 5))
    wanted = np.array([1.0, -0.5, 0.0, 0.25, 2.0])
    found = trait_weights(general, traits, general + traits @ wanted + 7, penalty=1e-6)
    assert np.allclose(found, wanted, atol=1e-4)


def test_a_configuration_is_read_and_stray_settings_are_told(tmp_path: Path) -> None:
    recipe = Path(__file__).parents[2] / "recipes" / "personality.toml"
    assert read_config(recipe).votes == (1, 2, 3, 4, 5)
    (tmp_path / "c.toml").write_text('ratings = "a"\nphotos = "b"\nhiden = 3\n')
    with pytest.raises(UsageError, match="hiden is no setting"):
        read_config(tmp_path / "c.toml")
    (tmp_path / "c.toml").write_text("votes = [1]\n")
    with pytest.raises(UsageError, match="ratings"):
        read_config(tmp_path / "c.toml")
