"""The values of a checkpoint as arrays, for runtimes that know no torch."""

from __future__ import annotations

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


class Values:
    """What a safetensors file holds, handed out by name and shape."""

    def __init__(self, path: Path) -> None:
        """Read `path`; raises WeightsError where it is missing, too large or damaged."""
        self._path = path
        try:
            self._found: dict[str, dict[str, Any]] = dict(deserialize(read_values(path)))  # type: ignore[no-untyped-call]
        except SafetensorError as error:
            raise WeightsError(f"cannot read weights {path}: {error}; {WAY_OUT}") from error

    def take(self, name: str, *shape: int) -> Vectors:
        """Give the floats `name` as fp32, to be taken once.

        Raises WeightsError where there are none of that name, of another shape or kind, or not
        finite ones.
        """
        found = self._pop(name)
        if tuple(found["shape"]) != shape or found["dtype"] not in _KINDS:
            raise WeightsError(
                f"{name} in weights {self._path} is {tuple(found['shape'])} {found['dtype']}, its "
                f"card asks for {shape} of {' or '.join(_KINDS)}; {WAY_OUT}"
            )
        values = _as_fp32(np.frombuffer(found["data"], _KINDS[found["dtype"]])).reshape(shape)
        if not np.isfinite(values).all():
            raise WeightsError(f"{name} in weights {self._path} is not finite; {WAY_OUT}")
        return values

    def take_variance(self, name: str, channels: int) -> Vectors:
        """As `take`; raises WeightsError where a value falls below 0, too."""
        values = self.take(name, channels)
        if np.any(values < 0):
            raise WeightsError(f"{name} in weights {self._path} falls below 0; {WAY_OUT}")
        return values

    def skip(self, name: str) -> None:
        """Pass over values that are not needed, whatever they are; they must be there."""
        self._pop(name)

    def check_all_taken(self) -> None:
        """Raise WeightsError where the file holds more than was asked for."""
        if self._found:
            raise WeightsError(
                f"weights {self._path} have a stray {min(self._found)[:80]!r} against its card; "
                f"{WAY_OUT}"
            )

    def _pop(self, name: str) -> dict[str, Any]:
        if name not in self._found:
            raise WeightsError(
                f"weights {self._path} lack a {name[:80]!r} against its card; {WAY_OUT}"
            )
        return self._found.pop(name)


def read_values(path: Path) -> bytes:
    """Give a file of weights; raises WeightsError where it is missing or too large."""
    if not path.is_file():
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
