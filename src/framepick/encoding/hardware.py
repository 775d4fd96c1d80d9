"""Which device torch runs on, and in which precision and batches it does so best."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch

from framepick.errors import UsageError


@dataclass(frozen=True, slots=True)
class Runtime:
    """How a network runs."""

    device: torch.device
    precision: torch.dtype
    """Of the backbone; the head always runs in fp32."""
    batch_size: int

    @property
    def name(self) -> str:
        """Precision and class of device; vectors of equal names compare."""
        return f"{str(self.precision).removeprefix('torch.')}-{self.device.type}"


def choose_runtime(device: str) -> Runtime:
    """Runtime for `device`, where auto takes the first of cuda, mps and cpu that is there.

    Raises UsageError, with what is available, for any other device.
    """
    available = available_devices()
    name = {"auto": available[0], "cuda": "cuda:0"}.get(device, device)
    if name not in available:
        raise UsageError(f"device {device!r} is not available; choose auto, {', '.join(available)}")
    chosen = torch.device(name)
    return Runtime(chosen, _precision(chosen), 8 if chosen.type == "cpu" else 32)


def available_devices() -> list[str]:
    """Names of the devices of this machine, best first."""
    cuda = [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    mps = ["mps"] if torch.backends.mps.is_available() else []
    return [*cuda, *mps, "cpu"]


def leave_a_core() -> None:
    """Let torch use all cores but one: the decoder has that.

    Threads that wait for each other spin; with one too many for the cores, a batch of views took
    twenty times as long as on a single thread.
    """
    there = (
        os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    )
    torch.set_num_threads(min(torch.get_num_threads(), max(1, len(there) - 1)))


def _precision(device: torch.device) -> torch.dtype:
    """Half-width arithmetic where the hardware has it, since scores keep their order in it."""
    if device.type == "cuda":
        fast = torch.cuda.is_bf16_supported(including_emulation=False)
    elif device.type == "cpu":
        known = torch.cpu.get_capabilities()
        fast = bool(known.get("avx512_bf16") or known.get("amx_bf16"))
    else:
        fast = False
    return torch.bfloat16 if fast else torch.float32
