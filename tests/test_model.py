import json
import math
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from framepick.errors import OutputError, WeightsError
from framepick.model.card import Architecture, card_path, default_weights
from framepick.model.checkpoint import load_checkpoint, save_checkpoint
from framepick.model.heads import map_statistics, radius
from framepick.model.networks import Convolution, Network, mobilenet_v2
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
    network.head.faults.bias.fill_(0.5)
    pooled, statistics = network.describe(views(40, 200))
    aesthetic, _ = network(views(40, 200))
    beauty, faults = network.head.beauty(pooled), network.head.faults(statistics)
    expected = radius(beauty, faults, network.head.fault_cost)[:, 0]
    assert torch.allclose(aesthetic.norm(dim=1), expected)


def test_a_fault_costs_score_and_its_absence_earns_none() -> None:
    beauty, cost = torch.full((3, 1), 4.0), torch.ones(1)
    sound, faulty, worse = radius(beauty, torch.tensor([[-30.0], [2.0], [4.0]]), cost)[:, 0]
    assert sound == pytest.approx(math.log1p(math.exp(4.0)))
    assert sound > faulty > worse > 0


def test_a_hopeless_picture_still_has_a_length() -> None:
    length = radius(torch.tensor([[-20.0]]), torch.tensor([[30.0]]), torch.ones(1))
    assert 0 < length.item() < 1e-9


def test_statistics_are_mean_and_deviation_on_a_log_scale() -> None:
    maps = torch.tensor([[[[-3.0, 5.0]]]])
    expected = torch.tensor([[math.log1p(1.0), math.log1p(4.0)]])
    assert torch.allclose(map_statistics(maps), expected)


def test_a_stride_of_two_pads_right_and_bottom_only() -> None:
    layer = Convolution(1, 1, 3, stride=2, groups=1, active=False).requires_grad_(False)
    layer.bias.zero_()
    layer.weight.zero_()[0, 0, 0, 0] = 1.0  # looks at the window's first pixel
    maps = torch.arange(16.0).reshape(1, 1, 4, 4)
    assert layer(maps).flatten().tolist() == [0.0, 2.0, 8.0, 10.0]


def test_mobilenet_has_its_published_levels() -> None:
    with torch.device("meta"):
        backbone = mobilenet_v2()
        maps = backbone(torch.empty(1, 3, 224, 224))
    assert sum(values.numel() for values in backbone.parameters()) == 2_189_760 + 17_056
    assert [tuple(level.shape[1:]) for level in maps[1::4]] == [
        (16, 112, 112),
        (32, 28, 28),
        (64, 14, 14),
        (96, 14, 14),
        (320, 7, 7),
    ]
    assert maps[-1].shape == (1, 1280, 7, 7)


def test_the_shipped_weights_load_and_their_card_is_whole() -> None:
    network, card = load_checkpoint(default_weights())
    assert isinstance(network, Network)
    assert card.view.size == 224
    assert len(card.calibration.quantiles) == 101
    assert all(row.name and row.licence and row.use for row in card.data)
    assert card.figures
    assert card.limits
    assert default_weights().stat().st_size < 15e6


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
    "other architecture": (set_field("architecture", "content", to=17), "its card asks for"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_checkpoint_is_refused_in_one_line(weights: Path, damage: str) -> None:
    inflict, reason = DAMAGES[damage]
    inflict(weights)
    with pytest.raises(WeightsError, match=reason) as refusal:
        load_checkpoint(weights)
    message = str(refusal.value)
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
