"""Backbones as OpenVINO nodes: convolutions, blocks, levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from framepick.encoding.openvino_library import Node, op
from framepick.encoding.values import Values
from framepick.model.blueprints import Inverted, Level, Plain, padding
from framepick.types import Vectors

MOST_ACTIVE = 6.0  # of ReLU6


@dataclass(frozen=True, slots=True, eq=False)
class Maps:
    """What a backbone sees in a picture."""

    levels: list[Node]
    """(N, C_l, H_l, W_l) feature maps of every level l."""
    responses: dict[int, Node]
    """What the filters of inverted residuals see, by level."""


def follow(blueprint: Sequence[Level], values: Values, picture: Node) -> Maps:
    """Run the levels of `blueprint` on `picture` (N, 3, S, S)."""
    maps, levels, responses = picture, [], {}
    for number, part in enumerate(blueprint):
        name = f"backbone.features.{number}"
        if isinstance(part, Plain):
            maps = _convolution(values, name, maps, part.outputs, part.kernel, part.stride)
        elif isinstance(part, Inverted):
            responses[number] = _respond(values, name, maps, part)
            maps = _combine(values, name, maps, responses[number], part)
        else:
            maps = _filter(values, f"{name}.depthwise", maps, 3, part.stride)
            maps = _convolution(values, f"{name}.pointwise", maps, part.outputs)
        levels.append(maps)
    return Maps(levels, responses)


def convolve(
    maps: Node, weight: Vectors, bias: Vectors, stride: int, before: int, behind: int
) -> Node:
    """Give the convolution of `maps` with weights (O, I, k, k), or (G, 1, 1, k, k) by channel."""
    run = op.convolution if weight.ndim == 4 else op.group_convolution
    found = run(maps, weight, [stride] * 2, [before] * 2, [behind] * 2, [1, 1])
    return op.add(found, bias.reshape(1, -1, 1, 1))


def side(maps: Node) -> int:
    """Rows of feature maps (N, C, H, W), which are square."""
    return int(maps.get_output_shape(0)[2])


def channels(maps: Node) -> int:
    """Channels of feature maps (N, C, H, W)."""
    return int(maps.get_output_shape(0)[1])


def _respond(values: Values, name: str, maps: Node, part: Inverted) -> Node:
    if part.expansion > 1:
        maps = _convolution(values, f"{name}.expand", maps, part.hidden)
    return _filter(values, f"{name}.depthwise", maps, part.kernel, part.stride)


def _combine(values: Values, name: str, maps: Node, responses: Node, part: Inverted) -> Node:
    projected = _convolution(values, f"{name}.project", responses, part.outputs, active=False)
    return op.add(maps, projected) if part.is_residual else projected


def _convolution(
    values: Values,
    name: str,
    maps: Node,
    outputs: int,
    kernel: int = 1,
    stride: int = 1,
    *,
    active: bool = True,
) -> Node:
    weight = values.take(f"{name}.weight", outputs, channels(maps), kernel, kernel)
    return _finish(values, name, maps, weight, stride, active=active)


def _filter(values: Values, name: str, maps: Node, kernel: int, stride: int) -> Node:
    weight = values.take(f"{name}.weight", channels(maps), 1, kernel, kernel)
    return _finish(values, name, maps, weight[:, None], stride, active=True)


def _finish(
    values: Values, name: str, maps: Node, weight: Vectors, stride: int, *, active: bool
) -> Node:
    outputs, kernel = weight.shape[0], weight.shape[-1]
    before, behind = padding(side(maps), kernel, stride)
    bias = values.take(f"{name}.bias", outputs)
    found = convolve(maps, np.ascontiguousarray(weight), bias, stride, before, behind)
    return op.clamp(found, 0.0, MOST_ACTIVE) if active else found
