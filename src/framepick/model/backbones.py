"""The backbones that a network can be built on, by name, all without values.

Those that come with batch norm folded in are convolutions with bias; ResNet-50 keeps its batch
norm, as it is trained with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import nn

from framepick.model.layers import Backbone, Convolution, InvertedResidual, Separable

_Group = tuple[int, int, int, int, int]
"""Expansion, channels, blocks, stride of the first block, kernel."""


def build_backbone(name: str) -> Backbone:
    """Build a backbone by its name; raises ValueError for one that is not known."""
    if name not in BACKBONES:
        raise ValueError(f"no backbone {name!r}; known are {', '.join(sorted(BACKBONES))}")
    return BACKBONES[name]()


def mobilenet_v2() -> Backbone:
    """Width 1.0; Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (2018).

    19 levels: the stem, 17 blocks, the head with 1280 channels.
    """
    groups = [
        (1, 16, 1, 1, 3),
        (6, 24, 2, 2, 3),
        (6, 32, 3, 2, 3),
        (6, 64, 4, 2, 3),
        (6, 96, 3, 1, 3),
        (6, 160, 3, 2, 3),
        (6, 320, 1, 1, 3),
    ]
    return _inverted_residuals(groups)


def efficientnet_lite0() -> Backbone:
    """EfficientNet-Lite0 (2020), after Tan and Le, "EfficientNet" (2019), without its attention.

    18 levels: the stem, 16 blocks, the head with 1280 channels.
    """
    groups = [
        (1, 16, 1, 1, 3),
        (6, 24, 2, 2, 3),
        (6, 40, 2, 2, 5),
        (6, 80, 3, 2, 3),
        (6, 112, 3, 1, 5),
        (6, 192, 4, 2, 5),
        (6, 320, 1, 1, 3),
    ]
    return _inverted_residuals(groups)


def mobilenet_v1() -> Backbone:
    """Width 1.0; Howard et al., "MobileNets" (2017). 14 levels: the stem and 13 blocks."""
    blocks = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)]
    blocks += [(512, 1)] * 5 + [(1024, 2), (1024, 1)]
    levels: list[nn.Module] = [Convolution(3, 32, 3, stride=2, groups=1, active=True)]
    widths = [32]
    for channels, stride in blocks:
        levels.append(Separable(widths[-1], channels, stride=stride))
        widths.append(channels)
    return Backbone(levels, widths)


def resnet50() -> Backbone:
    """He et al., "Deep Residual Learning" (2016), from torchvision, with its random first values.

    5 levels: the stem (at a quarter of the size) and four layers, the last with 2048 channels.
    """
    from torchvision.models import resnet50 as build

    whole = build(weights=None)
    stem = nn.Sequential(whole.conv1, whole.bn1, whole.relu, whole.maxpool)
    levels = [stem, whole.layer1, whole.layer2, whole.layer3, whole.layer4]
    return Backbone(levels, (64, 256, 512, 1024, 2048))


def tiny() -> Backbone:
    """Three small convolutions, for tests that need a real network at no cost."""
    widths = (8, 16, 24)
    levels = [
        Convolution(inputs, outputs, 3, stride=2, groups=1, active=True)
        for inputs, outputs in zip((3, *widths), widths, strict=False)
    ]
    return Backbone(levels, widths)


BACKBONES: dict[str, Callable[[], Backbone]] = {
    "efficientnet_lite0": efficientnet_lite0,
    "mobilenet_v1": mobilenet_v1,
    "mobilenet_v2": mobilenet_v2,
    "resnet50": resnet50,
    "tiny": tiny,
}


def _inverted_residuals(groups: Sequence[_Group]) -> Backbone:
    levels: list[nn.Module] = [Convolution(3, 32, 3, stride=2, groups=1, active=True)]
    widths = [32]
    for expansion, channels, blocks, first_stride, kernel in groups:
        for block in range(blocks):
            stride = first_stride if block == 0 else 1
            levels.append(
                InvertedResidual(widths[-1], channels, kernel, stride=stride, expansion=expansion)
            )
            widths.append(channels)
    levels.append(Convolution(widths[-1], 1280, 1, stride=1, groups=1, active=True))
    return Backbone(levels, [*widths, 1280])
