"""The backbones that a network can be built on, by name, all without values.

Those that come with batch norm folded in are convolutions with bias, as `blueprints` lists them;
ResNet-50 keeps its batch norm, as it is trained with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from torch import nn

from framepick.model.blueprints import BLUEPRINTS, Inverted, Level, Plain
from framepick.model.layers import Backbone, Convolution, InvertedResidual, Separable


def build_backbone(name: str) -> Backbone:
    """Build a backbone by its name; raises ValueError for one that is not known."""
    if name not in BACKBONES:
        raise ValueError(f"no backbone {name!r}; known are {', '.join(sorted(BACKBONES))}")
    return BACKBONES[name]()


def resnet50() -> Backbone:
    """He et al., "Deep Residual Learning" (2016), from torchvision, with its random first values.

    5 levels: the stem (at a quarter of the size) and four layers, the last with 2048 channels.
    """
    from torchvision.models import resnet50 as build

    whole = build(weights=None)
    stem = nn.Sequential(whole.conv1, whole.bn1, whole.relu, whole.maxpool)
    levels = [stem, whole.layer1, whole.layer2, whole.layer3, whole.layer4]
    return Backbone(levels, (64, 256, 512, 1024, 2048))


def _follow(blueprint: Sequence[Level]) -> Backbone:
    return Backbone([_level(part) for part in blueprint], [part.outputs for part in blueprint])


def _level(part: Level) -> nn.Module:
    if isinstance(part, Plain):
        return Convolution(
            part.inputs, part.outputs, part.kernel, stride=part.stride, groups=1, active=True
        )
    if isinstance(part, Inverted):
        return InvertedResidual(
            part.inputs, part.outputs, part.kernel, stride=part.stride, expansion=part.expansion
        )
    return Separable(part.inputs, part.outputs, stride=part.stride)


BACKBONES: dict[str, Callable[[], Backbone]] = {
    **{name: partial(_follow, blueprint) for name, blueprint in BLUEPRINTS.items()},
    "resnet50": resnet50,
}
