"""The encoder of a worker that shares the one of its machine."""

from __future__ import annotations

import socket
from contextlib import suppress

import numpy as np

from framepick.encoding.vectors import check_views, spans
from framepick.errors import FramepickError
from framepick.model.card import Card
from framepick.sources.wire import Message, Sender, receive
from framepick.types import Embeddings, FrameBatch, ViewSpec


class EncoderLost(BaseException):
    """The shared encoder has ended: not the failure of any file, so no handler of one takes it."""


class RemoteEncoder:
    """Has views encoded by the process that listens at `address`."""

    def __init__(self, address: str, card: Card) -> None:
        self.card = card
        self._connection = socket.socket(socket.AF_UNIX)
        try:
            self._connection.connect(address)
        except OSError as error:
            self._connection.close()
            raise FramepickError("the shared encoder cannot be started any more") from error
        self._incoming = self._connection.makefile("rb")
        self._outgoing = self._connection.makefile("wb")
        self._sender = Sender(self._outgoing)
        header = self._receive().header
        self.encoder_id: str = header["encoder_id"]
        self.runtime: str = header["runtime"]
        self.batch_size: int = header["batch_size"]

    @property
    def view_spec(self) -> ViewSpec:
        return self.card.view

    def encode(self, batch: FrameBatch) -> Embeddings:
        """Encode views (N, S, S, 3) of any number N; S must be the card's, else ValueError.

        Raises
        ------
        EncoderLost
            The process has ended.
        """
        check_views(batch.views, self.view_spec)
        sizes = self.card.architecture
        both = np.empty((len(batch.views), sizes.aesthetic + sizes.content), np.float32)
        for rows in spans(len(batch.views), self.batch_size):
            views = np.ascontiguousarray(batch.views[rows])
            self._send(views.data.cast("B"))
            vectors = np.frombuffer(self._receive().payload, np.float32)
            both[rows] = vectors.reshape(len(views), -1)
        aesthetic, content = np.split(both, [sizes.aesthetic], axis=1)
        return Embeddings(
            np.ascontiguousarray(aesthetic),
            np.ascontiguousarray(content),
            batch.moments,
            self.encoder_id,
        )

    def close(self) -> None:
        """End the connection."""
        with suppress(OSError):
            self._outgoing.close()
        self._incoming.close()
        self._connection.close()

    def _send(self, views: memoryview) -> None:
        try:
            self._sender.send("views", views)
        except OSError as error:
            raise _lost() from error

    def _receive(self) -> Message:
        try:
            message = receive(self._incoming)
        except OSError as error:
            raise _lost() from error
        if message is None:
            raise _lost()
        return message


def _lost() -> EncoderLost:
    return EncoderLost("the shared encoder ended while this file was worked on")
