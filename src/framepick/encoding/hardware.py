"""Which device torch runs on, and in which precision and batches it does so best."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from framepick.encoding.identity import TORCH_BATCHES
from framepick.encoding.machine import free_cores
from framepick.errors import UsageError

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
GPU_BATCH = 32


@dataclass(frozen=True, slots=True)
class Runtime:
    """How a network runs."""

    device: torch.device
    precision: torch.dtype
    """Precision of the backbone; the head always runs in fp32."""
    batch_size: int

    @property
    def name(self) -> str:
        """Precision and class of device; vectors of equal names compare."""
        return f"{_name(self.precision)}-{self.device.type}"


def choose_runtime(device: str) -> Runtime:
    """Runtime for `device`, where auto takes the first of cuda, mps and cpu that is there.

    It is the fastest one. Raises UsageError, with what is available, for any other device.
    """
    available = available_devices()
    name = {"auto": available[0], "cuda": "cuda:0"}.get(device, device)
    if name not in available:
        raise UsageError(f"device {device!r} is not available; choose auto, {', '.join(available)}")
    chosen = torch.device(name)
    return Runtime(chosen, _precision(chosen), 8 if chosen.type == "cpu" else GPU_BATCH)


def encoding_runtime(device: str, precision: str, batch_size: int | None) -> Runtime:
    """Runtime for scores; precision is auto, float32 or bfloat16.

    On a CPU, auto is float32: bfloat16 moves scores by more than they differ in still scenes.
    Raises UsageError as `choose_runtime` does.
    """
    fastest = choose_runtime(device)
    is_cpu = fastest.device.type == "cpu"
    auto = torch.float32 if is_cpu else fastest.precision
    kind = PRECISIONS.get(precision, auto)
    default = TORCH_BATCHES[_name(kind)] if is_cpu else GPU_BATCH
    return replace(fastest, precision=kind, batch_size=batch_size or default)


def available_devices() -> list[str]:
    """Names of the devices of this machine, best first."""
    cuda = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return [*cuda, *mps, "cpu"]


def use_threads(threads: int | None) -> None:
    """Let torch use so many threads of the CPU; None for all cores but one, the decoder's."""
    torch.set_num_threads(threads or min(torch.get_num_threads(), free_cores()))


def _name(precision: torch.dtype) -> str:
    return str(precision).removeprefix("torch.")


def _precision(device: torch.device) -> torch.dtype:
    """Half-width arithmetic where the hardware has it."""
    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    elif device.type == "cpu":
        known = torch.cpu.get_capabilities()
        fast = bool(known.get("avx512_bf16") or known.get("amx_bf16"))
    else:
        fast = False
    return torch.bfloat16 if fast else torch.float32
