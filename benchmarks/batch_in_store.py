"""A batch whose results are in an object store: how long a rerun takes with nothing to do.

    python -m benchmarks.batch_in_store FOLDER --files 1000

The store is moto's S3 server on this machine. One clip is picked from; its object, its result and
its record are then copied under other names, so that picking takes no time. FOLDER gets the clip.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.batch_faults import command, make_clips, tiny_weights
from framepick.batch.ledger import FOLDER_NAME, LedgerWriter, Record
from framepick.batch.stored.segments import Segments
from framepick.outputs.result_folders import PICKS_NAME
from framepick.stores import Store, store_of
from tests.batch.stored.server import ENVIRONMENT, S3Bucket, s3_server

BUCKET = "many"
_CARD, _OUT = f"s3://{BUCKET}/card", f"s3://{BUCKET}/out"


def in_store(weights: Path) -> list[str]:
    """Give the command line of the batch."""
    call = command(Path("IN"), Path("OUT"), weights, "--jobs", "1", "--pages", "none")
    return [{"IN": _CARD, "OUT": _OUT}.get(one, one) for one in call]


def multiply(store: Store, count: int) -> None:
    """Copy the one object and its result under `count` names."""
    ledger = f"{_OUT}/{FOLDER_NAME}"
    lines = (store.read(one.url) for one in store.files_below(ledger))
    [record] = filter(None, (Record.parse(line) for text in lines for line in text.splitlines()))
    clip = store.read(f"{_CARD}/clip-00.mp4")
    picks = json.loads(store.read(f"{_OUT}/{record.folder}/{PICKS_NAME}"))
    for at in range(1, count):
        store.write(f"{_CARD}/clip-{at:05}.mp4", clip)
        store.write(f"{_OUT}/result-{at:05}/{PICKS_NAME}", json.dumps(picks).encode())
    writer = LedgerWriter(Segments(store, ledger))
    for file in store.files_below(_CARD)[1:]:
        version = replace(record.version, mtime_ns=file.mtime_ns, etag=file.etag)
        name = file.url.rpartition("-")[2].removesuffix(".mp4")
        writer.append(replace(record, key=file.url, version=version, folder=f"result-{name}"))


def main() -> None:
    """Print how long the runs take."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=1000)
    options = parser.parse_args()
    make_clips(options.folder / "clips", 1, 0.5)
    weights = tiny_weights(options.folder)
    with s3_server() as address:
        os.environ.update(ENVIRONMENT, AWS_ENDPOINT_URL=address)
        clip = (options.folder / "clips" / "clip-00.mp4").read_bytes()
        S3Bucket(BUCKET, address).put("card/clip-00.mp4", clip)
        call = in_store(weights)
        subprocess.run(call, check=True, capture_output=True)
        multiply(store_of("s3"), options.files)
        for what in ("that writes the overview", "with nothing to do", "with nothing to do"):
            begin = time.monotonic()
            done = subprocess.run(call, check=True, capture_output=True, text=True)
            print(f"rerun {what}: {time.monotonic() - begin:.1f} s; {done.stderr.strip()}")


if __name__ == "__main__":
    main()
