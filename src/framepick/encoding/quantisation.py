"""Post-training quantisation by NNCF: the convolutions of a graph compute in int8."""

from __future__ import annotations

import io
import logging
import warnings
from contextlib import redirect_stdout

import numpy as np
from numpy.typing import NDArray

from framepick.encoding.openvino_library import Model, Node
from framepick.encoding.telemetry import without_telemetry
from framepick.extras import require_extra

CONVOLUTIONS = frozenset(["Convolution", "GroupConvolution"])
VIEWS_AT_A_TIME = 4


def quantise(graph: Model, views: NDArray[np.uint8]) -> Model:
    """Quantise the convolutions of `graph` for the ranges that `views` (N, S, S, 3) give.

    What comes behind the convolutions, statistics of feature maps and the head, stays in fp32.

    Raises UsageError where NNCF is not installed.
    """
    require_extra("training", "an int8 graph")
    for package in ("nncf", "torch.utils.cpp_extension"):  # which NNCF loads
        logging.getLogger(package).setLevel(logging.ERROR)
    with without_telemetry(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import nncf
    nncf.set_log_level(logging.ERROR)
    parts = [views[at : at + VIEWS_AT_A_TIME] for at in range(0, len(views), VIEWS_AT_A_TIME)]
    with redirect_stdout(io.StringIO()):  # its progress bars, where only results may go
        quantised: Model = nncf.quantize(
            graph,
            nncf.Dataset(parts),
            preset=nncf.QuantizationPreset.MIXED,
            subset_size=len(parts),
            ignored_scope=nncf.IgnoredScope(names=_behind_convolutions(graph)),
        )
    del quantised.rt_info["nncf"]  # the settings above, at length
    return quantised


def _behind_convolutions(graph: Model) -> list[str]:
    """Names of the operations whose results reach no convolution."""
    nodes = graph.get_ops()
    before: set[str] = set()
    waiting = [node for node in nodes if node.get_type_name() in CONVOLUTIONS]
    while waiting:
        node = waiting.pop()
        if node.get_friendly_name() not in before:
            before.add(node.get_friendly_name())
            waiting += _inputs(node)
    return [
        node.get_friendly_name()
        for node in nodes
        if node.get_friendly_name() not in before
        and node.get_type_name() not in {"Constant", "Result"}
    ]


def _inputs(node: Node) -> list[Node]:
    return [port.get_source_output().get_node() for port in node.inputs()]
