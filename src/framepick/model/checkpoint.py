"""Weights on disk: a safetensors file and its card, written and read together.

Files are untrusted. The card says which network to expect; the header of the weights is
held against that network's tensor names and shapes before memory is taken for any of them.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save
from torch import Tensor

from framepick.errors import WeightsError
from framepick.files import whole_file
from framepick.model.card import Architecture, Card, read_card, write_card
from framepick.model.networks import Network
from framepick.model.tensors import Expected, read_tensors

CLASSIFIER = "head.appeal.classifier.weight"
WAY_OUT = "restore the file that came with its card"


def load_checkpoint(path: Path) -> tuple[Network, Card]:
    """Read weights and their card; the network comes on the CPU, in fp32, ready to infer.

    Raises WeightsError if either file is missing or damaged, or if they do not fit together.
    """
    card = read_card(path)
    network = _empty_network(path, card.architecture)
    expected = Expected(network.state_dict(), "its card", WAY_OUT)
    network.load_state_dict(read_tensors(path, expected), assign=True)
    network.eval().requires_grad_(False)
    return network, card


def save_checkpoint(path: Path, network: Network, card: Card) -> None:
    """Write `path` (.safetensors) and its card.

    The backbone is stored in bf16, which is what fast hardware computes in, so that a network
    whose values were rounded before its head was fitted is the same in either precision; so is its
    classifier, for its size. Batch norm and the rest of the heads are stored in fp32.
    Raises OutputError where a file cannot be written.
    """
    with whole_file(path) as partial:
        partial.write_bytes(save(_storable(network)))
    write_card(card, path)


def _storable(network: Network) -> dict[str, Tensor]:
    exact = {f"backbone.{name}" for name in network.backbone.exact_names()}

    def kind(name: str, values: Tensor) -> torch.dtype:
        if not values.is_floating_point():
            return values.dtype
        is_rounded = (name.startswith("backbone.") and name not in exact) or name == CLASSIFIER
        return torch.bfloat16 if is_rounded else torch.float32

    return {
        name: values.detach().to("cpu", kind(name, values)).contiguous()
        for name, values in network.state_dict().items()
    }


def _empty_network(path: Path, architecture: Architecture) -> Network:
    try:
        with torch.device("meta"):  # shapes without memory
            return Network(architecture)
    except ValueError as error:
        raise WeightsError(f"card of {path} is wrong: {error}; {WAY_OUT}") from error
