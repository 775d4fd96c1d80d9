"""The networks of the aesthetic space: views in, aesthetic and content vectors out.

A network is a backbone, which gives a picture's feature maps level by level, with a head on it.
The numbers that turn bytes into the backbone's input are buffers of the network, so that a view
has one way in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from framepick.model.card import Architecture
from framepick.model.heads import RadialHead, map_statistics, signed_log


class Convolution(nn.Module):
    """A k x k convolution with bias, padded as TensorFlow pads, and ReLU6 where asked."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, *, stride: int, groups: int, active: bool
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs // groups, kernel, kernel))
        self.bias = nn.Parameter(torch.empty(outputs))
        self.stride, self.groups, self.active = stride, groups, active
        self.padding = kernel // 2 if stride == 1 else 0

    def forward(self, maps: Tensor) -> Tensor:
        if self.stride == 2:
            maps = functional.pad(maps, (0, 1, 0, 1))  # right and bottom only
        maps = functional.conv2d(
            maps, self.weight, self.bias, self.stride, self.padding, groups=self.groups
        )
        return functional.relu6(maps) if self.active else maps


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; plus the input where stride and channels allow."""

    def __init__(self, inputs: int, outputs: int, *, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.is_residual = stride == 1 and inputs == outputs
        self.is_expanded = expansion > 1
        if self.is_expanded:
            self.expand = Convolution(inputs, hidden, 1, stride=1, groups=1, active=True)
        self.depthwise = Convolution(hidden, hidden, 3, stride=stride, groups=hidden, active=True)
        self.project = Convolution(hidden, outputs, 1, stride=1, groups=1, active=False)

    def forward(self, maps: Tensor) -> Tensor:
        hidden = self.expand(maps) if self.is_expanded else maps
        projected: Tensor = self.project(self.depthwise(hidden))
        return maps + projected if self.is_residual else projected


class Backbone(nn.Module):
    """Levels that are run one after the other."""

    def __init__(self, levels: Sequence[nn.Module], widths: Sequence[int]) -> None:
        super().__init__()
        self.features = nn.ModuleList(levels)
        self.widths = tuple(widths)
        """Channels that each level gives."""

    def forward(self, maps: Tensor) -> list[Tensor]:
        """Feature maps (N, widths[l], H_l, W_l) of every level l of a picture (N, 3, S, S)."""
        outputs = []
        for level in self.features:
            maps = level(maps)
            outputs.append(maps)
        return outputs


class Network(nn.Module):
    """Views (N, S, S, 3) uint8 RGB to aesthetic (N, D) and content (N, C) vectors, both float32."""

    pixel_scale: Tensor
    pixel_offset: Tensor

    def __init__(self, architecture: Architecture) -> None:
        """Give a network without values; raises ValueError where the parts do not fit."""
        super().__init__()
        self.backbone = _backbone(architecture.backbone)
        self.levels = architecture.levels
        widths = self.backbone.widths
        if not 0 <= self.levels[0] <= self.levels[-1] < len(widths):
            raise ValueError(f"{architecture.backbone} has levels 0 to {len(widths) - 1}")
        self.head = RadialHead(
            features=widths[-1],
            statistics=2 * sum(widths[level] for level in self.levels),
            faults=architecture.faults,
            aesthetic=architecture.aesthetic,
            content=architecture.content,
        )
        self.register_buffer("pixel_scale", torch.empty(3, 1, 1))
        self.register_buffer("pixel_offset", torch.empty(3, 1, 1))

    def forward(self, views: Tensor) -> tuple[Tensor, Tensor]:
        vectors: tuple[Tensor, Tensor] = self.head(*self.describe(views))
        return vectors

    def describe(self, views: Tensor) -> tuple[Tensor, Tensor]:
        """What the head sees: pooled features (N, F) and statistics of the chosen levels (N, S)."""
        maps = self.backbone(self._picture(views))
        pooled = signed_log(maps[-1].float().mean(dim=(2, 3)))
        statistics = torch.cat([map_statistics(maps[level]) for level in self.levels], dim=1)
        return pooled, statistics

    def _picture(self, views: Tensor) -> Tensor:
        picture = views.permute(0, 3, 1, 2)  # (N, 3, S, S), channels last in memory
        scaled = picture * self.pixel_scale + self.pixel_offset
        return scaled.to(next(self.backbone.parameters()).dtype)


def mobilenet_v2() -> Backbone:
    """Width 1.0, batch norm folded in; Sandler et al., "MobileNetV2: Inverted Residuals" (2018)."""
    groups = [  # expansion, channels, blocks, stride of the first
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ]
    levels: list[nn.Module] = [Convolution(3, 32, 3, stride=2, groups=1, active=True)]
    widths = [32]
    for expansion, channels, blocks, first_stride in groups:
        for block in range(blocks):
            stride = first_stride if block == 0 else 1
            levels.append(
                InvertedResidual(widths[-1], channels, stride=stride, expansion=expansion)
            )
            widths.append(channels)
    levels.append(Convolution(widths[-1], 1280, 1, stride=1, groups=1, active=True))
    return Backbone(levels, [*widths, 1280])


def tiny() -> Backbone:
    """Three small convolutions, for tests that need a real network at no cost."""
    widths = (8, 16, 24)
    levels = [
        Convolution(inputs, outputs, 3, stride=2, groups=1, active=True)
        for inputs, outputs in zip((3, *widths), widths, strict=False)
    ]
    return Backbone(levels, widths)


BACKBONES: dict[str, Callable[[], Backbone]] = {"mobilenet_v2": mobilenet_v2, "tiny": tiny}


def _backbone(name: str) -> Backbone:
    if name not in BACKBONES:
        raise ValueError(f"no backbone {name!r}; known are {', '.join(sorted(BACKBONES))}")
    return BACKBONES[name]()
