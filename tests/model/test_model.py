import json
import math
import struct
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from framepick.errors import OutputError, WeightsError
from framepick.model.card import Architecture, Card, card_path, default_weights
from framepick.model.checkpoint import load_checkpoint, save_checkpoint
from framepick.model.heads import (
    ProjectionHead,
    RadialHead,
    VoteHead,
    map_statistics,
    principal_projection,
    radius,
    unit_rows,
)
from framepick.model.networks import Network
from framepick.model.tiny import tiny_checkpoint


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.safetensors"
    save_checkpoint(path, *tiny_checkpoint(0))
    return path


def views(*levels: int) -> torch.Tensor:
    return torch.stack([torch.full((32, 32, 3), level, dtype=torch.uint8) for level in levels])


def test_a_checkpoint_comes_back_as_it_was_saved(weights: Path) -> None:
    saved, saved_card = tiny_checkpoint(0)
    network, card = load_checkpoint(weights)
    for name, values in saved.state_dict().items():
        assert torch.allclose(network.state_dict()[name], values, rtol=2**-8), name
    assert card.architecture == saved_card.architecture
    assert card.figures == saved_card.figures
    assert card.calibration.reference == saved_card.calibration.reference
    assert np.array_equal(card.calibration.quantiles, saved_card.calibration.quantiles)


def test_saving_twice_gives_the_same_bytes(weights: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    save_checkpoint(other, *load_checkpoint(weights))
    assert other.read_bytes() == weights.read_bytes()
    assert card_path(other).read_bytes() == card_path(weights).read_bytes()


def test_the_tiny_network_prefers_the_brighter_view() -> None:
    network, _ = tiny_checkpoint(3)
    aesthetic, content = network(views(0, 60, 120, 180, 240))
    assert torch.all(aesthetic.norm(dim=1).diff() > 0)
    assert torch.allclose(content.norm(dim=1), torch.ones(5))


def test_another_seed_gives_another_network() -> None:
    first, second = (tiny_checkpoint(seed)[0](views(90))[0] for seed in (0, 1))
    assert not torch.allclose(first, second)


def test_the_norm_of_the_aesthetic_vector_is_beauty_less_faults() -> None:
    network, _ = tiny_checkpoint(0)
    assert isinstance(network.head, RadialHead)
    network.head.faults.bias.fill_(0.5)
    pooled, statistics = network.extract_features(views(40, 200))
    aesthetic, _ = network(views(40, 200))
    beauty = network.head.rate(pooled, statistics)
    faults = network.head.find_faults(statistics)
    expected = radius(beauty, faults, network.head.fault_cost)[:, 0]
    assert torch.allclose(aesthetic.norm(dim=1), expected)


def test_a_fault_costs_score_and_its_absence_earns_none() -> None:
    beauty, cost = torch.full((3, 1), 4.0), torch.ones(1)
    clean, faulty, worse = radius(beauty, torch.tensor([[-30.0], [2.0], [4.0]]), cost)[:, 0]
    assert clean == pytest.approx(math.log1p(math.exp(4.0)))
    assert clean > faulty > worse > 0


def test_a_hopeless_picture_still_has_a_length() -> None:
    length = radius(torch.tensor([[-20.0]]), torch.tensor([[30.0]]), torch.ones(1))
    assert 0 < length.item() < 1e-9


def test_statistics_are_mean_and_deviation_on_a_log_scale() -> None:
    maps = torch.tensor([[[[-3.0, 5.0]]]])
    expected = torch.tensor([[math.log1p(1.0), math.log1p(4.0)]])
    assert torch.allclose(map_statistics(maps), expected)


def test_the_shipped_weights_load_and_their_card_is_whole() -> None:
    network, card = load_checkpoint(default_weights())
    assert isinstance(network, Network)
    assert card.view.size == 260
    assert len(card.calibration.quantiles) == 101
    assert all(row.name and row.licence and row.use for row in card.data)
    assert card.figures
    assert card.limits
    assert default_weights().stat().st_size < 15e6


# Heads


def projecting(votes: int = 0) -> tuple[Network, Card]:
    """A tiny network with a projection head, and vote values 1, 2, ..."""
    network, card = tiny_checkpoint(0)
    torch.manual_seed(0)
    architecture = Architecture(
        "tiny", (), 0, aesthetic=8, content=4, head="projection", votes=votes
    )
    projection = Network(architecture)
    projection.backbone.load_state_dict(network.backbone.state_dict())
    projection.pixel_scale.copy_(network.pixel_scale)
    projection.pixel_offset.copy_(network.pixel_offset)
    values = tuple(range(1, votes + 1))
    return projection, replace(card, architecture=architecture, vote_values=values)


def test_a_projection_is_linear_in_the_pooled_features() -> None:
    network, _ = projecting()
    assert isinstance(network.head, ProjectionHead)
    pooled, statistics = network.extract_features(views(10, 90, 250))
    assert statistics.shape == (3, 0)
    aesthetic, content = network(views(10, 90, 250))
    assert torch.allclose(aesthetic, network.head.aesthetic(pooled))
    assert torch.allclose(content, unit_rows(network.head.content(pooled)))


def test_the_content_of_a_projection_is_not_trained() -> None:
    network, _ = projecting()
    assert isinstance(network.head, ProjectionHead)
    trained = {name for name, values in network.named_parameters() if values.requires_grad}
    assert {"head.aesthetic.weight", "head.aesthetic.bias"} < trained
    assert not any(name.startswith("head.content") for name in trained)


def test_principal_components_stand_apart_and_are_half_whitened() -> None:
    generator = torch.Generator().manual_seed(0)
    mixed = torch.randn(400, 6, generator=generator) @ torch.randn(6, 6, generator=generator) + 5.0
    weight, bias = principal_projection(mixed, 3)
    columns = (mixed @ weight.T + bias).double()
    standard = (mixed - mixed.mean(0)) / mixed.std(0, correction=0)
    largest = torch.linalg.eigvalsh(standard.double().T @ standard.double() / 400).flip(0)[:3]
    expected = torch.diag((largest * largest[0]).sqrt())
    assert torch.allclose(columns.mean(0), torch.zeros(3, dtype=torch.float64), atol=1e-4)
    assert torch.allclose(columns.T @ columns / 400, expected, atol=1e-3)


def test_a_fixed_content_tells_pictures_apart_that_a_random_one_does_not() -> None:
    network, _ = projecting()
    assert isinstance(network.head, ProjectionHead)
    generator = torch.Generator().manual_seed(0)
    pictures = torch.randint(0, 256, (40, 32, 32, 3), generator=generator, dtype=torch.uint8)
    with torch.no_grad():
        network.head.fix_content(network.extract_features(pictures)[0])
        content = network(pictures)[1]
    assert (content @ content.T).mean() < 0.2


def test_too_few_pictures_give_no_components() -> None:
    with pytest.raises(ValueError, match="4 components need as many rows"):
        principal_projection(torch.ones(3, 9), 4)


def test_votes_follow_length_and_direction() -> None:
    head = VoteHead(2, 2).requires_grad_(False)
    head.linear.weight.copy_(torch.tensor([[0.0, 1.0, 0.5], [0.0, 0.0, 0.0]]))
    head.linear.bias.zero_()
    shares = head(torch.tensor([[3.0, 4.0], [6.0, 8.0], [8.0, -6.0], [0.0, 0.0]]))
    logits = torch.tensor([0.8 + 2.5, 0.8 + 5.0, -0.6 + 5.0, 0.0])
    assert torch.allclose(shares[:, 0], logits.sigmoid())
    assert torch.allclose(shares.sum(dim=1), torch.ones(4))


def test_a_network_without_vote_head_gives_no_votes() -> None:
    network, _ = tiny_checkpoint(0)
    with pytest.raises(ValueError, match="no vote head"):
        network.vote_shares(torch.ones(1, 8))


# Training


@pytest.mark.parametrize("make", [lambda: tiny_checkpoint(0), lambda: projecting(votes=5)])
def test_every_value_gets_a_finite_gradient_even_where_channels_are_dead(
    make: Callable[[], tuple[Network, Card]],
) -> None:
    network, _ = make()
    network.train().requires_grad_(True)
    aesthetic, content = network(views(0, 0, 120))  # black: all channels are constant
    loss = aesthetic.square().sum() + content.sum()
    if network.votes is not None:
        loss = loss - network.vote_shares(aesthetic)[:, 0].log().sum()
    torch.autograd.backward(loss)
    for name, values in network.named_parameters():
        assert values.grad is not None, name
        assert values.grad.isfinite().all(), name


def test_a_few_steps_turn_the_order_of_scores() -> None:
    network, _ = projecting()
    optimiser = torch.optim.Adam([v for v in network.parameters() if v.requires_grad], lr=0.01)

    def gain() -> Any:
        dark, bright = torch.linalg.vector_norm(network(views(60, 200))[0], dim=1)
        return bright - dark

    wanted = -gain().detach().sign()
    for _ in range(30):
        optimiser.zero_grad()
        torch.autograd.backward(torch.nn.functional.softplus(-wanted * gain()))
        optimiser.step()
    assert gain().detach().sign() == wanted


# Other architectures on disk


def test_heads_come_back_as_they_were_saved(tmp_path: Path) -> None:
    network, card = projecting(votes=5)
    save_checkpoint(tmp_path / "votes.safetensors", network, card)
    read, read_card = load_checkpoint(tmp_path / "votes.safetensors")
    assert read_card.architecture == card.architecture
    assert read_card.vote_values == (1.0, 2.0, 3.0, 4.0, 5.0)
    aesthetic, _ = read(views(10, 240))
    assert torch.allclose(aesthetic, network(views(10, 240))[0], rtol=0.02, atol=0.01)
    assert torch.equal(read.vote_shares(aesthetic), network.vote_shares(aesthetic))


def test_batch_norm_is_kept_to_the_last_bit(tmp_path: Path) -> None:
    architecture = Architecture("resnet50", (), 0, aesthetic=8, content=4, head="projection")
    card = replace(tiny_checkpoint(0)[1], architecture=architecture)
    torch.manual_seed(0)
    network = Network(architecture)
    network.pixel_scale.fill_(1 / 64)
    network.pixel_offset.fill_(-2.0)
    network(torch.randint(0, 256, (4, 32, 32, 3), dtype=torch.uint8))  # moves the statistics
    save_checkpoint(tmp_path / "resnet.safetensors", network, card)
    read, _ = load_checkpoint(tmp_path / "resnet.safetensors")
    kept = read.state_dict()
    exact = read.backbone.exact_names()
    assert kept["backbone.features.0.1.num_batches_tracked"] == 1
    for name, values in network.state_dict().items():
        assert kept[name].dtype == values.dtype, name
        is_exact = name.removeprefix("backbone.") in exact or not name.startswith("backbone.")
        expected = values if is_exact else values.bfloat16().float()
        assert torch.equal(kept[name], expected), name


def test_cards_from_before_there_were_votes_still_load(weights: Path) -> None:
    path = card_path(weights)
    fields = json.loads(path.read_text(encoding="utf-8"))
    del fields["vote_values"], fields["architecture"]["head"], fields["architecture"]["votes"]
    path.write_text(json.dumps(fields), encoding="utf-8")
    _, card = load_checkpoint(weights)
    assert card.architecture == tiny_checkpoint(0)[1].architecture
    assert card.vote_values == ()


def test_cards_are_read_without_torch() -> None:
    code = "import sys, framepick.model.card, framepick.scoring, framepick.metrics, "
    code += "framepick.encoding; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


# Damage


def set_field(*keys: str, to: Any) -> Callable[[Path], None]:
    def damage(weights: Path) -> None:
        path = card_path(weights)
        fields = json.loads(path.read_text(encoding="utf-8"))
        place = fields
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = to
        path.write_text(json.dumps(fields), encoding="utf-8")

    return damage


def lose_field(key: str) -> Callable[[Path], None]:
    def damage(weights: Path) -> None:
        path = card_path(weights)
        fields = json.loads(path.read_text(encoding="utf-8"))
        del fields[key]
        path.write_text(json.dumps(fields), encoding="utf-8")

    return damage


def set_tensor(name: str, values: torch.Tensor | None) -> Callable[[Path], None]:
    def damage(weights: Path) -> None:
        tensors = load_file(weights)
        tensors.pop(name, None)
        save_file(tensors if values is None else {**tensors, name: values}, weights)

    return damage


def overwrite_weights(content: bytes) -> Callable[[Path], None]:
    def damage(weights: Path) -> None:
        weights.write_bytes(content)

    return damage


def overwrite_card(content: bytes) -> Callable[[Path], None]:
    def damage(weights: Path) -> None:
        card_path(weights).write_bytes(content)

    return damage


def truncate(weights: Path) -> None:
    weights.write_bytes(weights.read_bytes()[:-100])


def claim_a_million_million(weights: Path) -> None:
    entry = {"dtype": "F32", "shape": [10**6, 10**6], "data_offsets": [0, 4 * 10**12]}
    header = json.dumps({"head.beauty.weight": entry}).encode()
    weights.write_bytes(struct.pack("<Q", len(header)) + header)


DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "no weights": (lambda path: path.unlink(), "no weights at"),
    "no card": (lambda path: card_path(path).unlink(), "no card at"),
    "empty weights": (overwrite_weights(b""), "cannot read weights"),
    "truncated": (truncate, "cannot read weights"),
    "not weights": (overwrite_weights(b"\xff" * 999), "cannot read weights"),
    "huge claim": (claim_a_million_million, "cannot read weights"),
    "lost tensor": (set_tensor("head.beauty.bias", None), "lack 'head.beauty.bias'"),
    "stray tensor": (set_tensor("stray", torch.zeros(1)), "stray 'stray'"),
    "wrong shape": (set_tensor("head.beauty.bias", torch.zeros(2)), r"is \(2,\) F32"),
    "wrong kind": (
        set_tensor("head.beauty.bias", torch.zeros(1, dtype=torch.int64)),
        r"is \(1,\) I64",
    ),
    "not finite": (set_tensor("head.beauty.bias", torch.full((1,), torch.nan)), "not finite"),
    "card not JSON": (overwrite_card(b"{"), "cannot read card"),
    "card not text": (overwrite_card(b"\xff"), "cannot read"),
    "card nested": (overwrite_card(b"[" * 10**6), "card"),
    "card a list": (overwrite_card(b"[]"), "is wrong"),
    "card too large": (overwrite_card(b" " * 2**21), "larger"),
    "lost field": (lose_field("calibration"), "lacks 'calibration'"),
    "text for a number": (set_field("view", "size", to="32"), "view size must be a whole"),
    "odd view": (set_field("view", "size", to=10**12), "view size must lie"),
    "odd filter": (set_field("view", "filter", to="cubic"), "area filter"),
    "unknown backbone": (set_field("architecture", "backbone", to="x"), "no backbone 'x'"),
    "huge head": (set_field("architecture", "aesthetic", to=10**12), "aesthetic must lie"),
    "no such level": (set_field("architecture", "levels", to=[0, 99]), "levels 0 to 2"),
    "falling levels": (set_field("architecture", "levels", to=[1, 0]), "levels must rise"),
    "falling quantiles": (set_field("calibration", "quantiles", to=[1, 0]), "rising"),
    "number for text": (set_field("name", to=3), "name must be text"),
    "unknown head": (set_field("architecture", "head", to="x"), "no head 'x'"),
    "one vote": (set_field("architecture", "votes", to=1), "votes must lie between 2"),
    "votes without values": (set_field("architecture", "votes", to=5), "5 rising numbers"),
    "values without votes": (set_field("vote_values", to=[1, 2]), "0 rising numbers"),
    "text for votes": (set_field("vote_values", to=["1"]), "vote_values must be a finite"),
    "levels of a projection": (
        set_field("architecture", "head", to="projection"),
        "a projection looks at no levels",
    ),
    "no levels": (set_field("architecture", "levels", to=[]), "levels must rise"),
    "no faults": (set_field("architecture", "faults", to=0), "faults must lie between 1"),
    "other architecture": (set_field("architecture", "content", to=17), "its card asks for"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_checkpoint_is_refused_in_one_line(weights: Path, damage: str) -> None:
    inflict, reason = DAMAGES[damage]
    inflict(weights)
    with pytest.raises(WeightsError, match=reason) as relative_veto:
        load_checkpoint(weights)
    message = str(relative_veto.value)
    assert "\n" not in message
    assert "tiny.safetensors" in message or "tiny.json" in message
    assert ";" in message  # what can be done about it


def test_a_checkpoint_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "nowhere").write_text("a file where the folder should be")
    with pytest.raises(OutputError, match="cannot be written"):
        save_checkpoint(tmp_path / "nowhere" / "x.safetensors", *tiny_checkpoint(0))


def test_weights_in_use_do_not_change_with_their_file(weights: Path) -> None:
    network, _ = load_checkpoint(weights)
    before = {name: values.clone() for name, values in network.state_dict().items()}
    data = weights.read_bytes()
    with weights.open("r+b") as file:
        file.seek(len(data) // 2)
        file.write(bytes(len(data) - len(data) // 2))
    assert all(values.equal(before[name]) for name, values in network.state_dict().items())


def test_sizes_are_bounded_before_anything_is_built() -> None:
    with pytest.raises(ValueError, match="content must lie between 1 and 128"):
        Architecture("tiny", (0,), faults=1, aesthetic=8, content=129)
