"""A process that encodes for all workers of a machine, so that a GPU holds the model once.

Views of several workers are encoded together. Each worker has a connection of its own, with one
request under way.
"""

from __future__ import annotations

import faulthandler
import os
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framepick.aesthetic import encode_views
from framepick.encoding import LoadedEncoder, load_encoder
from framepick.errors import FramepickError
from framepick.sources.child import run
from framepick.sources.wire import Sender, receive
from framepick.types import Vectors

MODULE = "framepick.batch.encoder_process"
_HANG_SECONDS = 300.0
"""A driver may hang for ever; then the process is ended, and another one is started."""


@dataclass(frozen=True, slots=True)
class Request:
    """Views of a worker, and where their vectors go."""

    views: NDArray[np.uint8]
    """(N, S, S, 3)"""
    answer: SimpleQueue[tuple[Vectors, Vectors]] = field(default_factory=SimpleQueue)


def main() -> None:
    """Serve the parent over standard input and output, and workers over a socket."""
    run(serve)


def serve(commands: Iterator[dict[str, Any]], sender: Sender) -> None:
    """Encode for all that connect to the socket that the first command names."""
    values = next(commands)
    weights = Path(values["weights"]) if values["weights"] else None
    options = {name: values[name] for name in ("runtime", "precision", "threads")}
    try:
        encoder = load_encoder(weights, values["device"], **options)
    except FramepickError as error:
        sender.send("broken", error=str(error))
        return
    requests: SimpleQueue[Request] = SimpleQueue()
    listener = socket.socket(fileno=values["listener"])
    Thread(target=_accept, args=(listener, encoder, requests), daemon=True).start()
    sender.send("ready", pid=os.getpid())
    while True:
        answer(encoder, [requests.get(), *_waiting(requests, encoder.batch_size)])


def answer(encoder: LoadedEncoder, requests: Sequence[Request]) -> None:
    """Encode the views of several requests as one, and give each its own vectors."""
    views = np.concatenate([request.views for request in requests])
    faulthandler.dump_traceback_later(_HANG_SECONDS, exit=True)
    vectors = encode_views(encoder, views)
    faulthandler.cancel_dump_traceback_later()
    start = 0
    for request in requests:
        rows = slice(start, start + len(request.views))
        request.answer.put((vectors.aesthetic[rows], vectors.content[rows]))
        start = rows.stop


def _waiting(requests: SimpleQueue[Request], most: int) -> Iterator[Request]:
    """Give the requests that have come meanwhile, as far as one batch may hold them."""
    count = 0
    while count < most:
        try:
            request = requests.get_nowait()
        except Empty:
            return
        count += len(request.views)
        yield request


def _accept(
    listener: socket.socket, encoder: LoadedEncoder, requests: SimpleQueue[Request]
) -> None:
    while True:
        connection, _ = listener.accept()
        Thread(target=_serve_worker, args=(connection, encoder, requests), daemon=True).start()


def _serve_worker(
    connection: socket.socket, encoder: LoadedEncoder, requests: SimpleQueue[Request]
) -> None:
    size = encoder.view_spec.size
    with connection, connection.makefile("rb") as incoming, connection.makefile("wb") as outgoing:
        sender = Sender(outgoing)
        try:
            _introduce(encoder, sender)
            while message := receive(incoming):
                views = np.frombuffer(message.payload, np.uint8)
                request = Request(views.reshape(-1, size, size, 3))
                requests.put(request)
                aesthetic, content = request.answer.get()
                sender.send("vectors", np.hstack((aesthetic, content)).tobytes())
        except OSError:  # the worker has ended
            return


def _introduce(encoder: LoadedEncoder, sender: Sender) -> None:
    sender.send(
        "encoder",
        encoder_id=encoder.encoder_id,
        runtime=encoder.runtime,
        batch_size=encoder.batch_size,
    )
