"""Which runtime encodes, on which device and in which precision."""

from __future__ import annotations

import re
from dataclasses import dataclass

from framepick.encoding.machine import may_have_gpu
from framepick.errors import UsageError
from framepick.extras import install_command, is_installed, require_extra
from framepick.model.card import default_weights, read_card

RUNTIMES = ("auto", "openvino", "torch")
PRECISIONS = ("auto", "float32", "bfloat16")
_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+)?", re.ASCII)
INSTALL_OPENVINO = "pip install openvino"


@dataclass(frozen=True, slots=True)
class RuntimeInfo:
    """One way to encode on this machine."""

    name: str
    """Name of the library: openvino or torch."""
    device: str
    """Such as cpu, mps or cuda:0."""
    precision: str
    """Precision in which the shipped weights run by default: float32, bfloat16 or int8."""
    is_chosen: bool
    """Whether this one is taken where nothing is asked for."""


def available_runtimes() -> list[RuntimeInfo]:
    """All ways to encode here, best first; loads torch only where there may be a GPU.

    Raises WeightsError where the shipped weights are not there.
    """
    gpus = _gpus()
    shipped = read_card(default_weights()).graph_precision
    cpus = [("openvino", "cpu", shipped)] if is_installed("openvino") else []
    cpus += [("torch", "cpu", "float32")] if is_installed("torch") else []
    return [
        RuntimeInfo(name, device, precision, is_chosen=place == 0)
        for place, (name, device, precision) in enumerate([*gpus, *cpus])
    ]


def choose_library(runtime: str, device: str, precision: str) -> str:
    """Give openvino or torch, for what a user asks for.

    Raises UsageError for names that are not known, and for a runtime that is not installed or
    does not run on the device.
    """
    for what, word, known in (
        ("runtime", runtime, RUNTIMES),
        ("precision", precision, PRECISIONS),
    ):
        if word not in known:
            raise UsageError(f"no {what} {word!r}; choose {', '.join(known)}")
    if not _DEVICE.fullmatch(device):
        raise UsageError(f"no device {device!r}; choose auto, cuda, mps, cpu")
    if runtime == "openvino":
        _check_openvino(device)
        return "openvino"
    is_torch = runtime == "torch" or device not in {"auto", "cpu"}
    if not is_torch and is_installed("openvino") and not (device == "auto" and _gpus()):
        return "openvino"
    require_extra("gpu", f"device {device}" if runtime == "auto" else "runtime torch")
    return "torch"


def advice() -> str | None:
    """What to install so that this machine encodes faster, or None."""
    if may_have_gpu() and not is_installed("torch"):
        return f"this machine seems to have a GPU; to use it: {install_command('gpu')}"
    return None


def _check_openvino(device: str) -> None:
    if device not in {"auto", "cpu"}:
        raise UsageError(f"runtime openvino runs on the cpu, not on {device!r}; choose torch")
    if not is_installed("openvino"):
        raise UsageError(f"runtime openvino is not installed; {INSTALL_OPENVINO}, or choose torch")


def _gpus() -> list[tuple[str, str, str]]:
    """Library, device and precision of each GPU that torch knows."""
    if not (is_installed("torch") and may_have_gpu()):
        return []
    from framepick.encoding.hardware import available_devices, choose_runtime

    found = [device for device in available_devices() if device != "cpu"]
    return [
        ("torch", device, str(choose_runtime(device).precision).removeprefix("torch."))
        for device in found
    ]
