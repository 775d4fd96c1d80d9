"""The levels of backbones as plain numbers, so that every runtime builds the same network.

No torch here. ResNet-50 is not among them: torchvision has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_Group = tuple[int, int, int, int, int]
"""Expansion, channels, blocks, stride of the first block, kernel."""


@dataclass(frozen=True, slots=True)
class Plain:
    """A convolution with ReLU6."""

    inputs: int
    outputs: int
    kernel: int
    stride: int


@dataclass(frozen=True, slots=True)
class Inverted:
    """Expand, filter each channel, project; plus the input where stride and channels allow."""

    inputs: int
    outputs: int
    kernel: int
    stride: int
    expansion: int

    @property
    def hidden(self) -> int:
        """Channels that are filtered."""
        return self.inputs * self.expansion

    @property
    def is_residual(self) -> bool:
        return self.stride == 1 and self.inputs == self.outputs


@dataclass(frozen=True, slots=True)
class Mixed:
    """Filter each channel with 3 x 3, then mix the channels of each pixel."""

    inputs: int
    outputs: int
    stride: int


Level = Plain | Inverted | Mixed


def padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Pixels before and behind, as TensorFlow's "same" sets them, for stride 1 or 2.

    The output has ceil(size / stride) pixels; of an odd number, the larger half comes behind.
    """
    total = kernel - 1 if stride == 1 else kernel - 2 + size % 2
    return total // 2, total - total // 2


def _inverted_residuals(groups: Sequence[_Group]) -> tuple[Level, ...]:
    levels: list[Level] = [Plain(3, 32, kernel=3, stride=2)]
    for expansion, channels, blocks, first_stride, kernel in groups:
        for block in range(blocks):
            stride = first_stride if block == 0 else 1
            levels.append(Inverted(levels[-1].outputs, channels, kernel, stride, expansion))
    return (*levels, Plain(levels[-1].outputs, 1280, kernel=1, stride=1))


def _separables(blocks: Sequence[tuple[int, int]]) -> tuple[Level, ...]:
    levels: list[Level] = [Plain(3, 32, kernel=3, stride=2)]
    for channels, stride in blocks:
        levels.append(Mixed(levels[-1].outputs, channels, stride))
    return tuple(levels)


MOBILENET_V2 = _inverted_residuals(
    [
        (1, 16, 1, 1, 3),
        (6, 24, 2, 2, 3),
        (6, 32, 3, 2, 3),
        (6, 64, 4, 2, 3),
        (6, 96, 3, 1, 3),
        (6, 160, 3, 2, 3),
        (6, 320, 1, 1, 3),
    ]
)
"""Width 1.0; Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks" (2018).

19 levels: the stem, 17 blocks, the head with 1280 channels.
"""

EFFICIENTNET_LITE0 = _inverted_residuals(
    [
        (1, 16, 1, 1, 3),
        (6, 24, 2, 2, 3),
        (6, 40, 2, 2, 5),
        (6, 80, 3, 2, 3),
        (6, 112, 3, 1, 5),
        (6, 192, 4, 2, 5),
        (6, 320, 1, 1, 3),
    ]
)
"""EfficientNet-Lite0 (2020), after Tan and Le, "EfficientNet" (2019), without its attention.

18 levels: the stem, 16 blocks, the head with 1280 channels.
"""

EFFICIENTNET_LITE2 = _inverted_residuals(
    [
        (1, 16, 1, 1, 3),
        (6, 24, 3, 2, 3),
        (6, 48, 3, 2, 5),
        (6, 88, 4, 2, 3),
        (6, 120, 4, 1, 5),
        (6, 208, 5, 2, 5),
        (6, 352, 1, 1, 3),
    ]
)
"""EfficientNet-Lite2 (2020), made for views of 260 pixels. 23 levels: the stem, 21 blocks, the head
with 1280 channels.
"""

MOBILENET_V1 = _separables(
    [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)]
    + [(512, 1)] * 5
    + [(1024, 2), (1024, 1)]
)
"""Width 1.0; Howard et al., "MobileNets" (2017). 14 levels: the stem and 13 blocks."""

TINY: tuple[Level, ...] = (Plain(3, 8, 3, 2), Plain(8, 16, 3, 2), Plain(16, 24, 3, 2))
"""Three small convolutions, for tests that need a real network at no cost."""

BLUEPRINTS = {
    "efficientnet_lite0": EFFICIENTNET_LITE0,
    "efficientnet_lite2": EFFICIENTNET_LITE2,
    "mobilenet_v1": MOBILENET_V1,
    "mobilenet_v2": MOBILENET_V2,
    "tiny": TINY,
}
