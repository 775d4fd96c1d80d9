"""Views in, vectors out: runtime, device, precision and batches are decided here only."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from framepick.encoding.identity import openvino_identity, torch_identity
from framepick.encoding.lazy import LazyEncoder
from framepick.encoding.machine import may_have_gpu
from framepick.encoding.runtimes import (
    INSTALL_OPENVINO,
    RuntimeInfo,
    advice,
    available_runtimes,
    choose_library,
)
from framepick.errors import UsageError
from framepick.model.card import Card, default_weights
from framepick.protocols import Encoder

__all__ = [
    "LazyEncoder",
    "LoadedEncoder",
    "RuntimeInfo",
    "advice",
    "available_runtimes",
    "load_encoder",
]


class LoadedEncoder(Encoder, Protocol):
    """An encoder that says what it is made of."""

    card: Card

    @property
    def runtime(self) -> str: ...


def load_encoder(
    weights: Path | None = None,
    device: str = "auto",
    *,
    runtime: str = "auto",
    precision: str = "auto",
    batch_size: int | None = None,
    threads: int | None = None,
    at_once: bool = True,
    kept: Path | None = None,
) -> LoadedEncoder:
    """Give an encoder: the shipped weights unless others are given, on the best there is.

    `device` is auto, cpu, mps, cuda or one such as cuda:1; `runtime` auto, openvino or torch;
    `precision` auto, float32 or bfloat16; auto is what suits the device, and for OpenVINO that of
    the graph beside the weights, which may be int8. A CPU takes OpenVINO where that is installed,
    which loads no torch. Without `batch_size` it is what suits the machine; `threads` encode on a
    CPU, None for as many as this process has cores. What runs on a CPU is loaded when it first
    encodes. Unless it is needed `at_once`, OpenVINO is believed to work where it is installed: to
    import it takes 0.2 s, longer than an answer from the cache. In the folder `kept` are networks
    that OpenVINO has compiled, for the next run.

    Raises
    ------
    UsageError
        A device or runtime is unknown or not there.
    WeightsError
        The weights cannot be used; some problems are found only when they are loaded.
    """
    library = choose_library(runtime, device, precision)
    if batch_size is not None and batch_size < 1:
        raise UsageError(f"batch size must be at least 1, not {batch_size}")
    if threads is not None and threads < 1:
        raise UsageError(f"threads must be at least 1, not {threads}")
    path = default_weights() if weights is None else weights
    if library == "openvino":
        try:
            if at_once or precision == "bfloat16":
                from framepick.encoding.openvino_encoder import check_precision

                check_precision(precision)
        except ImportError as error:
            if runtime == "openvino":
                raise _cannot_load(error) from error
        else:
            known = openvino_identity(path, precision, batch_size, threads)
            return LazyEncoder(known, lambda: _openvino(path, precision, batch_size, threads, kept))
    if device == "cpu" or (device == "auto" and not may_have_gpu()):
        known = torch_identity(path, precision, batch_size)
        return LazyEncoder(known, lambda: _torch(path, "cpu", precision, batch_size, threads))
    return _torch(path, device, precision, batch_size, threads)


def _openvino(
    weights: Path,
    precision: str,
    batch_size: int | None,
    threads: int | None,
    kept: Path | None,
) -> LoadedEncoder:
    try:
        from framepick.encoding.openvino_encoder import OpenVinoEncoder
    except ImportError as error:
        raise _cannot_load(error) from error
    return OpenVinoEncoder(weights, precision, batch_size, threads, kept)


def _torch(
    weights: Path, device: str, precision: str, batch_size: int | None, threads: int | None
) -> LoadedEncoder:
    from framepick.encoding.torch_encoder import TorchEncoder

    return TorchEncoder(weights, device, precision, batch_size, threads)


def _cannot_load(error: ImportError) -> UsageError:
    reason = " ".join(str(error).split())[:200]
    return UsageError(f"openvino cannot be loaded: {reason}; {INSTALL_OPENVINO}, or choose torch")
