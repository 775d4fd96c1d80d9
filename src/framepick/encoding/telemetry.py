"""Hides OpenVINO's telemetry from the packages that would send it.

As they are, openvino and nncf send an event to an analytics service whenever they are imported, and
leave an id in the home folder. They do so through a package of its own that they can do without.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

_TELEMETRY = "openvino_telemetry"


@contextmanager
def without_telemetry() -> Iterator[None]:
    """Make importing the telemetry package fail within the block."""
    modules: dict[str, ModuleType | None] = sys.modules  # type: ignore[assignment]
    before = modules.get(_TELEMETRY)
    modules[_TELEMETRY] = None
    try:
        yield
    finally:
        del modules[_TELEMETRY]
        if before is not None:
            modules[_TELEMETRY] = before
