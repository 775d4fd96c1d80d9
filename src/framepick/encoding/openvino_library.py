"""Loads OpenVINO with its telemetry off; the only place that imports it.

Importing this raises ImportError where openvino is not installed or does not fit the machine.

As it is, openvino sends an event to an analytics service whenever it is imported, and leaves an id
in the home folder. It does so through a package of its own that it can do without, and that is
hidden from it here.
"""

from __future__ import annotations

import sys
from types import ModuleType

_TELEMETRY = "openvino_telemetry"
_modules: dict[str, ModuleType | None] = sys.modules  # type: ignore[assignment]
_before = _modules.get(_TELEMETRY)
_modules[_TELEMETRY] = None  # importing it now fails
try:
    from openvino import CompiledModel, Core, InferRequest, Model, convert_model, save_model
    from openvino import opset13 as op
finally:
    del _modules[_TELEMETRY]
    if _before is not None:
        _modules[_TELEMETRY] = _before

__all__ = ["CompiledModel", "Core", "InferRequest", "Model", "convert_model", "op", "save_model"]
