"""Networks to start from and to learn from, as others trained them: their files and their input.

The mobile ones come as safetensors with batch norm folded in; ResNet-50 as torchvision keeps it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from framepick.errors import WeightsError
from framepick.model.backbones import build_backbone
from framepick.model.card import Architecture
from framepick.model.layers import Backbone, Trunk
from framepick.model.networks import Network
from framepick.model.tensors import Expected, check_tensors, read_tensors

IMAGENET = "imagenet"
"""Stands for the weights that torchvision downloads, instead of a file."""


@dataclass(frozen=True, slots=True)
class _Form:
    """The layout of a pretrained file."""

    prefixes: Mapping[str, str]
    """Maps our names of the parts to those in the file."""
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    """Input normalisation: (bytes - mean) / spread, by channel or the same for all."""
    classes: int = 0
    """Outputs of the classifier that the file holds, 0 for none."""
    is_convolved: bool = False
    """Whether the file stores the classifier as a 1 x 1 convolution."""


class Pretrained(Trunk):
    """A backbone as it was trained, with its classifier where the file holds one."""

    def __init__(self, backbone: Backbone, classes: int) -> None:
        super().__init__(backbone)
        self.classifier = nn.Linear(backbone.widths[-1], classes) if classes else None

    def class_shares(self, views: Tensor) -> Tensor:
        """Return the class probabilities (N, K) of views (N, S, S, 3) uint8.

        Raises ValueError where there is no classifier.
        """
        if self.classifier is None:
            raise ValueError("this network came without a classifier")
        pooled = self.maps(views)[-1].float().mean(dim=(2, 3))  # (N, F)
        return functional.softmax(self.classifier(pooled), dim=1)


def load_backbone(name: str, source: str | Path) -> Pretrained:
    """Load backbone `name` from the file `source`, in fp32, ready to infer.

    For resnet50, `source` may also be "imagenet": torchvision fetches the weights then.
    Raises WeightsError if the backbone has no known format, if the file is missing or damaged or
    holds something else, or if the weights cannot be fetched.
    """
    if name not in _FORMS:
        raise WeightsError(f"no pretrained weights for {name!r}; known are {', '.join(_FORMS)}")
    form = _FORMS[name]
    network = Pretrained(build_backbone(name), form.classes)
    names = _stored_names(network, form.prefixes)
    expected = _expected(name, network, names, form.is_convolved)
    if source == IMAGENET:
        found = check_tensors(Path(IMAGENET), _fetch(name), expected)
    else:
        found = read_tensors(Path(source), expected)
    state = network.state_dict()
    for ours, theirs in names.items():
        if theirs in found:
            state[ours].copy_(found[theirs].reshape(state[ours].shape))
    mean, spread = (torch.tensor(side).reshape(-1, 1, 1) for side in (form.mean, form.spread))
    network.pixel_scale.copy_(1.0 / spread)
    network.pixel_offset.copy_(-mean / spread)
    return network.eval().requires_grad_(False)


def start_network(architecture: Architecture, source: str | Path) -> Network:
    """Network to train: the backbone from `source`, as `load_backbone` reads it, and new heads.

    The heads are drawn from torch's default generator. Raises WeightsError as `load_backbone`
    does, ValueError where the parts of the architecture do not fit.
    """
    origin = load_backbone(architecture.backbone, source)
    network = Network(architecture)
    network.backbone.load_state_dict(origin.backbone.state_dict())
    network.pixel_scale.copy_(origin.pixel_scale)
    network.pixel_offset.copy_(origin.pixel_offset)
    return network


def _stored_names(network: Pretrained, prefixes: Mapping[str, str]) -> dict[str, str]:
    """Map the names of the network's values to those in its file."""
    return {
        name: theirs + name.removeprefix(ours)
        for name in network.state_dict()
        for ours, theirs in prefixes.items()
        if name.startswith(f"{ours}.")
    }


def _expected(
    name: str, network: Pretrained, names: Mapping[str, str], is_convolved: bool
) -> Expected:
    tensors = {theirs: network.state_dict()[ours] for ours, theirs in names.items()}
    if is_convolved:
        tensors["classifier.weight"] = tensors["classifier.weight"][:, :, None, None]
    # older files have none; they count training steps, which nothing here asks for
    counters = {theirs for theirs in tensors if theirs.endswith("num_batches_tracked")}
    return Expected(tensors, name, f"choose a file with the weights of {name}", counters)


def _fetch(name: str) -> object:
    if name != "resnet50":
        raise WeightsError(f"{IMAGENET!r} is for resnet50 only; give {name} the path of a file")
    from torchvision.models import ResNet50_Weights

    weights = ResNet50_Weights.IMAGENET1K_V2
    try:
        fetched: object = weights.get_state_dict(progress=False, check_hash=True)
    except (OSError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise WeightsError(
            f"cannot fetch {name}'s ImageNet weights: {reason}; "
            f"download {weights.url} on another machine and give the path of the file"
        ) from error
    return fetched


def _levels(names: Iterable[str]) -> dict[str, str]:
    return {f"backbone.features.{level}": name for level, name in enumerate(names)}


def _lite(repeats: Sequence[int]) -> dict[str, str]:
    """Name the levels of EfficientNet-Lite with `repeats` blocks in its stages."""
    blocks = (f"stages.{stage}.{at}" for stage, count in enumerate(repeats) for at in range(count))
    return _levels(["stem", *blocks, "head"])


_FORMS = {
    "mobilenet_v2": _Form(
        {"backbone.features": "features", "classifier": "classifier"},
        mean=(127.5,),
        spread=(127.5,),
        classes=1001,
        is_convolved=True,
    ),
    "efficientnet_lite0": _Form(_lite((1, 2, 2, 3, 3, 4, 1)), mean=(127.0,), spread=(128.0,)),
    "efficientnet_lite2": _Form(
        _lite((1, 3, 3, 4, 4, 5, 1)) | {"classifier": "classifier"},
        mean=(127.0,),
        spread=(128.0,),
        classes=1000,
    ),
    "mobilenet_v1": _Form(
        _levels(["stem", *(f"blocks.{block}" for block in range(13))]) | {"classifier": "fc"},
        mean=(127.5,),
        spread=(127.5,),
        classes=10,
    ),
    "resnet50": _Form(
        {
            "backbone.features.0.0": "conv1",
            "backbone.features.0.1": "bn1",
            **{f"backbone.features.{layer}": f"layer{layer}" for layer in range(1, 5)},
            "classifier": "fc",
        },
        mean=(123.675, 116.28, 103.53),
        spread=(58.395, 57.12, 57.375),
        classes=1000,
    ),
}
