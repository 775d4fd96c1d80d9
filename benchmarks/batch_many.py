"""A batch of very many files: start, memory, one row each, and a rerun with nothing to do.

    python -m benchmarks.batch_many FOLDER --files 10000 --bad 100

The files are hard links of one short clip, and some that are no videos.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from collections import Counter
from pathlib import Path

import psutil

from benchmarks.batch_faults import command, make_clips, tiny_weights

_EACH_FOLDER = 1000
_MIB = 1 << 20


def make_files(folder: Path, count: int, bad: int) -> None:
    """Link one clip of half a second under many names, `bad` of them without content."""
    make_clips(folder / "original", 1, 0.5)
    original = folder / "original" / "clip-00.mp4"
    for at in range(count):
        path = folder / "files" / f"{at // _EACH_FOLDER:03}" / f"{at:06}.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        if at % (count // bad) == 0:
            path.write_bytes(b"no video")
        else:
            os.link(original, path)


def watched(call: list[str], out: Path) -> tuple[float, float, list[int]]:
    """Run a batch; give its seconds, those to the first record, and the parent's memory."""
    begin, first, memory = time.monotonic(), 0.0, []
    with open(os.devnull, "wb") as nowhere:
        batch = subprocess.Popen(call, stderr=nowhere)
        process = psutil.Process(batch.pid)
        while batch.poll() is None:
            if not first and any(out.glob(".framepick-batch/*")):
                first = time.monotonic() - begin
            try:
                memory.append(process.memory_info().rss)
            except psutil.Error:
                break
            time.sleep(0.2)
        batch.wait()
    return time.monotonic() - begin, first, memory


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--bad", type=int, default=100)
    options = parser.parse_args()
    make_files(options.folder, options.files, options.bad)
    out = options.folder / "out"
    call = command(options.folder / "files", out, tiny_weights(options.folder), "--count", "1")
    seconds, first, memory = watched(call, out)
    rows = [json.loads(line) for line in (out / "manifest.jsonl").read_text().splitlines()]
    print(f"{seconds:.0f} s, the first result after {first:.1f} s")
    print(f"rows: {len(rows):,}, {dict(Counter(row['state'] for row in rows))}")
    early = memory[: max(1, len(memory) // 20)]
    print(f"parent: {max(early) / _MIB:.0f} MiB early, {max(memory) / _MIB:.0f} MiB at most")
    print(f"rerun with nothing to do: {watched(call, out)[0]:.1f} s")


if __name__ == "__main__":
    main()
