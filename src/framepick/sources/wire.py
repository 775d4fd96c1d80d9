"""Messages between a video source and its decoder process: a small JSON header and raw bytes.

JSON, not pickle: the process that parses untrusted files must not be able to run code here.
"""

from __future__ import annotations

import json
import struct
import time
from typing import Any, BinaryIO, NamedTuple

CHANGED = "changed while it was read; try again"
"""What both processes say of a file that is no longer the one that was opened."""
_LENGTHS = struct.Struct("<II")
_MAX_HEADER_BYTES = 1 << 24
_MAX_PAYLOAD_BYTES = 1 << 29  # more than the largest still
_PULSE_SECONDS = 1.0


class Message(NamedTuple):
    """One message; `header["kind"]` says what it is."""

    header: dict[str, Any]
    payload: bytes | bytearray


class Sender:
    """Writes messages; `pulse` tells the other side that this one is still at work."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._last = 0.0

    def send(self, kind: str, payload: bytes | memoryview = b"", **header: Any) -> None:
        """Write one message and flush it."""
        text = json.dumps({"kind": kind, **header}).encode()
        self._stream.write(_LENGTHS.pack(len(text), len(payload)))
        self._stream.write(text)
        self._stream.write(payload)
        self._stream.flush()
        self._last = time.monotonic()

    def pulse(self) -> None:
        """Send a sign of life if nothing was sent for a second."""
        if time.monotonic() - self._last > _PULSE_SECONDS:
            self.send("pulse")


def receive(stream: BinaryIO) -> Message | None:
    """Read one message; None at the end of the stream, also in the middle of a message."""
    lengths = _read_exactly(stream, _LENGTHS.size)
    if lengths is None:
        return None
    header_bytes, payload_bytes = _LENGTHS.unpack(lengths)
    if header_bytes > _MAX_HEADER_BYTES or payload_bytes > _MAX_PAYLOAD_BYTES:
        return None
    text = _read_exactly(stream, header_bytes)
    payload = _read_exactly(stream, payload_bytes)
    if text is None or payload is None:
        return None
    return Message(json.loads(text), payload)


def _read_exactly(stream: BinaryIO, count: int) -> bytearray | None:
    buffer = bytearray(count)
    view = memoryview(buffer)
    while view:
        got = stream.readinto(view)  # type: ignore[attr-defined]
        if not got:
            return None
        view = view[got:]
    return buffer
