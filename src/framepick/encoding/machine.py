"""What the machine has, asked without loading a runtime."""

from __future__ import annotations

import ctypes
import os
import platform
import sys

_CUDA_LIBRARIES = {"linux": "libcuda.so.1", "win32": "nvcuda.dll"}
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # numbers of glibc's mallopt
_LARGEST_KEPT = 1 << 30


def may_have_gpu() -> bool:
    """Whether torch may find a GPU here: if not, there is no need to load it and ask."""
    if sys.platform == "darwin":
        return platform.machine() == "arm64"
    if os.path.exists("/dev/kfd"):  # AMD's
        return True
    try:
        ctypes.CDLL(_CUDA_LIBRARIES.get(sys.platform, ""))
    except OSError:
        return False
    return sys.platform in _CUDA_LIBRARIES


def cores() -> int:
    """Cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def free_cores() -> int:
    """Cores for threads that wait for each other: all but one, which the decoder has.

    Such threads spin; with one too many for the cores, a batch of views took twenty times as long
    as on a single thread.
    """
    return max(1, cores() - 1)


def keep_freed_memory() -> bool:
    """Have the C library keep large freed blocks for their next use; gives whether it does.

    By default glibc gives them back to the system, which clears every page when it is asked for
    again: feature maps of each layer cost more that way than many a convolution. Does nothing
    where the C library is another, or the user has set its thresholds.
    """
    if platform.libc_ver()[0] != "glibc" or any(
        name in os.environ for name in ("MALLOC_MMAP_THRESHOLD_", "MALLOC_TRIM_THRESHOLD_")
    ):
        return False
    set_option = ctypes.CDLL(None).mallopt
    return all(
        set_option(option, _LARGEST_KEPT) == 1 for option in (_M_MMAP_THRESHOLD, _M_TRIM_THRESHOLD)
    )
