"""A network cut in two where it averages its maps over the picture.

All that a head knows of a picture are averages of maps over the picture's area. So the second half
can be asked what it would say of a part of a picture, with averages over that part alone, and the
first half, which costs nearly all the time, runs once.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from framepick.encoding.graph import load_graph
from framepick.encoding.openvino_backbone import compile_model
from framepick.encoding.openvino_library import InferRequest, Model, Node, op
from framepick.encoding.vectors import filled, spans
from framepick.model.card import Card, read_card
from framepick.types import Pixels, Vectors

ROWS_AT_ONCE = 64
AESTHETIC = 2  # place among the outputs of a graph
_MAP_AXES = (2, 3)


class Judged(NamedTuple):
    """What a head says of averages."""

    aesthetic: Vectors
    """(N, D) aesthetic vectors."""
    deductions: Vectors
    """(N, K) what each fault takes off the beauty, in points; K is 0 for a head without faults."""


class CutNetwork:
    """The network of a checkpoint in OpenVINO, cut at its averages."""

    def __init__(self, weights: Path) -> None:
        """Load the graph of `weights` in its own precision.

        Raises
        ------
        WeightsError
            A file is missing or damaged, or the graph cannot be made.
        """
        self.card: Card = read_card(weights)
        graph = load_graph(weights, self.card, self.card.graph_precision)
        maps, head = cut(graph, self.card.view.size)
        self._maps = _compiled(maps)
        self._head = _compiled(head)
        self._count = len(maps.outputs)
        self._has_faults = len(head.outputs) > 1

    def maps(self, view: Pixels) -> list[Vectors]:
        """Give all maps (C, H, W) that are averaged, of a view (S, S, 3)."""
        found = self._maps.infer([view[None]])
        return [np.array(found[place][0], np.float32) for place in range(self._count)]

    def judge(self, averages: Sequence[Vectors]) -> Judged:
        """Judge averages (N, C) of each of the maps."""
        rows = len(averages[0])
        parts = [self._judge_some([one[span] for one in averages]) for span in _spans(rows)]
        return Judged(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _judge_some(self, averages: Sequence[Vectors]) -> Judged:
        rows = len(averages[0])
        found = self._head.infer([filled(one, ROWS_AT_ONCE) for one in averages])
        deductions = found[1][:rows] if self._has_faults else np.empty((rows, 0), np.float32)
        return Judged(np.array(found[0][:rows]), np.array(deductions))


def cut(graph: Model, side: int) -> tuple[Model, Model]:
    """Cut a graph, as `load_graph` gives it, at the averages of its maps.

    The first part gives the maps of one view of `side` pixels; the second takes their averages,
    `ROWS_AT_ONCE` rows, and gives aesthetic vectors and, where the head knows faults, deductions.
    """
    front = graph.clone()
    front.reshape([1, side, side, 3])
    names = [node.get_friendly_name() for node in _averages(front)]
    maps = [op.result(node.input_value(0)) for node in _averages(front)]
    return Model(maps, front.get_parameters(), "maps"), _second(graph.clone(), names, side)


def _second(graph: Model, names: Sequence[str], side: int) -> Model:
    graph.reshape([ROWS_AT_ONCE, side, side, 3])
    nodes = {node.get_friendly_name(): node for node in _averages(graph)}
    parameters = [_replaced(nodes[name]) for name in names]
    results = [graph.get_results()[AESTHETIC]]
    if (deductions := _deductions(graph)) is not None:
        results.append(op.result(deductions.output(0)))
    return Model(results, parameters, "head of averages")


def _replaced(node: Node) -> Node:
    """Put a parameter in the place of an average."""
    parameter = op.parameter(list(node.get_output_shape(0)), np.float32)
    for target in node.output(0).get_target_inputs():
        target.replace_source_output(parameter.output(0))
    return parameter


def _averages(graph: Model) -> list[Node]:
    """The nodes that average maps over the picture."""
    return [node for node in graph.get_ordered_ops() if _is_average(node)]


def _is_average(node: Node) -> bool:
    if node.get_type_name() != "ReduceMean" or len(node.get_input_partial_shape(0)) != 4:
        return False
    axes = node.input_value(1).get_node().data.ravel()
    return sorted(int(axis) % 4 for axis in axes) == list(_MAP_AXES)


def _deductions(graph: Model) -> Node | None:
    """The node with what each fault costs; None for a head that knows no faults.

    A radial head has two softplus nodes, that of the faults before that of the whole.
    """
    found = [node for node in graph.get_ordered_ops() if node.get_type_name() == "SoftPlus"]
    if len(found) != 2:
        return None
    faults = found[0]
    targets = [target.get_node() for target in faults.output(0).get_target_inputs()]
    costs = [node for node in targets if node.get_type_name() == "Multiply"]
    return costs[0] if costs else faults  # a cost of 1 is left out of the graph


def _spans(rows: int) -> list[slice]:
    return list(spans(rows, ROWS_AT_ONCE))


def _compiled(graph: Model) -> InferRequest:
    return compile_model(graph, "f32", threads=1).create_infer_request()
