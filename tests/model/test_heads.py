"""The radial head with hidden units, filters and the appeal of classes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from framepick.errors import WeightsError
from framepick.model.backbones import build_backbone
from framepick.model.card import Architecture, Card, card_path, read_card
from framepick.model.checkpoint import load_checkpoint, save_checkpoint
from framepick.model.heads import ClassAppeal, RadialHead, signed_exp, signed_log
from framepick.model.layers import Backbone
from framepick.model.networks import Network
from framepick.model.tiny import tiny_checkpoint

FULL = Architecture(
    "mobilenet_v2",
    levels=(1, 3),
    faults=3,
    aesthetic=4,
    content=5,
    filters=(1, 4),
    hidden=6,
    classes=7,
)
SMALL = replace(FULL, backbone="tiny", levels=(0, 1), filters=())


def drawn(architecture: Architecture, seed: int = 0) -> Network:
    generator = torch.Generator().manual_seed(seed)
    network = Network(architecture).eval().requires_grad_(False)
    for values in network.parameters():
        values.normal_(0.0, 0.3, generator=generator)
    network.pixel_scale.fill_(1 / 127.5)
    network.pixel_offset.fill_(-1.0)
    if isinstance(network.head, RadialHead) and network.head.appeal is not None:
        for buffer in (network.head.appeal.worth, network.head.appeal.gain):
            buffer.normal_(generator=generator)
    return network


def drawn_appeal(worth: list[float], temperatures: tuple[float, float]) -> ClassAppeal:
    appeal = ClassAppeal(4, len(worth)).requires_grad_(False)
    appeal.worth.copy_(torch.tensor(worth))
    appeal.temperatures.copy_(torch.tensor(temperatures))
    return appeal


def views(count: int, side: int = 32) -> torch.Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randint(0, 256, (count, side, side, 3), generator=generator, dtype=torch.uint8)


def card_of(architecture: Architecture) -> Card:
    return replace(tiny_checkpoint(0)[1], architecture=architecture)


# The moment axis


def test_the_moment_is_the_last_column_and_leaves_the_others_as_they_are() -> None:
    architecture = replace(SMALL, moment=True, aesthetic=SMALL.aesthetic + 1)
    network, without = drawn(architecture), drawn(SMALL)
    values = {k: v for k, v in network.state_dict().items() if not k.startswith("head.moment.")}
    without.load_state_dict(values)
    assert isinstance(network.head, RadialHead)
    assert network.head.moment is not None
    _, statistics = network.extract_features(views(5))
    aesthetic, content = network(views(5))
    assert torch.allclose(aesthetic[:, -1:], network.head.moment(statistics))
    assert torch.equal(network.without_moment(aesthetic), without(views(5))[0])
    assert torch.equal(content, without(views(5))[1])


def test_a_card_keeps_whether_there_is_a_moment_axis(tmp_path: Path) -> None:
    path = tmp_path / "small.safetensors"
    architecture = replace(SMALL, moment=True)
    save_checkpoint(path, drawn(architecture), card_of(architecture))
    assert load_checkpoint(path)[1].architecture == architecture


def test_an_old_card_has_no_moment_axis(tmp_path: Path) -> None:
    path = tmp_path / "small.safetensors"
    save_checkpoint(path, drawn(SMALL), card_of(SMALL))
    text = json.loads(card_path(path).read_text(encoding="utf-8"))
    del text["architecture"]["moment"]
    card_path(path).write_text(json.dumps(text), encoding="utf-8")
    assert not read_card(path).architecture.moment


@pytest.mark.parametrize("value", ["yes", 1, None])
def test_a_moment_axis_is_there_or_not(value: Any, tmp_path: Path) -> None:
    path = tmp_path / "small.safetensors"
    save_checkpoint(path, drawn(SMALL), card_of(SMALL))
    text = json.loads(card_path(path).read_text(encoding="utf-8"))
    text["architecture"]["moment"] = value
    card_path(path).write_text(json.dumps(text), encoding="utf-8")
    with pytest.raises(WeightsError, match="moment must be true or false"):
        read_card(path)


# Signed log


def test_signed_exp_undoes_signed_log() -> None:
    values = torch.tensor([-30.0, -1.0, -1e-3, 0.0, 1e-3, 0.5, 2.0, 40.0])
    assert torch.allclose(signed_exp(signed_log(values)), values, rtol=1e-5)
    assert torch.allclose(signed_log(signed_exp(values / 10)), values / 10, rtol=1e-5)


# Appeal of classes


def test_the_expected_worth_is_the_mean_of_worths_by_the_classifiers_shares() -> None:
    worth = [1.0, 5.0, -2.0]
    appeal = drawn_appeal(worth, (1.0, 4.0))
    means = torch.rand(6, 4, generator=torch.Generator().manual_seed(0)) * 3.0
    logits = functional.linear(means, appeal.classifier.weight, appeal.classifier.bias)
    expected = [(logits / t).softmax(dim=1) @ torch.tensor(worth) for t in (1.0, 4.0)]
    found = appeal.expected(signed_log(means))
    assert torch.allclose(found, torch.stack(expected, dim=1), atol=1e-5)


def test_a_lower_temperature_listens_to_the_likeliest_class() -> None:
    appeal = drawn_appeal([0.0, 1.0, 0.0], (0.01, 100.0))
    appeal.classifier.weight.zero_()
    appeal.classifier.bias.copy_(torch.tensor([0.0, 1.0, 0.0]))
    sharp, soft = appeal.expected(torch.zeros(1, 4))[0].tolist()
    assert sharp == pytest.approx(1.0, abs=1e-4)
    assert soft == pytest.approx(1 / 3, abs=1e-2)


def test_the_gain_weighs_each_temperature() -> None:
    appeal = drawn_appeal([3.0, 0.0, 1.0], (1.0, 2.0))
    pooled = torch.rand(5, 4, generator=torch.Generator().manual_seed(0))
    assert not appeal(pooled).any(), "a new appeal says nothing"
    appeal.gain.copy_(torch.tensor([2.0, -0.5]))
    sharp, soft = appeal.expected(pooled).T
    assert torch.allclose(appeal(pooled)[:, 0], 2.0 * sharp - 0.5 * soft)


def test_a_class_that_people_like_makes_its_pictures_score_higher() -> None:
    network = drawn(SMALL)
    appeal = network.head.appeal
    assert isinstance(appeal, ClassAppeal)
    pictures = views(8)
    pooled, _ = network.extract_features(pictures)
    appeal.gain.fill_(1.0)
    appeal.worth.zero_()
    before = network(pictures)[0].norm(dim=1)
    seen = appeal.classifier(signed_exp(pooled)).argmax(dim=1)
    appeal.worth[seen[0]] = 3.0
    risen = network(pictures)[0].norm(dim=1) - before
    assert (risen[seen == seen[0]] > 0.0).all()


# Hidden units and filters


@pytest.mark.parametrize("hidden", [0, 6])
def test_faults_are_told_through_hidden_units_where_there_are_any(hidden: int) -> None:
    head = drawn(replace(SMALL, hidden=hidden)).head
    assert isinstance(head, RadialHead)
    statistics = torch.randn(5, 48, generator=torch.Generator().manual_seed(0))
    seen = statistics
    if head.hidden is not None:
        seen = functional.linear(statistics, head.hidden.weight, head.hidden.bias).clamp_min(0.0)
        assert (seen == 0.0).any(), "some unit is silent"
    expected = functional.linear(seen, head.faults.weight, head.faults.bias)
    assert (head.hidden is None) == (hidden == 0)
    assert torch.allclose(head.find_faults(statistics), expected, atol=1e-5)


def backbone_drawn(name: str) -> Backbone:
    backbone = build_backbone(name).eval().requires_grad_(False)
    generator = torch.Generator().manual_seed(0)
    for values in backbone.parameters():
        values.normal_(0.0, 0.3, generator=generator)
    return backbone


@pytest.mark.parametrize("name", ["mobilenet_v2", "efficientnet_lite0"])
def test_looking_at_filters_changes_nothing_of_what_levels_give(name: str) -> None:
    backbone = backbone_drawn(name)
    maps = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    blocks = [1, 3, 4]  # without expansion, with a residual, with a stride
    levels = backbone(maps)
    outputs, responses = backbone.with_responses(maps, blocks)
    assert len(outputs) == len(levels)
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(outputs, levels, strict=True))
    assert [seen.shape[1] for seen in responses] == [backbone.filter_width(b) for b in blocks]
    assert all(seen.min() >= 0.0 and seen.max() <= 6.0 for seen in responses), "after ReLU6"
    assert all(seen.std() > 0.0 for seen in responses)


def test_filters_see_the_width_that_the_block_expands_to() -> None:
    backbone = backbone_drawn("mobilenet_v2")
    assert [backbone.filter_width(block) for block in (1, 2, 4, 17)] == [32, 96, 144, 960]


@pytest.mark.parametrize(("name", "block"), [("mobilenet_v2", b) for b in (-1, 0, 18, 99)])
def test_a_level_without_filters_is_refused(name: str, block: int) -> None:
    with pytest.raises(ValueError, match=f"level {block} has no filters"):
        build_backbone(name).filter_width(block)


def test_statistics_are_of_levels_first_and_of_filters_then() -> None:
    network, without = drawn(FULL), drawn(FULL)
    without.filters = ()
    pictures = views(2)
    pooled, statistics = network.extract_features(pictures)
    same, of_levels = without.extract_features(pictures)
    assert torch.equal(pooled, same)
    assert statistics.shape[1] == 2 * (16 + 24) + 2 * (32 + 144)
    assert torch.equal(statistics[:, : of_levels.shape[1]], of_levels)


# On disk


def test_a_network_with_all_parts_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    path = tmp_path / "full.safetensors"
    network = drawn(FULL)
    assert isinstance(network.head, RadialHead)
    assert network.head.appeal is not None
    for values in (*network.backbone.parameters(), network.head.appeal.classifier.weight):
        values.copy_(values.bfloat16())
    save_checkpoint(path, network, card_of(FULL))
    again, card = load_checkpoint(path)
    assert card.architecture == again.architecture == FULL
    pictures = views(3)
    for ours, theirs in zip(network(pictures), again(pictures), strict=True):
        assert torch.equal(ours, theirs)
    assert network(pictures)[0].norm(dim=1).std() > 0.0


def test_cards_from_before_there_were_filters_still_load(tmp_path: Path) -> None:
    path = tmp_path / "old.safetensors"
    save_checkpoint(path, *tiny_checkpoint(0))
    fields = json.loads(card_path(path).read_text())
    for name in ("filters", "hidden", "classes"):
        del fields["architecture"][name]
    card_path(path).write_text(json.dumps(fields))
    architecture = read_card(path).architecture
    assert (architecture.filters, architecture.hidden, architecture.classes) == ((), 0, 0)
    load_checkpoint(path)


WRONG: dict[str, tuple[str, Any, str]] = {
    "filters that fall": ("filters", [4, 1], "must rise"),
    "filters twice": ("filters", [4, 4], "must rise"),
    "filters of text": ("filters", ["4"], "filters must be a whole number"),
    "filters of a part": ("filters", [1.5], "filters must be a whole number"),
    "filters that are one number": ("filters", 4, "is wrong"),
    "a level without filters": ("filters", [0], "level 0 has no filters"),
    "a level that is not there": ("filters", [40], "level 40 has no filters"),
    "hidden below nothing": ("hidden", -1, "hidden must lie between 0 and 4096"),
    "hidden without end": ("hidden", 10**9, "hidden must lie between 0 and 4096"),
    "hidden of text": ("hidden", "6", "hidden must be a whole number"),
    "other hidden": ("hidden", 5, "head.hidden.weight"),
    "classes without end": ("classes", 10**9, "classes must lie between 0 and 100000"),
    "classes as yes": ("classes", True, "classes must be a whole number"),
    "other classes": ("classes", 8, "head.appeal"),
    "no classes": ("classes", 0, "head.appeal"),
    "a projection with classes": ("head", "projection", "a projection looks at no levels"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_architecture_is_refused_in_one_line(case: str, tmp_path: Path) -> None:
    field, value, reason = WRONG[case]
    path = tmp_path / "full.safetensors"
    save_checkpoint(path, drawn(FULL), card_of(FULL))
    fields = json.loads(card_path(path).read_text())
    fields["architecture"][field] = value
    card_path(path).write_text(json.dumps(fields))
    with pytest.raises(WeightsError, match=reason) as told:
        load_checkpoint(path)
    assert "\n" not in str(told.value)
    assert str(path) in str(told.value) or str(card_path(path)) in str(told.value)


def test_lengths_are_finite_for_pictures_of_one_colour() -> None:
    network = drawn(FULL)
    flat = torch.stack([torch.full((32, 32, 3), v, dtype=torch.uint8) for v in (0, 128, 255)])
    lengths = network(flat)[0].norm(dim=1).numpy()
    assert np.isfinite(lengths).all()
