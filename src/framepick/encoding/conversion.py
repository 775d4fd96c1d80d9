"""From a network in torch to its OpenVINO graph, by OpenVINO's own converter."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from framepick.encoding.graph import graph_paths, seal
from framepick.encoding.openvino_library import Model, convert_model, op, save_model
from framepick.encoding.values import read_values
from framepick.encoding.vectors import check_views
from framepick.files import whole_file
from framepick.model.card import write_card
from framepick.model.checkpoint import load_checkpoint
from framepick.model.networks import Network


class _WithDescription(nn.Module):
    """A network that also gives the inputs of its head."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, views: Tensor) -> tuple[Tensor, ...]:
        described = self.network.extract_features(views)
        return (*described, *self.network.head(*described))


def convert(network: Network, side: int) -> Model:
    """Convert a network on views of `side` pixels, as `graph.load_graph` gives it."""
    example = torch.zeros((2, side, side, 3), dtype=torch.uint8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about tracing, and that sizes become constants: they may
        return convert_model(
            _WithDescription(network), example_input=example, input=[-1, side, side, 3]
        )


def write_graph(weights: Path, calibration_views: NDArray[np.uint8] | None = None) -> None:
    """Write the graph of `weights` beside them, and its hash and precision to their card.

    With `calibration_views` (N, S, S, 3), some hundred of the kind that will be scored, the
    convolutions of the graph compute in int8; without, all of it computes in float32.

    Raises
    ------
    WeightsError, OutputError
        The weights cannot be read; a file cannot be written.
    UsageError
        There are calibration views, and NNCF, which quantises, is not installed.
    ValueError
        The calibration views are of another size than the card says.
    """
    network, card = load_checkpoint(weights)
    model = convert(network, card.view.size)
    precision = "float32"
    if calibration_views is not None:
        from framepick.encoding.quantisation import quantise

        check_views(calibration_views, card.view)
        model, precision = quantise(model, calibration_views), "int8"
    _take_out(model, network)
    _name_in_order(model)
    # so that a half-written graph counts for nothing
    write_card(replace(card, graph="", graph_precision="float32"), weights)
    with TemporaryDirectory() as folder:
        save_model(model, Path(folder) / "graph.xml", compress_to_fp16=False)
        parts = [path.read_bytes() for path in graph_paths(Path(folder) / "graph")]
    for path, content in zip(graph_paths(weights), parts, strict=True):
        with whole_file(path) as partial:
            partial.write_bytes(content)
    sealed = seal(read_values(weights), *parts)
    write_card(replace(card, graph=sealed, graph_precision=precision), weights)


def _take_out(model: Model, network: Network) -> None:
    """Replace constants that hold a tensor of `network` by parameters of its name."""
    names = {_bytes(values): name for name, values in network.state_dict().items()}
    taken = set()
    for node in model.get_ops():
        name = names.get(node.data.tobytes()) if node.get_type_name() == "Constant" else None
        if name is None or name in taken or node.data.size == 1:
            continue
        taken.add(name)
        parameter = op.parameter(list(node.data.shape), np.float32, name=name)
        for target in node.output(0).get_target_inputs():
            target.replace_source_output(parameter.output(0))
        model.add_parameters([parameter])


def _name_in_order(model: Model) -> None:
    """Name all but the tensors by place, so that the same network gives the same file."""
    model.set_friendly_name("network")
    for place, node in enumerate(model.get_ordered_ops()):
        if node.get_type_name() != "Parameter":
            node.set_friendly_name(f"{node.get_type_name()}_{place}")


def _bytes(values: Tensor) -> bytes:
    return values.float().numpy().tobytes()
