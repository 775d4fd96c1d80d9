"""What may decode a video on this machine: processor threads, and devices beside them.

This module imports no libav: what opens files stays in the decoder process.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

DEVICES = ("cuda", "videotoolbox", "vaapi")
"""Devices, in the order in which they are tried."""
HWACCELS = ("auto", "off", *DEVICES)
"""What a user may ask for."""
MOST_THREADS = 16
"""More make no decoder of libavcodec faster."""
_THREADS_PER_CORE = 3
"""While pictures are scaled, the next ones are decoded, on every core."""


def usual_threads() -> int:
    """Decoder threads that keep busy the cores which this process may use."""
    return min(MOST_THREADS, _THREADS_PER_CORE * cores())


def cores() -> int:
    """Cores that this process may use."""
    has_affinity = hasattr(os, "sched_getaffinity")
    return len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1


def to_try(choice: str) -> tuple[str, ...]:
    """Give the devices to try for `choice`, one of `HWACCELS`; for 'auto' those with a driver."""
    if choice == "auto":
        return tuple(name for name in DEVICES if _may_be_here(name))
    return (choice,) if choice in DEVICES else ()


def _may_be_here(device: str) -> bool:
    """Look for the driver's files: to load it would take far longer."""
    match device:
        case "cuda":
            return any(Path(sign).exists() for sign in ("/dev/nvidiactl", "/dev/dxg"))
        case "vaapi":
            return any(Path("/dev/dri").glob("renderD*"))
    return sys.platform == "darwin"
