import os
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from scipy.ndimage import gaussian_filter
from scipy.signal import correlate2d
from torch import Tensor, nn
from torchvision.models import resnet50
from torchvision.models._meta import _IMAGENET_CATEGORIES

from framepick.errors import WeightsError
from framepick.model.backbones import BACKBONES, build_backbone
from framepick.model.card import Architecture
from framepick.model.layers import Convolution
from framepick.model.pretrained import Pretrained, load_backbone, start_network
from framepick.sources.photos import load_photo
from framepick.sources.views import resize_view
from framepick.types import ViewSpec

FILES = {
    "mobilenet_v2": "mobilenet_v2_imagenet.safetensors",
    "efficientnet_lite0": "efficientnet_lite0_imagenet.safetensors",
    "efficientnet_lite2": "efficientnet_lite2_imagenet.safetensors",
    "mobilenet_v1": "nima_mobilenet_v1_ava.safetensors",
}
ANIMALS = {
    "dalmatian": "dalmatian",
    "llama": "llama",
    "panda": "giant panda",
    "platypus": "platypus",
    "scorpion": "scorpion",
    "starfish": "starfish",
}
PHOTOS_PER_ANIMAL = 6


def folder(variable: str) -> Path:
    """Give a folder that people have; without it the test is skipped."""
    found = os.environ.get(variable)
    if not found:
        pytest.skip(f"{variable} names no folder")
    return Path(found)


def given(name: str) -> Pretrained:
    return load_backbone(name, folder("FRAMEPICK_PRETRAINED") / FILES[name])


def views_of(paths: list[Path]) -> Tensor:
    return torch.from_numpy(np.stack([resize_view(load_photo(p), ViewSpec(224)) for p in paths]))


def animals() -> tuple[Tensor, list[str]]:
    photos = folder("FRAMEPICK_DATA") / "photos"
    paths = [
        path
        for animal in ANIMALS
        for path in sorted(photos.glob(f"{animal}_0*"))[:PHOTOS_PER_ANIMAL]
    ]
    assert len(paths) == PHOTOS_PER_ANIMAL * len(ANIMALS)
    return views_of(paths), [ANIMALS[path.stem.rsplit("_", 1)[0]] for path in paths]


# Padding


def padded_as_tensorflow(size: int, kernel: int, stride: int) -> tuple[int, int]:
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("sides", [(8, 8), (7, 9), (6, 9), (14, 5)])
def test_convolutions_pad_as_tensorflow_does(
    kernel: int, stride: int, sides: tuple[int, int]
) -> None:
    values = np.random.default_rng(0)
    picture, weight = values.normal(size=sides), values.normal(size=(kernel, kernel))
    padded = np.pad(picture, [padded_as_tensorflow(side, kernel, stride) for side in sides])
    expected = correlate2d(padded, weight, mode="valid")[::stride, ::stride]
    layer = Convolution(1, 1, kernel, stride=stride, groups=1, active=False).double()
    layer.requires_grad_(False).weight.copy_(torch.from_numpy(weight))
    layer.bias.zero_()
    assert np.allclose(layer(torch.from_numpy(picture)[None, None])[0, 0].numpy(), expected)


# Shapes


@pytest.mark.parametrize(
    ("name", "published", "shapes"),
    [  # parameters with batch norm's two per channel, without the classifier
        ("mobilenet_v2", 3_504_872 - 1_281_000, {0: (32, 112), 6: (32, 28), 18: (1280, 7)}),
        ("efficientnet_lite0", 4_652_008 - 1_281_000, {0: (32, 112), 8: (80, 14), 17: (1280, 7)}),
        ("efficientnet_lite2", 6_092_072 - 1_281_000, {0: (32, 112), 11: (88, 14), 22: (1280, 7)}),
        ("mobilenet_v1", 4_231_976 - 1_025_000, {0: (32, 112), 5: (256, 28), 13: (1024, 7)}),
        ("resnet50", 25_557_032 - 2_049_000, {0: (64, 56), 2: (512, 28), 4: (2048, 7)}),
    ],
)
def test_backbones_have_their_published_size_and_levels(
    name: str, published: int, shapes: Mapping[int, tuple[int, int]]
) -> None:
    with torch.device("meta"):
        backbone = build_backbone(name)
        maps = backbone(torch.empty(1, 3, 224, 224))
    folded = [p for n, p in backbone.named_parameters() if n.endswith("bias")]
    left = 0 if backbone.exact_names() else sum(bias.numel() for bias in folded)
    assert sum(values.numel() for values in backbone.parameters()) + left == published
    assert tuple(level.shape[1] for level in maps) == backbone.widths
    for level, (channels, side) in shapes.items():
        assert maps[level].shape == (1, channels, side, side), level
    assert len(maps) == max(shapes) + 1


@pytest.mark.parametrize("name", BACKBONES)
def test_a_picture_with_odd_sides_passes(name: str) -> None:
    with torch.device("meta"):
        maps = build_backbone(name)(torch.empty(1, 3, 75, 75))
    sides = [level.shape[2] for level in maps]
    halves = [75, 38, 19, 10, 5, 3]  # rounded up each time
    assert sides == sorted(sides, reverse=True)
    assert set(sides) <= set(halves)


def test_lower_precision_leaves_batch_norm_exact() -> None:
    backbone = build_backbone("resnet50").eval().requires_grad_(False)
    before = {name: values.clone() for name, values in backbone.state_dict().items()}
    picture = torch.rand(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    exact = backbone(picture)[-1]
    backbone.set_precision(torch.bfloat16)
    rounded = backbone(picture.bfloat16())[-1]
    assert rounded.dtype == backbone.precision == torch.bfloat16
    assert torch.corrcoef(torch.stack([exact.flatten(), rounded.float().flatten()]))[0, 1] > 0.99
    names = backbone.exact_names()
    assert len(names) == 53 * 5
    for name, values in backbone.state_dict().items():
        assert (values.dtype == before[name].dtype) == (name in names), name


# Files as they are given


def drawn(name: str, classes: int) -> Pretrained:
    """A network of plain random values that a half float can hold."""
    network = Pretrained(build_backbone(name), classes).requires_grad_(False)
    generator = torch.Generator().manual_seed(0)
    for values in network.parameters():
        values.normal_(0.0, 0.1, generator=generator).copy_(values.half())
    return network


def stored_mobilenet_v2(network: Pretrained) -> dict[str, Tensor]:
    tensors = {
        name.removeprefix("backbone."): values for name, values in network.named_parameters()
    }
    return {**tensors, "classifier.weight": tensors["classifier.weight"][:, :, None, None]}


def stored_lite0(network: Pretrained) -> dict[str, Tensor]:
    stem, *blocks, head = network.backbone.features
    parts: dict[str, nn.Module] = {"stem": stem, "head": head}
    for stage, repeats in enumerate((1, 2, 2, 3, 3, 4, 1)):
        for block in range(repeats):
            parts[f"stages.{stage}.{block}"] = blocks.pop(0)
    return by_part(parts)


def stored_nima(network: Pretrained) -> dict[str, Tensor]:
    assert network.classifier is not None
    stem, *blocks = network.backbone.features
    parts = {f"blocks.{number}": block for number, block in enumerate(blocks)}
    return by_part({"stem": stem, "fc": network.classifier, **parts})


def by_part(parts: Mapping[str, nn.Module]) -> dict[str, Tensor]:
    return {
        f"{part}.{name}": values
        for part, module in parts.items()
        for name, values in module.named_parameters()
    }


STORED: dict[str, tuple[Callable[[Pretrained], dict[str, Tensor]], int]] = {
    "mobilenet_v2": (stored_mobilenet_v2, 1001),
    "efficientnet_lite0": (stored_lite0, 0),
    "mobilenet_v1": (stored_nima, 10),
}


def write(name: str, path: Path) -> Pretrained:
    store, classes = STORED[name]
    network = drawn(name, classes)
    tensors = store(network)
    kinds = {
        key: values.half() if key.endswith("weight") else values for key, values in tensors.items()
    }
    save_file(kinds, path)
    return network


@pytest.mark.parametrize("name", STORED)
def test_a_network_comes_back_from_such_a_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    written = write(name, path)
    read = load_backbone(name, str(path))
    for key, values in written.named_parameters():
        assert torch.equal(read.get_parameter(key), values), key
    assert not any(values.requires_grad for values in read.parameters())


@pytest.mark.parametrize(
    ("name", "black", "white"),
    [
        ("mobilenet_v2", -1.0, 1.0),
        ("efficientnet_lite0", -127 / 128, 1.0),
        ("mobilenet_v1", -1.0, 1.0),
    ],
)
def test_bytes_are_scaled_as_the_network_was_trained(
    name: str, black: float, white: float, tmp_path: Path
) -> None:
    path = tmp_path / "weights.safetensors"
    write(name, path)
    network = load_backbone(name, path)
    assert network.pixel_offset.flatten().tolist() == pytest.approx([black] * 3)
    ends = 255 * network.pixel_scale + network.pixel_offset
    assert ends.flatten().tolist() == pytest.approx([white] * 3, abs=1e-6)


@pytest.fixture(scope="module")
def residual() -> nn.Module:
    """torchvision's ResNet-50 with statistics that are not those of a new one."""
    torch.manual_seed(0)
    network: nn.Module = resnet50(weights=None)
    with torch.no_grad():
        network(torch.rand(4, 3, 64, 64) * 3)
    return network.eval().requires_grad_(False)


@pytest.mark.parametrize("ending", [".pth", ".safetensors"])
def test_resnet_says_what_torchvisions_says(
    residual: nn.Module, ending: str, tmp_path: Path
) -> None:
    path = tmp_path / f"resnet50{ending}"
    state = residual.state_dict()
    torch.save(state, path) if ending == ".pth" else save_file(state, path)
    views = torch.randint(0, 256, (2, 64, 64, 3), dtype=torch.uint8)
    mean, spread = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    expected = residual(((views / 255 - mean) / spread).permute(0, 3, 1, 2)).softmax(dim=1)
    shares = load_backbone("resnet50", path).class_shares(views)
    assert torch.allclose(shares, expected, rtol=1e-4)


def test_resnet_loads_from_files_without_step_counters(residual: nn.Module, tmp_path: Path) -> None:
    state = residual.state_dict()
    path = tmp_path / "old.pth"
    torch.save({k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}, path)
    network = load_backbone("resnet50", path)
    read = network.state_dict()
    assert torch.equal(read["backbone.features.0.1.running_var"], state["bn1.running_var"])
    assert read["backbone.features.0.1.num_batches_tracked"] == 0


def test_imagenet_weights_come_through_torchvision(
    residual: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def fetch(url: str, **_: object) -> object:
        asked.append(url)
        return residual.state_dict()

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", fetch)
    network = load_backbone("resnet50", "imagenet")
    assert len(asked) == 1
    assert torch.equal(
        network.get_parameter("classifier.weight"), residual.get_parameter("fc.weight")
    )


def test_a_machine_that_cannot_fetch_is_told_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(url: str, **_: object) -> object:
        raise URLError("no route to host")

    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", refuse)
    with pytest.raises(WeightsError, match=r"no route to host.*; download .*give the path") as told:
        load_backbone("resnet50", "imagenet")
    assert "\n" not in str(told.value)


def set_tensor(name: str, values: Tensor | None) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        tensors = load_file(path)
        tensors.pop(name)
        save_file(tensors if values is None else {**tensors, name: values}, path)

    return damage


def add_stage(path: Path) -> None:
    tensors = load_file(path)
    save_file({**tensors, "stages.1.2.project.bias": torch.zeros(24)}, path)


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (Path.unlink, "no weights at"),
    "not weights": (lambda path: path.write_bytes(b"\xff" * 999), "cannot read"),
    "lost tensor": (set_tensor("head.bias", None), "lack 'head.bias' against efficientnet_lite0"),
    "deeper network": (add_stage, "stray 'stages.1.2.project.bias'"),
    "wrong shape": (set_tensor("stem.bias", torch.zeros(3)), r"\(3,\) F32, efficientnet_lite0"),
    "not finite": (set_tensor("stem.bias", torch.full((32,), torch.inf)), "not finite"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_wrong_file_is_refused_in_one_line(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    write("efficientnet_lite0", path)
    inflict, reason = DAMAGES[damage]
    inflict(path)
    with pytest.raises(WeightsError, match=reason) as told:
        load_backbone("efficientnet_lite0", path)
    assert "\n" not in str(told.value)
    assert ";" in str(told.value)


PICKLES: dict[str, tuple[Callable[[nn.Module, Path], object], str]] = {
    "empty": (lambda _, path: path.write_bytes(b""), "cannot read"),
    "rubbish": (lambda _, path: path.write_bytes(b"\xff" * 999), "cannot read"),
    "text": (lambda _, path: path.write_text("conv1.weight"), "cannot read"),
    "code": (torch.save, "cannot read"),
    "a list": (lambda _, path: torch.save([1, 2], path), "no tensors by name"),
    "a number": (lambda _, path: torch.save({"conv1.weight": 1}, path), "no tensors by name"),
    "halved": (lambda _, path: torch.save({"fc.bias": torch.zeros(1000)}, path), "lack 'bn1.bias'"),
    "negative variance": (
        lambda net, path: torch.save(
            {**net.state_dict(), "bn1.running_var": torch.full((64,), -1.0)}, path
        ),
        "bn1.running_var .* falls below 0",
    ),
}


@pytest.mark.parametrize("damage", PICKLES)
def test_a_wrong_file_of_torch_is_refused_in_one_line(
    residual: nn.Module, damage: str, tmp_path: Path
) -> None:
    path = tmp_path / "weights.pth"
    inflict, reason = PICKLES[damage]
    inflict(residual, path)
    with pytest.raises(WeightsError, match=reason) as told:
        load_backbone("resnet50", path)
    assert "\n" not in str(told.value)
    assert ";" in str(told.value)


@pytest.mark.parametrize("name", ["tiny", "vgg"])
def test_only_known_networks_have_pretrained_weights(name: str) -> None:
    with pytest.raises(WeightsError, match=f"no pretrained weights for '{name}'"):
        load_backbone(name, "weights.safetensors")


def test_only_resnet_is_fetched() -> None:
    with pytest.raises(WeightsError, match="for resnet50 only; give mobilenet_v2 the path"):
        load_backbone("mobilenet_v2", "imagenet")


def test_a_network_without_classifier_names_nothing(tmp_path: Path) -> None:
    write("efficientnet_lite0", tmp_path / "weights.safetensors")
    network = load_backbone("efficientnet_lite0", tmp_path / "weights.safetensors")
    with pytest.raises(ValueError, match="without a classifier"):
        network.class_shares(torch.zeros(1, 32, 32, 3, dtype=torch.uint8))


def test_training_starts_from_a_file_with_new_heads(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    written = write("mobilenet_v2", path)
    architecture = Architecture("mobilenet_v2", (), 0, 16, 8, head="projection", votes=10)
    torch.manual_seed(1)
    network = start_network(architecture, path)
    assert torch.equal(
        network.get_parameter("backbone.features.3.project.weight"),
        written.get_parameter("backbone.features.3.project.weight"),
    )
    assert network.pixel_offset.flatten().tolist() == [-1.0] * 3
    assert network.training
    assert all(values.requires_grad for values in network.backbone.parameters())
    torch.manual_seed(1)
    again = start_network(architecture, path)
    for name, values in again.state_dict().items():
        assert torch.equal(values, network.state_dict()[name]), name


# Real files


@pytest.mark.parametrize(("name", "background"), [("mobilenet_v2", 1), ("efficientnet_lite2", 0)])
@torch.inference_mode()
def test_classifiers_name_animals(name: str, background: int) -> None:
    network = given(name)
    views, names = animals()
    said = network.class_shares(views).argmax(dim=1).tolist()
    expected = [_IMAGENET_CATEGORIES.index(name) + background for name in names]
    assert np.mean(np.equal(said, expected)) > 0.85


@torch.inference_mode()
def test_lite0_tells_animals_apart() -> None:
    views, names = animals()
    assert neighbour_accuracy(given("efficientnet_lite0").maps(views)[-1], names) > 0.9


def neighbour_accuracy(maps: Tensor, names: list[str]) -> float:
    """How often the nearest other picture shows the same thing."""
    rows = nn.functional.normalize(maps.mean(dim=(2, 3)), dim=1)
    closeness = (rows @ rows.T).fill_diagonal_(-1.0)
    labels = np.array(names)
    return float(np.mean(labels[closeness.argmax(dim=1).numpy()] == labels))


@torch.inference_mode()
def test_nima_prefers_photos_to_their_blurred_copies() -> None:
    network = given("mobilenet_v1")
    paths = sorted((folder("FRAMEPICK_DATA") / "photos").glob("photoblog*"))[:20]
    views = views_of(paths)
    values = torch.arange(1.0, 11.0)
    means = [network.class_shares(pictures) @ values for pictures in (views, *blurred(views))]
    assert all(1.0 < mean < 10.0 for mean in torch.cat(means).tolist())
    assert all((means[0] > copy).float().mean() >= 0.9 for copy in means[1:])


def blurred(views: Tensor) -> list[Tensor]:
    return [
        torch.from_numpy(gaussian_filter(views.numpy(), (0, sigma, sigma, 0)))
        for sigma in (1.0, 2.0)
    ]
