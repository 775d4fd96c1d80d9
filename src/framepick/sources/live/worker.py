"""The capture process: drains one live source without pause and keeps its recent past.

One thread reads coded pictures, stamps them and puts them into the ring; of video that refers to
earlier pictures, another decodes all; the main thread answers the parent's commands. Imports av and
numpy only.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import astuple
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from framepick.errors import SourceError
from framepick.measures import measure
from framepick.sources.child import run
from framepick.sources.geometry import Orientation
from framepick.sources.live.clips import picture_at
from framepick.sources.live.failures import why_failed
from framepick.sources.live.jpeg import JpegCoder
from framepick.sources.live.lines import Arrived
from framepick.sources.live.reading import Reader
from framepick.sources.sequential import TroubleLog
from framepick.sources.views import PictureConverter
from framepick.sources.wire import Sender
from framepick.types import ViewSpec

_PREVIEW_QUALITY = 5


class Capture:
    """One live source, for the commands of the parent."""

    def __init__(self, command: dict[str, Any], sender: Sender, log: TroubleLog) -> None:
        self._sender = sender
        self._convert = PictureConverter(ViewSpec(command["view_size"]))
        address, seconds, most = command["address"], command["seconds"], command["bytes"]
        decodes, is_patient = command["decodes"], command["is_patient"]
        self._reader = Reader(address, seconds, most, log, decodes, is_patient)
        self._preview = JpegCoder(_PREVIEW_QUALITY)
        self._luma: NDArray[np.float32] | None = None
        self._is_announced = False

    def next(self, wait_seconds: float, preview: bool) -> None:
        """Send the newest picture that was not sent before, or what there is to say instead."""
        arrived = self._reader.take(wait_seconds)
        if arrived is not None:
            self._send(arrived, preview)
        elif (ending := self._reader.ending) is not None:
            self._sender.send("lost", reason=ending.reason, text=ending.text)
        else:
            reader = self._reader
            facts, came, attempts = reader.facts, reader.count, reader.attempts
            self._sender.send("waiting", facts=facts, came=came, attempts=attempts)

    def clip(self, path: str, start_seconds: float, end_seconds: float) -> None:
        """Write the pictures from `start_seconds` to `end_seconds` to the file `path`."""
        try:
            first = self._reader.write_clip(path, start_seconds, end_seconds)
        except SourceError as error:
            self._sender.send("no clip", is_unwritable=False, text=str(error))
        except (av.error.FFmpegError, OSError, ValueError) as error:
            text = f"temporary files cannot be written to {os.path.dirname(path)} "
            text += f"({why_failed(error)}); free some space, or set TMPDIR to another folder"
            self._sender.send("no clip", is_unwritable=True, text=text)
        else:
            self._sender.send("clip", first_seconds=first)

    def still(self, path: str, seconds: float) -> None:
        """Send the picture of a clip that is nearest to a time of it, at full size."""
        try:
            picture = picture_at(path, seconds)
        except (av.error.FFmpegError, OSError):
            picture = None
        if picture is None:
            self._sender.send("no still")
            return
        pixels = self._convert.still(picture, self._reader.orientation(picture))
        height, width, _ = pixels.shape
        payload = np.ascontiguousarray(pixels).data.cast("B")
        self._sender.send("still", payload, width=width, height=height, time=picture.time)

    def _send(self, arrived: Arrived, preview: bool) -> None:
        picture = arrived.picture
        turn = self._reader.orientation(picture)
        view = self._convert.view(picture, turn)
        measures, self._luma = measure(view, self._luma, arrived.is_damaged)
        shrunk = self._jpeg(picture, turn) if preview else b""
        width, height = turn.shown_size(picture.width, picture.height)
        size = {"width": picture.width, "height": picture.height}  # headers may have none
        facts = {} if self._is_announced else {"facts": {**(self._reader.facts or {}), **size}}
        self._is_announced = True
        self._sender.send(
            "frame",
            view.tobytes() + shrunk,
            view_bytes=view.nbytes,
            frame_index=arrived.index,
            time=arrived.stamp.time_seconds,
            arrived=arrived.stamp.arrived_seconds,
            measures=astuple(measures),
            width=width,
            height=height,
            ring_bytes=self._reader.ring_bytes,
            **facts,
        )

    def _jpeg(self, picture: av.VideoFrame, turn: Orientation) -> bytes:
        shrunk = self._convert.shrunk(picture, turn)
        if turn.quarter_turns == 0 and not turn.mirrored:
            return self._preview.code(shrunk)
        pixels = np.ascontiguousarray(self._convert.small(shrunk, turn))
        return self._preview.code(av.VideoFrame.from_ndarray(pixels, format="rgb24"))


def serve(commands: Iterator[dict[str, Any]], sender: Sender) -> None:
    """Answer the commands of the parent: "open", then "next", "clip" and "still"."""
    log = TroubleLog()
    capture: Capture | None = None
    for command in commands:
        try:
            match command["kind"]:
                case "open":
                    capture = Capture(command, sender, log)
                case "next" if capture:
                    capture.next(command["wait"], command["preview"])
                case "clip" if capture:
                    capture.clip(command["path"], command["start"], command["end"])
                case "still" if capture:
                    capture.still(command["path"], command["time"])
        except SourceError as error:
            sender.send("lost", reason="error", text=str(error))
        except BrokenPipeError:
            raise
        except Exception as error:  # whatever a stream does to a library is a loss of that stream
            sender.send("lost", reason="error", text=why_failed(error))


def main() -> None:
    """Run as the capture process of a parent that holds the other ends of the pipes."""
    run(serve)
