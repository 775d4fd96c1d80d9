"""Loads OpenVINO with its telemetry off; the only place that imports it.

Importing this raises ImportError where openvino is not installed or does not fit the machine.
"""

from __future__ import annotations

import threading
from functools import cache

from framepick.encoding.telemetry import without_telemetry

with without_telemetry():
    from openvino import (
        CompiledModel,
        Core,
        InferRequest,
        Model,
        Node,
        convert_model,
        get_version,
        save_model,
    )
    from openvino import opset13 as op

__all__ = [
    "CompiledModel",
    "Core",
    "InferRequest",
    "Model",
    "Node",
    "convert_model",
    "core",
    "library_version",
    "op",
    "save_model",
]


def core() -> Core:
    """Give the one core of this process; it may be asked for from several threads.

    With its first model a core gives the thread a stack for signals, and at its end it brings back
    the one it found. Of two cores that end in the order they began, the second brings back a stack
    that is gone, and the next signal, such as that of Ctrl-C, ends the process.
    """
    with _making:
        return _made()


def library_version() -> str:
    """Give the version and the build of OpenVINO."""
    return str(get_version())


_making = threading.Lock()
_made = cache(Core)
