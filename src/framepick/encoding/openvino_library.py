"""Loads OpenVINO with its telemetry off; the only place that imports it.

Importing this raises ImportError where openvino is not installed or does not fit the machine.
"""

from __future__ import annotations

from framepick.encoding.telemetry import without_telemetry

with without_telemetry():
    from openvino import (
        CompiledModel,
        Core,
        InferRequest,
        Model,
        Node,
        convert_model,
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
    "op",
    "save_model",
]
