"""The values of a checkpoint as arrays, for runtimes that know no torch."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, deserialize

from framepick.errors import WeightsError
from framepick.types import Vectors

WAY_OUT = "restore the file that came with its card"
MOST_BYTES = 1 << 30
_KINDS: dict[str, np.dtype[Any]] = {
    "F16": np.dtype("<f2"),
    "BF16": np.dtype("<u2"),
    "F32": np.dtype("<f4"),
}


def to_arrays(path: Path, content: bytes) -> dict[str, Vectors]:
    """Give the floats in a safetensors file, as float32, by name.

    Raises WeightsError, which names `path`, where it is damaged.
    """
    try:
        found: dict[str, dict[str, Any]] = dict(deserialize(content))  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        raise WeightsError(f"cannot read weights {path}: {error}; {WAY_OUT}") from error
    return {
        name: _as_fp32(np.frombuffer(one["data"], _KINDS[one["dtype"]])).reshape(one["shape"])
        for name, one in found.items()
        if one["dtype"] in _KINDS
    }


def read_values(path: Path) -> bytes:
    """Give a file of weights; raises WeightsError where it is missing or too large."""
    if not os.path.isfile(path):
        raise WeightsError(f"no weights at {path}; check the path")
    try:
        if path.stat().st_size > MOST_BYTES:
            raise WeightsError(f"weights {path} are larger than any network here; {WAY_OUT}")
        return path.read_bytes()
    except OSError as error:
        raise WeightsError(f"cannot read weights {path}: {error}; {WAY_OUT}") from error


def _as_fp32(values: NDArray[np.generic]) -> Vectors:
    if values.dtype.kind == "u":  # bf16 is the upper half of fp32
        return (values.astype(np.uint32) << np.uint32(16)).view(np.float32)
    return values.astype(np.float32)
