"""A process that ends what is left of a Ray cluster when the process that started it has ended.

It is run by its path with the folder of the cluster, and waits for the end of standard input. Ray's
own processes notice that they are alone, but some of them only after a minute. Those of a cluster
are known by their logs, which are open in its folder.
"""

from __future__ import annotations

import os
import shutil
import sys
from contextlib import suppress

import psutil

_END_SECONDS = 5.0


def main(folder: str) -> None:
    """Wait for the end of standard input, then end all processes of the cluster in `folder`."""
    starter = os.getppid()  # it has a log there, too
    sys.stdin.buffer.read()
    inside = os.path.join(os.path.realpath(folder), "")
    while left := [
        one for one in psutil.process_iter() if one.pid != starter and _is_of(one, inside)
    ]:
        for one in left:
            with suppress(psutil.Error):
                one.kill()
        psutil.wait_procs(left, timeout=_END_SECONDS)
    shutil.rmtree(folder, ignore_errors=True)


def _is_of(process: psutil.Process, inside: str) -> bool:
    try:
        return any(file.path.startswith(inside) for file in process.open_files())
    except (psutil.Error, OSError):
        return False


if __name__ == "__main__":
    main(sys.argv[1])
