"""A process that picks from one file after the other, as its parent tells it."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from framepick.batch.destination import destination_of
from framepick.batch.ledger import Ledger, LedgerWriter, Version
from framepick.batch.picking import Picker
from framepick.batch.remote_encoder import EncoderLost, RemoteEncoder
from framepick.batch.scoring import score
from framepick.batch.tasks import Task
from framepick.errors import FramepickError, UsageError
from framepick.parts import Scored
from framepick.sources.child import run
from framepick.sources.decoders import reused_decoders
from framepick.sources.wire import Sender
from framepick.urls import file_of

if TYPE_CHECKING:
    from framepick.aesthetic import AestheticModel

_TELL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What a worker needs to know before the first file, as JSON takes it."""

    out: str
    """The folder of results, or its URL."""
    config: dict[str, Any]
    """`VideoConfig.as_dict`."""
    config_hash: str
    encoder: str
    since_ns: int
    """When the batch began, in nanoseconds since the epoch."""
    has_index: bool
    weights: str | None = None
    device: str = "auto"
    runtime: str = "auto"
    precision: str = "auto"
    threads: int | None = None
    has_cache: bool = True
    encoder_address: str | None = None
    """Socket of the encoder that workers share; None where each has its own."""
    taste: str | None = None
    """Path of the taste's file."""


def main() -> None:
    """Serve the parent over standard input and output."""
    run(serve)


def serve(commands: Iterator[dict[str, Any]], sender: Sender) -> None:
    """Answer each "pick" with "done" or "busy", and each "score" with "scored" or "whole".

    "broken" says that no file can be worked on.
    """
    values = next(commands)
    values.pop("kind")
    settings = WorkerSettings(**values)
    try:
        picker = _picker(settings)
        sender.send("ready", pid=os.getpid())
        with reused_decoders():
            for command in commands:
                _answer(picker, settings, command, sender)
    except FramepickError as error:
        sender.send("broken", error=str(error))
    except EncoderLost as error:
        sender.send("lost", error=str(error))


def _answer(
    picker: Picker, settings: WorkerSettings, command: dict[str, Any], sender: Sender
) -> None:
    config, encoder = settings.config_hash, settings.encoder
    version = Version(command["size"], command["mtime_ns"], config, encoder, command["etag"])
    task = Task(file_of(command["path"]), version, command["is_shared_name"])
    folder, share, tell = command.get("folder"), command["share"], _teller(sender)
    scored = Scored(Path(folder), command["shares"]) if folder else None
    if scored and share is not None:
        sender.send("scored" if score(picker, task, scored, share, tell) else "whole")
    elif record := picker.pick(task, tell, scored):
        sender.send("done", line=record.line().decode())
    else:
        sender.send("busy")


def _teller(sender: Sender) -> Any:
    """Give a function that tells the parent how far a file is, now and then."""
    last = -_TELL_SECONDS

    def tell(done: int, total: int | None) -> None:
        nonlocal last
        if time.monotonic() - last >= _TELL_SECONDS:
            last = time.monotonic()
            sender.send("progress", done=done, total=total)

    return tell


def _picker(settings: WorkerSettings) -> Picker:
    from framepick.cache import Cache, default_folder, default_limit
    from framepick.config import config_from

    destination = destination_of(settings.out)
    return Picker(
        destination,
        _model(settings),
        config_from(settings.config),
        Cache(default_folder(), default_limit()) if settings.has_cache else None,
        settings.threads,
        settings.has_index,
        Ledger(destination.ledger(), settings.since_ns),
        LedgerWriter(destination.ledger()),
    )


def _model(settings: WorkerSettings) -> AestheticModel:
    from framepick.aesthetic import load_model, model_of
    from framepick.model.card import default_weights, read_card

    weights = Path(settings.weights) if settings.weights else default_weights()
    if settings.encoder_address:
        encoder = RemoteEncoder(settings.encoder_address, read_card(weights))
        model = replace(model_of(encoder, settings.threads), weights=weights)
    else:
        names = (settings.device, settings.runtime, settings.precision)
        model = load_model(weights, *names, settings.threads, cache=settings.has_cache)
    if model.encoder.encoder_id != settings.encoder:
        raise UsageError(
            f"{socket.gethostname()} would score with {model.encoder.encoder_id}, and the batch "
            f"with {settings.encoder}; choose --device and --runtime that all machines have"
        )
    return _with_taste(model, settings, weights)


def _with_taste(model: AestheticModel, settings: WorkerSettings, weights: Path) -> AestheticModel:
    """Give the model with the taste that the batch began with."""
    if settings.taste is None:
        return model
    from framepick.taste.files import load_taste

    taste = load_taste(Path(settings.taste), weights)
    if taste.label != settings.config["taste"]:
        raise UsageError(f"{settings.taste}: was changed meanwhile; run the same command again")
    return replace(model, taste=taste)
