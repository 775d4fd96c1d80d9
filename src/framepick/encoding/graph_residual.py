"""ResNet-50 as OpenVINO nodes, with its batch norm folded into the convolutions."""

from __future__ import annotations

import numpy as np

from framepick.encoding.graph_layers import Maps, channels, convolve
from framepick.encoding.openvino_library import Node, max_pool, op
from framepick.encoding.values import Values

LAYERS = ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2))
"""Width, blocks and first stride of each layer; a block gives four times its width."""
NORM_FLOOR = 1e-5  # what batch norm adds to a variance


def residual_maps(values: Values, picture: Node) -> Maps:
    """Run ResNet-50 on `picture` (N, 3, S, S)."""
    name = "backbone.features"
    stem = op.relu(_normed(values, f"{name}.0.0", f"{name}.0.1", picture, 64, 7, 2))
    levels = [max_pool(stem, [2, 2], [1, 1], [1, 1], [3, 3])]
    for number, (width, blocks, stride) in enumerate(LAYERS, start=1):
        node = levels[-1]
        for block in range(blocks):
            place = f"{name}.{number}.{block}"
            node = _bottleneck(values, place, node, width, stride if block == 0 else 1)
        levels.append(node)
    return Maps(levels, {})


def _bottleneck(values: Values, place: str, maps: Node, width: int, stride: int) -> Node:
    inner = op.relu(_normed(values, f"{place}.conv1", f"{place}.bn1", maps, width))
    inner = op.relu(_normed(values, f"{place}.conv2", f"{place}.bn2", inner, width, 3, stride))
    outer = _normed(values, f"{place}.conv3", f"{place}.bn3", inner, 4 * width)
    if stride > 1 or channels(maps) != 4 * width:
        down = f"{place}.downsample"
        maps = _normed(values, f"{down}.0", f"{down}.1", maps, 4 * width, stride=stride)
    return op.relu(op.add(outer, maps))


def _normed(
    values: Values,
    convolution: str,
    norm: str,
    maps: Node,
    outputs: int,
    kernel: int = 1,
    stride: int = 1,
) -> Node:
    weight = values.take(f"{convolution}.weight", outputs, channels(maps), kernel, kernel)
    gain, shift, mean = (
        values.take(f"{norm}.{part}", outputs) for part in ("weight", "bias", "running_mean")
    )
    values.skip(f"{norm}.num_batches_tracked")
    scale = gain / np.sqrt(values.take_variance(f"{norm}.running_var", outputs) + NORM_FLOOR)
    folded = (weight * scale[:, None, None, None]).astype(np.float32)
    bias = (shift - mean * scale).astype(np.float32)
    return convolve(maps, folded, bias, stride, kernel // 2, kernel // 2)
