"""Networks as they were compiled for this machine: to load them takes less than to compile them."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from framepick.encoding.identity import NETWORK_SUFFIX
from framepick.encoding.openvino_library import CompiledModel, Model, core, library_version
from framepick.errors import OutputError
from framepick.files import whole_file

_DIGEST_BYTES = 32

Options = Mapping[str, object]
"""OpenVINO's options, by their names."""


class KeptNetworks:
    """Compiled networks in `folder`, which need not exist; without a folder none are kept.

    Each is a file, which begins with a checksum of the rest: one that is damaged, cut off or of
    another version counts as none, and no run depends on them.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def of(self, name: str, options: Options, graph: Callable[[], Model]) -> CompiledModel:
        """Give the network `name`, compiled with `options`: the one that is kept, else of `graph`.

        The name tells one from all others, their weights and their shapes included.
        """
        path = self._path(name, options)
        if path and (known := _load(path, options)):
            return known
        made = core().compile_model(graph(), "CPU", options)
        if path:
            with suppress(OutputError, OSError, RuntimeError):
                _write(path, made)
        return made

    def _path(self, name: str, options: Options) -> Path | None:
        """Where a network lies: by all that its compiled form depends on."""
        if self._folder is None:
            return None
        text = f"{name} {sorted(options.items())} {library_version()} {_machine()}"
        return self._folder / f"{sha256(text.encode()).hexdigest()[:40]}{NETWORK_SUFFIX}"


def _load(path: Path, options: Options) -> CompiledModel | None:
    with suppress(OSError, RuntimeError):
        content = path.read_bytes()
        digest, compiled = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        if sha256(compiled).digest() == digest:
            network = core().import_model(compiled, "CPU", options)
            os.utime(path)  # the cache removes what was not used for longest
            return network
    return None


def _write(path: Path, network: CompiledModel) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    compiled = network.export_model().getvalue()
    with whole_file(path) as new:
        new.write_bytes(sha256(compiled).digest() + compiled)


def _machine() -> str:
    """What sets the processors of machines apart, of which several may share a folder."""
    with suppress(OSError), open("/proc/cpuinfo", encoding="ascii", errors="replace") as lines:
        told = {line for line in lines if line.startswith(("model name", "flags", "Features"))}
        return "".join(sorted(told))
    return f"{platform.machine()} {platform.processor()}"
