"""Weights on disk: a safetensors file and its card, written and read together.

Files may come from strangers. The card says which network to expect; the header of the weights is
held against that network's tensor names and shapes before memory is taken for any of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from framepick.errors import WeightsError
from framepick.files import whole_file
from framepick.model.card import Architecture, Card, read_card, write_card
from framepick.model.networks import Network

WAY_OUT = "restore the file that came with its card"
_FLOATS = ("F16", "BF16", "F32")


def load_checkpoint(path: Path) -> tuple[Network, Card]:
    """Read weights and their card; the network comes on the CPU, in fp32, ready to infer.

    Raises WeightsError if either file is missing or damaged, or if they do not fit together.
    """
    card = read_card(path)
    network = _empty_network(path, card.architecture)
    expected = {name: tuple(values.shape) for name, values in network.state_dict().items()}
    network.load_state_dict(_read_tensors(path, expected), assign=True)
    network.eval().requires_grad_(False)
    return network, card


def save_checkpoint(path: Path, network: Network, card: Card) -> None:
    """Write `path` (.safetensors) and its card.

    The backbone is stored in bf16, which is what fast hardware computes in, so that a network
    whose values were rounded before its head was fitted is the same in either precision; the
    head is stored in fp32.
    Raises OutputError where a file cannot be written.
    """
    with whole_file(path) as partial:
        partial.write_bytes(save(_storable(network.state_dict())))
    write_card(card, path)


def _storable(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    def kind(name: str) -> torch.dtype:
        return torch.bfloat16 if name.startswith("backbone.") else torch.float32

    return {
        name: values.detach().to("cpu", kind(name)).contiguous() for name, values in state.items()
    }


def _empty_network(path: Path, architecture: Architecture) -> Network:
    try:
        with torch.device("meta"):  # shapes without memory
            return Network(architecture)
    except ValueError as error:
        raise WeightsError(f"card of {path} is wrong: {error}; {WAY_OUT}") from error


def _read_tensors(path: Path, expected: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    if not path.is_file():
        raise WeightsError(f"no weights at {path}; check the path")
    try:
        with safe_open(path, framework="pt") as file:
            _check_names(path, set(file.keys()), set(expected))
            for name, shape in expected.items():
                _check_shape(path, name, file.get_slice(name), shape)
            # a copy: what stays mapped would change with the file
            tensors = {
                name: file.get_tensor(name).to(torch.float32, copy=True) for name in expected
            }
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"cannot read weights {path}: {error}; {WAY_OUT}") from error
    _check_finite(path, tensors)
    return tensors


def _check_names(path: Path, found: set[str], expected: set[str]) -> None:
    for what, names in (("lack", expected - found), ("have a stray", found - expected)):
        if names:
            raise WeightsError(
                f"weights {path} {what} {min(names)[:80]!r} against their card; {WAY_OUT}"
            )


def _check_shape(path: Path, name: str, header: Any, expected: tuple[int, ...]) -> None:
    shape, kind = tuple(header.get_shape()), header.get_dtype()
    if shape != expected or kind not in _FLOATS:
        raise WeightsError(
            f"{name} in weights {path} is {shape} {kind}, "
            f"its card asks for {expected} of {' or '.join(_FLOATS)}; {WAY_OUT}"
        )


def _check_finite(path: Path, tensors: Mapping[str, Tensor]) -> None:
    for name, values in tensors.items():
        if not values.isfinite().all():
            raise WeightsError(f"{name} in weights {path} is not finite; {WAY_OUT}")
