"""Post-training quantisation by NNCF: the convolutions of a graph compute in int8."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Sequence
from contextlib import redirect_stdout
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framepick.encoding.openvino_library import Model, Node
from framepick.encoding.telemetry import without_telemetry
from framepick.extras import require_extra

CONVOLUTIONS = frozenset(["Convolution", "GroupConvolution"])
VIEWS_AT_A_TIME = 4
CONVOLUTIONS_FOR_EACH_IN_FP32 = 20
"""Of so many convolutions one stays in fp32, counted from the first on. These cost little, and what
is rounded in them is amplified by all that follow."""


def quantise(graph: Model, views: NDArray[np.uint8]) -> Model:
    """Quantise the convolutions of `graph` for the ranges that `views` (N, S, S, 3) give.

    The first few stay in fp32, and so does what comes behind the convolutions: statistics of
    feature maps and the head.

    Raises UsageError where NNCF is not installed.
    """
    require_extra("training", "an int8 graph")
    nncf = _load_nncf()
    convolutions = [n for n in graph.get_ordered_ops() if n.get_type_name() in CONVOLUTIONS]
    first = convolutions[: len(convolutions) // CONVOLUTIONS_FOR_EACH_IN_FP32]
    in_fp32 = [node.get_friendly_name() for node in first] + _behind(convolutions, graph)
    parts = [views[at : at + VIEWS_AT_A_TIME] for at in range(0, len(views), VIEWS_AT_A_TIME)]
    with redirect_stdout(io.StringIO()):  # its progress bars, where only results may go
        quantised: Model = nncf.quantize(
            graph,
            nncf.Dataset(parts),
            preset=nncf.QuantizationPreset.MIXED,
            subset_size=len(parts),
            ignored_scope=nncf.IgnoredScope(names=in_fp32),
        )
    del quantised.rt_info["nncf"]  # the settings above, at length
    return quantised


def _load_nncf() -> Any:
    """Import NNCF, with its telemetry and its talk off."""
    for package in ("nncf", "torch.utils.cpp_extension"):  # which NNCF loads
        logging.getLogger(package).setLevel(logging.ERROR)
    with without_telemetry(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import nncf
    nncf.set_log_level(logging.ERROR)
    return nncf


def _behind(convolutions: Sequence[Node], graph: Model) -> list[str]:
    """Names of the operations whose results reach no convolution."""
    before: set[str] = set()
    waiting = list(convolutions)
    while waiting:
        node = waiting.pop()
        if node.get_friendly_name() not in before:
            before.add(node.get_friendly_name())
            waiting += _inputs(node)
    return [
        node.get_friendly_name()
        for node in graph.get_ops()
        if node.get_friendly_name() not in before
        and node.get_type_name() not in {"Constant", "Result"}
    ]


def _inputs(node: Node) -> list[Node]:
    return [port.get_source_output().get_node() for port in node.inputs()]
