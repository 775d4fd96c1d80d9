"""The network of a checkpoint as an OpenVINO graph: an .xml and a .bin file beside the weights.

The graph takes the weights by name from the safetensors file, so that both runtimes read one file
of them; the .bin holds the few other constants and, where the graph computes in int8, the quantised
weights of its convolutions. A hash on the card ties the files together.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from framepick.encoding.openvino_library import Model, core, op
from framepick.encoding.values import WAY_OUT, read_values, to_arrays
from framepick.errors import WeightsError
from framepick.extras import install_command, is_installed
from framepick.model.card import Card

DESCRIBED = 2  # outputs of the backbone, before those of the head


def load_graph(weights: Path, card: Card, precision: str = "float32") -> Model:
    """Load the graph of `precision`, float32 or int8, that lies beside `weights`.

    Where there is none, the network is converted; that gives float32 only.

    The graph takes views (N, S, S, 3) uint8 and gives pooled features (N, F), statistics (N, S'),
    aesthetic (N, D) and content (N, C) vectors, all float32.

    Raises
    ------
    WeightsError
        A file is missing or damaged, the files do not belong together, or there is no such graph
        and no way to make one.
    """
    is_there = bool(card.graph) and all(path.is_file() for path in graph_paths(weights))
    if is_there and card.graph_precision == precision:
        return _read_graph(weights, card)
    _check_convertible(weights, precision, is_there=is_there)
    from framepick.encoding.conversion import convert
    from framepick.model.checkpoint import load_checkpoint

    network, _ = load_checkpoint(weights)
    return convert(network, card.view.size)


def graph_paths(weights: Path) -> tuple[Path, Path]:
    """Where the graph of `weights` and its constants lie."""
    return weights.with_suffix(".xml"), weights.with_suffix(".bin")


def seal_of(weights: Path) -> str:
    """Give the seal of the files as they lie there; of those without a graph, an empty text."""
    if not all(path.is_file() for path in graph_paths(weights)):
        return ""
    return seal(read_values(weights), *(path.read_bytes() for path in graph_paths(weights)))


def seal(weights: bytes, graph: bytes, constants: bytes) -> str:
    """A hash that tells whether the three files belong together."""
    digests = (hashlib.sha256(part).digest() for part in (weights, graph, constants))
    return hashlib.sha256(b"".join(digests)).hexdigest()


def split(graph: Model, views: int, rows: int) -> tuple[Model, Model]:
    """Give backbone and head of a graph, for that many views and rows at once.

    The backbone gives pooled features and statistics of views; the head takes these and gives
    aesthetic and content vectors.
    """
    return _backbone(graph.clone(), views), _head(graph, rows)


def _check_convertible(weights: Path, precision: str, *, is_there: bool) -> None:
    """Raise WeightsError, with the way out, where there is no graph and none can be made."""
    if precision == "int8":
        raise WeightsError(
            f"weights {weights} lack their int8 graph (.xml, .bin); restore it, or choose "
            "precision float32"
        )
    if is_installed("torch"):
        return
    convert = f"to convert the weights: {install_command('gpu')}"
    if is_there:
        raise WeightsError(
            f"weights {weights} have a graph in int8 only; choose precision auto, or {convert}"
        )
    raise WeightsError(
        f"weights {weights} lack their OpenVINO graph (.xml, .bin); restore it, or {convert}"
    )


def _backbone(graph: Model, views: int) -> Model:
    graph.reshape([views, *_view_shape(graph)])
    return Model(graph.get_results()[:DESCRIBED], graph.get_parameters(), "backbone")


def _head(graph: Model, rows: int) -> Model:
    graph.reshape([rows, *_view_shape(graph)])
    parameters = []
    for result in graph.get_results()[:DESCRIBED]:
        described = result.input_value(0)
        parameter = op.parameter(list(described.get_shape()), np.float32)
        for target in described.get_target_inputs():
            target.replace_source_output(parameter.output(0))
        parameters.append(parameter)
    return Model(graph.get_results()[DESCRIBED:], parameters, "head")


def _view_shape(graph: Model) -> list[int]:
    return [size.get_length() for size in list(graph.input(0).get_partial_shape())[1:]]


def _read_graph(weights: Path, card: Card) -> Model:
    stored = read_values(weights)
    graph, constants = (path.read_bytes() for path in graph_paths(weights))
    if seal(stored, graph, constants) != card.graph:
        raise WeightsError(f"weights {weights}, their card and their graph differ; {WAY_OUT}")
    model = core().read_model(graph, constants)
    arrays = to_arrays(weights, stored)
    for parameter in model.get_parameters()[1:]:  # the first one takes the views
        values = arrays[parameter.get_friendly_name()].reshape(parameter.get_shape())
        for target in parameter.output(0).get_target_inputs():
            target.replace_source_output(op.constant(values).output(0))
        model.remove_parameter(parameter)
    return model
