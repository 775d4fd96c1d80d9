"""Reads tensors from untrusted files.

What a file holds is held against names, shapes and kinds that are known beforehand; of a
safetensors file that happens before memory is taken for any tensor.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from framepick.errors import WeightsError

_FLOATS, _COUNTS = ("F16", "BF16", "F32"), ("I64",)
_KINDS = {torch.float16: "F16", torch.bfloat16: "BF16", torch.float32: "F32", torch.int64: "I64"}
_PICKLES = (".pt", ".pth")


@dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """The tensors that a file has to hold."""

    tensors: Mapping[str, Tensor]
    """Tensors of the right shape and kind by name, whose values do not matter: meta ones do."""
    against: str
    """What defines them, for messages, such as "its card"."""
    way_out: str
    optional: Set[str] = frozenset()
    """Names that the file may lack."""


def read_tensors(path: Path, expected: Expected) -> dict[str, Tensor]:
    """Read what `path` holds, floats as fp32, counts as int64; a copy, safe from later writes.

    Reads safetensors, and torch's own format where the name ends in .pt or .pth.
    Raises WeightsError if the file is missing or damaged, or holds anything else than is expected
    or values that are not finite.
    """
    if not path.is_file():
        raise WeightsError(f"no weights at {path}; check the path")
    read = _read_pickle if path.suffix in _PICKLES else _read_safetensors
    tensors = read(path, expected)
    for name, values in tensors.items():
        _check_values(path, name, values, expected)
    return tensors


def check_tensors(path: Path, found: object, expected: Expected) -> dict[str, Tensor]:
    """Hold a state dict that came from `path` against `expected`; gives what `read_tensors` does.

    Raises WeightsError as it does.
    """
    if not isinstance(found, dict) or not all(
        isinstance(name, str) and isinstance(values, Tensor) for name, values in found.items()
    ):
        raise WeightsError(f"weights {path} are no tensors by name; {expected.way_out}")
    names = _check_names(path, set(found), expected)
    for name in names:
        values = found[name]
        kind = _KINDS.get(values.dtype, str(values.dtype))
        _check_shape(path, name, (tuple(values.shape), kind), expected)
    return {name: _own(found[name]) for name in names}


def _read_safetensors(path: Path, expected: Expected) -> dict[str, Tensor]:
    try:
        with safe_open(path, framework="pt") as file:
            names = _check_names(path, set(file.keys()), expected)
            for name in names:
                header = file.get_slice(name)
                shape_and_kind = (tuple(header.get_shape()), header.get_dtype())
                _check_shape(path, name, shape_and_kind, expected)
            return {name: _own(file.get_tensor(name)) for name in names}
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"cannot read weights {path}: {error}; {expected.way_out}") from error


def _read_pickle(path: Path, expected: Expected) -> dict[str, Tensor]:
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, KeyError, pickle.PickleError) as error:
        reason = " ".join(str(error).split())[:200]
        raise WeightsError(f"cannot read weights {path}: {reason}; {expected.way_out}") from error
    return check_tensors(path, found, expected)


def _own(values: Tensor) -> Tensor:
    kind = torch.float32 if values.is_floating_point() else torch.int64
    return values.detach().to(kind, copy=True)  # what stays mapped would change with the file


def _check_names(path: Path, found: Set[str], expected: Expected) -> list[str]:
    lacking = set(expected.tensors) - found - expected.optional
    for what, names in (("lack", lacking), ("have a stray", found - set(expected.tensors))):
        if names:
            raise WeightsError(
                f"weights {path} {what} {min(names)[:80]!r} against {expected.against}; "
                f"{expected.way_out}"
            )
    return [name for name in expected.tensors if name in found]


def _check_shape(
    path: Path, name: str, found: tuple[tuple[int, ...], str], expected: Expected
) -> None:
    like = expected.tensors[name]
    kinds = _FLOATS if like.is_floating_point() else _COUNTS
    if found[0] != tuple(like.shape) or found[1] not in kinds:
        raise WeightsError(
            f"{name} in weights {path} is {found[0]} {found[1]}, {expected.against} asks for "
            f"{tuple(like.shape)} of {' or '.join(kinds)}; {expected.way_out}"
        )


def _check_values(path: Path, name: str, values: Tensor, expected: Expected) -> None:
    if not values.isfinite().all():
        raise WeightsError(f"{name} in weights {path} is not finite; {expected.way_out}")
    if name.endswith("running_var") and (values < 0).any():
        raise WeightsError(f"{name} in weights {path} falls below 0; {expected.way_out}")
