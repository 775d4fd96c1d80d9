"""The building blocks of backbones: convolutions with TensorFlow's padding, blocks, levels."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from framepick.model.blueprints import padding


class Convolution(nn.Module):
    """A k x k convolution with bias, k odd, stride 1 or 2, and ReLU6 where asked.

    Padded as TensorFlow's "same": the output has ceil(size / stride) rows and columns, and where
    the padding is odd, the extra pixel comes right and below.
    """

    def __init__(
        self, inputs: int, outputs: int, kernel: int, *, stride: int, groups: int, active: bool
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs // groups, kernel, kernel))
        self.bias = nn.Parameter(torch.empty(outputs))
        self.kernel, self.stride, self.groups, self.active = kernel, stride, groups, active
        self.padding = kernel // 2 if stride == 1 else 0

    def forward(self, maps: Tensor) -> Tensor:
        if self.stride == 2:
            top, bottom = padding(maps.shape[2], self.kernel, self.stride)
            left, right = padding(maps.shape[3], self.kernel, self.stride)
            maps = functional.pad(maps, (left, right, top, bottom))
        maps = functional.conv2d(
            maps, self.weight, self.bias, self.stride, self.padding, groups=self.groups
        )
        return functional.relu6(maps, inplace=True) if self.active else maps


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; plus the input where stride and channels allow."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, *, stride: int, expansion: int
    ) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.is_residual = stride == 1 and inputs == outputs
        self.is_expanded = expansion > 1
        if self.is_expanded:
            self.expand = Convolution(inputs, hidden, 1, stride=1, groups=1, active=True)
        self.depthwise = Convolution(
            hidden, hidden, kernel, stride=stride, groups=hidden, active=True
        )
        self.project = Convolution(hidden, outputs, 1, stride=1, groups=1, active=False)

    def forward(self, maps: Tensor) -> Tensor:
        return self.combine(maps, self.respond(maps))

    def respond(self, maps: Tensor) -> Tensor:
        """Return the depthwise responses: edges, lines and grain, by direction."""
        responses: Tensor = self.depthwise(self.expand(maps) if self.is_expanded else maps)
        return responses

    def combine(self, maps: Tensor, responses: Tensor) -> Tensor:
        """Return the block's output, from its input and its depthwise responses."""
        projected: Tensor = self.project(responses)
        return maps + projected if self.is_residual else projected


class Separable(nn.Module):
    """Filter each channel with 3 x 3, then mix the channels of each pixel."""

    def __init__(self, inputs: int, outputs: int, *, stride: int) -> None:
        super().__init__()
        self.depthwise = Convolution(inputs, inputs, 3, stride=stride, groups=inputs, active=True)
        self.pointwise = Convolution(inputs, outputs, 1, stride=1, groups=1, active=True)

    def forward(self, maps: Tensor) -> Tensor:
        mixed: Tensor = self.pointwise(self.depthwise(maps))
        return mixed


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

    def with_responses(
        self, maps: Tensor, blocks: Sequence[int]
    ) -> tuple[list[Tensor], list[Tensor]]:
        """Return the outputs of `forward`, and the depthwise responses of `blocks`."""
        outputs, responses = [], []
        for number, level in enumerate(self.features):
            if number in blocks and isinstance(level, InvertedResidual):
                responses.append(level.respond(maps))
                maps = level.combine(maps, responses[-1])
            else:
                maps = level(maps)
            outputs.append(maps)
        return outputs, responses

    def filter_width(self, block: int) -> int:
        """Return the depthwise channels of `block`; ValueError where it has none."""
        level = self.features[block] if 0 <= block < len(self.features) else None
        if not isinstance(level, InvertedResidual):
            raise ValueError(f"level {block} has no filters")
        return level.depthwise.groups

    @property
    def precision(self) -> torch.dtype:
        """The precision of the convolutions and of their input."""
        return next(self.parameters()).dtype

    def set_precision(self, precision: torch.dtype) -> None:
        """Compute in `precision`; batch norm stays in fp32, since its statistics are sums."""
        for module in self.modules():
            if not isinstance(module, nn.BatchNorm2d):
                for values in module.parameters(recurse=False):
                    values.data = values.data.to(precision)

    def exact_names(self) -> set[str]:
        """Return the names of values that must not be rounded: all of batch norm."""
        return {
            f"{place}.{name}"
            for place, module in self.named_modules()
            if isinstance(module, nn.BatchNorm2d)
            for name in module.state_dict()
        }


class Trunk(nn.Module):
    """A backbone with the numbers that turn the bytes of a view into its input.

    They are buffers, so that a view has one way in.
    """

    pixel_scale: Tensor
    pixel_offset: Tensor

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        self.backbone = backbone
        self.register_buffer("pixel_scale", torch.empty(3, 1, 1))
        self.register_buffer("pixel_offset", torch.empty(3, 1, 1))

    def maps(self, views: Tensor) -> list[Tensor]:
        """Feature maps of every level, in the backbone's precision, of views (N, S, S, 3) uint8."""
        levels: list[Tensor] = self.backbone(self.picture(views))
        return levels

    def picture(self, views: Tensor) -> Tensor:
        """Normalise views to the backbone's input, (N, 3, S, S)."""
        picture = views.permute(0, 3, 1, 2)  # channels last in memory
        return (picture * self.pixel_scale + self.pixel_offset).to(self.backbone.precision)
