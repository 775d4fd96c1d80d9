"""The shipped weights on real photographs that they were not fitted on."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from framepick.aesthetic import load_model
from framepick.distortions import TECHNICAL
from framepick.evaluation.pairs import mean_won, measure_pairs
from framepick.evaluation.scores import ScoreViews, Views, model_scores
from framepick.model.card import default_weights, read_card
from framepick.model.checkpoint import load_checkpoint
from framepick.ratings import theme_folds
from framepick.sources.photo_files import find_photos
from framepick.training.pictures import photo_items
from framepick.types import Floats

PHOTOS = 12


@pytest.fixture(scope="module")
def held_out() -> list[Path]:
    """Give some photos of the categories that the recipe holds out."""
    folder = os.environ.get("FRAMEPICK_DATA")
    if not folder:
        pytest.skip("FRAMEPICK_DATA names no folder of photographs")
    paths = find_photos([Path(folder) / "photos"])
    themes = np.array([item.theme for item in photo_items(paths, 224)], np.str_)
    out = [path for path, fold in zip(paths, theme_folds(themes, 5, 0), strict=True) if fold == 0]
    return out[:: len(out) // PHOTOS][:PHOTOS]


def noise(views: Views) -> Floats:
    return np.random.default_rng(views.size).random(len(views))


def test_a_photo_beats_its_faulty_copies_and_noise_cannot_tell(held_out: list[Path]) -> None:
    methods: dict[str, ScoreViews] = {"eye": model_scores(load_model(device="cpu")), "noise": noise}
    found = measure_pairs(methods, held_out, TECHNICAL)
    assert mean_won(found["eye"], TECHNICAL, "middle") > 0.9
    assert mean_won(found["eye"], TECHNICAL, "strong") > 0.95
    assert 0.25 < mean_won(found["noise"], TECHNICAL, "middle") < 0.75


def test_the_card_tells_agreement_pairs_and_steadiness() -> None:
    figures = read_card(default_weights()).figures
    assert figures["gain over it, low"] > 0
    assert figures["pairs won, technical, middle"] > 0.9
    assert figures["times steadier than ridge on the frozen backbone"] > 1.5
    assert 0.47 < figures["null pairs, first wins"] < 0.53


def test_the_votes_that_the_network_reads_are_shares_and_rise_with_length() -> None:
    network, card = load_checkpoint(default_weights())
    assert card.vote_values == (1, 2, 3, 4, 5, 6, 7)
    direction = torch.nn.functional.normalize(torch.ones(3, card.architecture.aesthetic), dim=1)
    shares = network.vote_shares(direction * torch.tensor([[2.0], [4.0], [6.0]]))
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(3))
    means = shares @ torch.tensor(card.vote_values)
    assert means[0] < means[1] < means[2]
