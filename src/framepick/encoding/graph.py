"""A checkpoint's network as two OpenVINO graphs, made of its values; no torch.

One gives what the head sees of views, the other the head's vectors, so that each runs in the
precision and in the batches that suit it. They compute what `model.networks` and `model.heads`
say.
"""

from __future__ import annotations

import numpy as np

from framepick.encoding.graph_layers import Maps, follow
from framepick.encoding.graph_residual import residual_maps
from framepick.encoding.openvino_library import Model, Node, op
from framepick.encoding.values import Values
from framepick.errors import WeightsError
from framepick.model.blueprints import BLUEPRINTS
from framepick.model.card import Architecture

LENGTH_FLOOR, VARIANCE_FLOOR, TEMPERATURES = 1e-6, 1e-12, 2  # as in model.heads


def graphs(
    values: Values, architecture: Architecture, side: int, views: int, rows: int
) -> tuple[Model, Model]:
    """Give the graphs of backbone and head.

    The first takes views (`views`, `side`, `side`, 3) uint8 and gives pooled features (views, F)
    and statistics (views, S); the second takes these of `rows` pictures and gives aesthetic
    (rows, D) and content (rows, C) vectors, all fp32.
    Raises WeightsError where the values are not those of the architecture.
    """
    first = _backbone(values, architecture, side, views)
    pooled, statistics = (int(port.get_shape()[1]) for port in first.outputs)
    second = _head(values, architecture, rows, pooled, statistics)
    if architecture.votes:
        values.take("votes.linear.weight", architecture.votes, architecture.aesthetic + 1)
        values.take("votes.linear.bias", architecture.votes)
    values.check_all_taken()
    return first, second


def _backbone(values: Values, architecture: Architecture, side: int, views: int) -> Model:
    taken = op.parameter([views, side, side, 3], np.uint8, name="views")
    scale, offset = (values.take(f"pixel_{part}", 3, 1, 1).ravel() for part in ("scale", "offset"))
    picture = op.add(op.multiply(op.convert(taken, "f32"), scale), offset)
    # the channels are moved last, as what follows keeps them last in memory anyway
    maps = _maps(values, architecture, op.transpose(picture, [0, 3, 1, 2]))
    pooled = _signed_log(_mean(maps.levels[-1]))
    seen = _looked_at(maps, architecture)
    statistics = [_statistics(level) for level in seen]
    nothing = np.empty((views, 0), np.float32)
    return Model(
        [pooled, op.concat(statistics, 1) if statistics else op.constant(nothing)],
        [taken],
        "backbone",
    )


def _maps(values: Values, architecture: Architecture, picture: Node) -> Maps:
    if architecture.backbone == "resnet50":
        return residual_maps(values, picture)
    if architecture.backbone not in BLUEPRINTS:
        raise WeightsError(
            f"no backbone {architecture.backbone[:80]!r}; restore the card that came with its "
            "weights"
        )
    return follow(BLUEPRINTS[architecture.backbone], values, picture)


def _looked_at(maps: Maps, architecture: Architecture) -> list[Node]:
    """Maps whose statistics the head is given: levels, then what filters see."""
    fits = all(0 <= level < len(maps.levels) for level in architecture.levels)
    if not fits or any(block not in maps.responses for block in architecture.filters):
        raise WeightsError(
            f"{architecture.backbone} lacks a level that its card asks for; restore the card that "
            "came with its weights"
        )
    levels = [maps.levels[level] for level in architecture.levels]
    return levels + [maps.responses[block] for block in architecture.filters]


def _statistics(maps: Node) -> Node:
    """Mean and deviation of each channel, (N, 2 C), on a signed log scale."""
    mean = _mean(maps)
    variance = op.subtract(_mean(op.multiply(maps, maps)), op.multiply(mean, mean))
    deviation = op.sqrt(op.maximum(variance, np.float32(VARIANCE_FLOOR)))
    return _signed_log(op.concat([mean, deviation], 1))


def _mean(maps: Node) -> Node:
    """Mean of each channel, (N, C)."""
    # pooling would take 5 % less of all time, but adds up in an order that costs small deviations
    return op.reduce_mean(maps, [2, 3], keep_dims=False)


def _head(
    values: Values, architecture: Architecture, rows: int, features: int, statistics: int
) -> Model:
    pooled = op.parameter([rows, features], np.float32, name="pooled")
    seen = op.parameter([rows, statistics], np.float32, name="statistics")
    content = _unit_rows(_linear(values, "content", pooled, architecture.content))
    if architecture.head == "projection":
        aesthetic = _linear(values, "aesthetic", pooled, architecture.aesthetic)
    else:
        direction = _linear(values, "direction", pooled, architecture.aesthetic)
        length = _length(values, architecture, pooled, seen)
        aesthetic = op.multiply(length, _unit_rows(direction))
    return Model([aesthetic, content], [pooled, seen], "head")


def _length(values: Values, architecture: Architecture, pooled: Node, seen: Node) -> Node:
    beauty = _linear(values, "beauty", op.concat([pooled, seen], 1), 1)
    if architecture.classes:
        beauty = op.add(beauty, _appeal(values, pooled, architecture.classes))
    found = seen
    if architecture.hidden:
        found = op.relu(_linear(values, "hidden", seen, architecture.hidden))
    faults = op.softplus(_linear(values, "faults", found, architecture.faults))
    cost = values.take("head.fault_cost", architecture.faults)
    deduction = op.reduce_sum(op.multiply(faults, cost[None]), [1], True)
    return op.softplus(op.subtract(beauty, deduction))


def _appeal(values: Values, pooled: Node, classes: int) -> Node:
    """Worth of the classes seen, (N, 1): expected at each temperature, weighed by its gain."""
    logits = _linear(values, "appeal.classifier", _signed_exp(pooled), classes)
    worth = values.take("head.appeal.worth", classes)
    temperatures = values.take("head.appeal.temperatures", TEMPERATURES)
    gains = values.take("head.appeal.gain", TEMPERATURES)
    found = None
    for temperature, gain in zip(temperatures, gains, strict=True):
        shares = op.softmax(op.divide(logits, temperature), 1)
        expected = op.matmul(shares, (worth * gain)[:, None], False, False)
        found = expected if found is None else op.add(found, expected)
    return found


def _linear(values: Values, name: str, rows: Node, outputs: int) -> Node:
    inputs = int(rows.get_output_shape(0)[1])
    weight = values.take(f"head.{name}.weight", outputs, inputs)
    bias = values.take(f"head.{name}.bias", outputs)
    return op.add(op.matmul(rows, weight, False, True), bias[None])


def _unit_rows(rows: Node) -> Node:
    length = op.sqrt(op.reduce_sum(op.multiply(rows, rows), [1], True))
    return op.divide(rows, op.maximum(length, np.float32(LENGTH_FLOOR)))


def _signed_log(rows: Node) -> Node:
    return op.multiply(op.sign(rows), op.log(op.add(op.abs(rows), np.float32(1.0))))


def _signed_exp(rows: Node) -> Node:
    return op.multiply(op.sign(rows), op.subtract(op.exp(op.abs(rows)), np.float32(1.0)))
