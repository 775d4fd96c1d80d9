"""Names of the devices that may decode a video beside the processor, and whether one may be there.

Knows no libav: what looks into files stays in the decoder process.
"""

from __future__ import annotations

import sys
from pathlib import Path

DEVICES = ("cuda", "videotoolbox", "vaapi")
"""In the order in which they are tried."""
HWACCELS = ("auto", "off", *DEVICES)
"""What a user may ask for."""


def to_try(choice: str) -> tuple[str, ...]:
    """Devices to try for `choice`, one of `HWACCELS`; for 'auto' those whose drivers show."""
    if choice == "auto":
        return tuple(name for name in DEVICES if _may_be_here(name))
    return (choice,) if choice in DEVICES else ()


def _may_be_here(device: str) -> bool:
    """Look for what the driver leaves in the file system: to load it would take far longer."""
    match device:
        case "cuda":
            return any(Path(sign).exists() for sign in ("/dev/nvidiactl", "/dev/dxg"))
        case "vaapi":
            return any(Path("/dev/dri").glob("renderD*"))
    return sys.platform == "darwin"
