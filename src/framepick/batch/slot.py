"""One place for a worker process: gives it work, and replaces it when it fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from threading import Lock
from time import monotonic

from framepick.batch.destination import destination_of
from framepick.batch.engine import Running
from framepick.batch.ledger import LedgerWriter, Record
from framepick.batch.picking import failure
from framepick.batch.tasks import Task
from framepick.batch.watchdog import Limits, excess
from framepick.batch.work import Answer, Work
from framepick.batch.worker import WorkerSettings
from framepick.errors import DecoderError, FramepickError, OutputError, SourceClosed
from framepick.sources.decoder_client import DecoderClient
from framepick.sources.wire import Message

WORKER = "framepick.batch.worker"
_STARTS, _ATTEMPTS = 2, 2
MODEL = "the model to be loaded"
_START_SECONDS = 300.0
"""Longest time to load the model in."""


class Slot:
    """Runs one worker process at a time, which `make` starts."""

    def __init__(
        self,
        settings: WorkerSettings,
        limits: Limits,
        writer: LedgerWriter,
        make: Callable[[float], DecoderClient] = lambda stall: DecoderClient(
            stall, WORKER, "worker"
        ),
    ) -> None:
        self._settings = settings
        self._limits = limits
        self._writer = writer
        self._make = make
        self._lock = Lock()
        self._client: DecoderClient | None = None
        self._pid = 0
        self._excess: str | None = None
        self._is_closed = False
        self.running: Running | None = None
        self.waits_for = ""

    def prepare(self) -> None:
        """Start a worker.

        Raises
        ------
        SourceClosed
            The slot was closed meanwhile.
        FramepickError
            No worker can be started.
        """
        self._ready()

    def do(self, work: Work) -> Answer:
        """Have work done, in at most two attempts.

        Raises
        ------
        SourceClosed
            The slot was closed meanwhile.
        FramepickError
            No file can be worked on.
        """
        reason = ""
        for _ in range(_ATTEMPTS):
            try:
                return self._attempt(work)
            except DecoderError as error:
                reason = self._excess or str(error)
                self._forget(work.task)
            if self._excess:
                break
        if work.share is not None and not self._excess:
            return "whole"
        record = failure(work.task, work.key, f"{work.task.path}: {reason}")
        self._writer.append(record)
        return record

    def check(self) -> None:
        """End the worker if its file takes too long or too much memory."""
        with self._lock:
            if self.running and self._client and not self._excess:
                self._excess = excess(self._limits, self.running.started, self._pid)
                if self._excess:
                    self._client.end()

    def close(self) -> None:
        """End the worker at once."""
        with self._lock:
            self._is_closed = True
            if self._client:
                self._client.end()

    def _attempt(self, work: Work) -> Answer:
        client = self._ready()
        with self._lock:
            self._excess = None
            self.running = Running(work, monotonic())
        try:
            client.send(**work.message())
            while (message := client.receive()).header["kind"] == "progress":
                self._note(message)
            return _answer_of(message)
        finally:
            with self._lock:
                self.running = None

    def _note(self, message: Message) -> None:
        done, total = message.header["done"], message.header["total"]
        if self.running:
            share = min(1.0, done / total) if total else None
            self.running = replace(self.running, share=share)

    def _ready(self) -> DecoderClient:
        """Give the worker, after starting one if there is none."""
        reason = ""
        for _ in range(_STARTS):
            if self._client:
                return self._client
            try:
                self._start()
            except DecoderError as error:
                reason = str(error)
                self._end()
                self._check_open()
        if self._client:
            return self._client
        raise FramepickError(f"no worker can be started ({reason})")

    def _start(self) -> None:
        client = self._make(self._limits.stall_seconds)
        with self._lock:
            self._client = client
            if self._is_closed:
                client.end()
        client.send("settings", **asdict(self._settings))
        self.waits_for = MODEL
        try:
            message = client.poll(_START_SECONDS)
        finally:
            self.waits_for = ""
        if message is None:
            raise DecoderError(f"the worker was not ready after {_START_SECONDS:g} s")
        if message.header["kind"] == "lost":
            raise DecoderError(message.header["error"])
        if message.header["kind"] != "ready":
            raise FramepickError(message.header["error"])
        self._pid = message.header["pid"]

    def _forget(self, task: Task) -> None:
        """Let go of a worker that has failed, and remove what it left half written."""
        self._end()
        destination_of(self._settings.out).forget(task)
        self._check_open()

    def _end(self) -> None:
        with self._lock:
            client, self._client = self._client, None
        if client:
            client.end()

    def _check_open(self) -> None:
        if self._is_closed:
            raise SourceClosed("the run is being ended")


def _answer_of(message: Message) -> Answer:
    header = message.header
    if header["kind"] == "broken":
        raise OutputError(header["error"])
    if header["kind"] == "lost":
        raise DecoderError(header["error"])
    if header["kind"] == "done":
        return Record.parse(header["line"].encode()) or "busy"
    answer: Answer = header["kind"]
    return answer
