"""Unpacks what `benchmarks.gpu_pack` packed; it needs nothing but Python.

    benchmarks/gpu.sh unpack FOLDER

Archives are unpacked in their folder: data.tar.xz to data/, wheels.tar.xz to site/, which goes
before the installed packages. Packages that are installed in the version of the wheel are left out.
"""

from __future__ import annotations

import shutil
import sys
import tarfile
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def unpack(folder: Path) -> None:
    """Unpack the archives that are in `folder`; one that is not there leaves its part as it is."""
    for name in ("data", "wheels"):
        archive = folder / f"{name}.tar.xz"
        if archive.is_file():
            shutil.rmtree(folder / name, ignore_errors=True)
            with tarfile.open(archive) as packed:
                packed.extractall(folder, filter="data")
    for wheel in sorted((folder / "wheels").glob("*.whl")):
        name, wanted = wheel.name.split("-")[:2]
        if _installed(name) != wanted:
            with zipfile.ZipFile(wheel) as packed_wheel:
                # a wheel is what lies in site-packages
                packed_wheel.extractall(folder / "site")  # noqa: S202


def _installed(name: str) -> str:
    """Version of a package; empty where there is none."""
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


if __name__ == "__main__":
    unpack(Path(sys.argv[1]))
