"""Optional packages: which are installed, and the extra that brings those that are missing."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from importlib.util import find_spec

from framepick.errors import UsageError

EXTRAS: Mapping[str, tuple[str, ...]] = {
    "app": ("streamlit",),
    "cloud": ("fsspec", "s3fs", "gcsfs"),
    "gpu": ("torch",),
    "map": ("openTSNE",),
    "ray": ("ray",),
    "training": ("torch", "torchvision", "scipy", "sklearn", "matplotlib", "nncf"),
}
"""Packages, as they are imported, that the features of each extra cannot do without."""


def is_installed(package: str) -> bool:
    """Whether `package` can be imported; it is not imported to find out."""
    if package in sys.modules:
        return sys.modules[package] is not None
    return find_spec(package) is not None


def install_command(extra: str) -> str:
    """The command that installs an extra."""
    return f"pip install 'framepick[{extra}]'"


def require_extra(extra: str, feature: str, packages: Iterable[str] | None = None) -> None:
    """Make sure that the packages of an extra are installed, or just the `packages` named.

    Raises
    ------
    UsageError
        One is missing; the message names `feature`, the packages and the command.
    """
    missing = [one for one in packages or EXTRAS[extra] if not is_installed(one)]
    if missing:
        raise UsageError(
            f"{feature} needs {', '.join(missing)}, not installed here; {install_command(extra)}"
        )
