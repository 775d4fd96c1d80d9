"""Turns the messages of a decoder process into the values of framepick (pure)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from framepick.detail import COLUMNS, GRID, ROWS, SCALES
from framepick.protocols import Opening
from framepick.sources.wire import Message
from framepick.types import (
    DetailMeasures,
    Frame,
    FrameMeasures,
    Moment,
    SoundInfo,
    Still,
    StreamInfo,
    Timeline,
    VideoInfo,
)


def video_info(name: str, header: dict[str, Any]) -> VideoInfo:
    """What is known of the video `name`, from the header of an `Opening`."""
    rate = header["frame_rate"]
    return VideoInfo(
        name=name,
        width=header["width"],
        height=header["height"],
        codec=header["codec"],
        container=header["container"],
        frame_rate=Fraction(rate) if rate else None,
        duration_seconds=header["duration_seconds"],
        packet_count=header["packet_count"],
        key_frame_count=header["key_frame_count"],
        start_timecode=header["start_timecode"],
        start_timecode_rate=header["start_timecode_rate"],
        needs_dolby_vision=header["needs_dolby_vision"],
        streams=tuple(_stream_info(row, header["stream"]) for row in header["streams"]),
        sounds=tuple(SoundInfo(*row) for row in header["sounds"]),
        recorded_at=header["recorded_at"],
        location=header["location"],
        transfer=header["transfer"],
    )


def timeline(opening: Opening) -> Timeline | None:
    """The frames as the packets list them; None if packets do not tell frames apart."""
    count, payload = opening.header["frame_count"], opening.payload
    if count is None:
        return None
    times = np.frombuffer(payload, np.float64, count)
    size = np.frombuffer(payload, np.int64, count, offset=8 * count)
    return Timeline(times, np.frombuffer(payload, np.bool_, count, offset=16 * count), size)


def frame(message: Message, time_base: Fraction) -> Frame:
    """The frame in a message of the kind "frame"."""
    header = message.header
    pixels = np.frombuffer(message.payload, np.uint8)
    side = round((len(pixels) / 3) ** 0.5)
    moment = Moment(header["frame_index"], header["pts"], time_base, header["seconds"])
    view = pixels.reshape(side, side, 3)
    return Frame(view, moment, FrameMeasures(*header["measures"]))


def still(message: Message, moment: Moment, depth: int) -> Still:
    """The picture in a message of the kind "still", which is the frame of `moment`."""
    shape = (message.header["height"], message.header["width"], 3)
    kind = np.uint16 if depth == 16 else np.uint8
    return Still(np.frombuffer(message.payload, kind).reshape(shape), moment)


def detail_measures(message: Message, moment: Moment) -> DetailMeasures:
    """The numbers in a message of the kind "detail", which are of the frame of `moment`."""
    numbers = np.frombuffer(message.payload, np.float32)
    fine, luma = np.split(numbers, [-(GRID**2)])
    tiles = fine.reshape(ROWS, COLUMNS, SCALES, 2)
    combing, is_woven = message.header["combing"], message.header["is_woven"]
    return DetailMeasures(moment, tiles, luma.reshape(GRID, GRID), combing, is_woven)


def _stream_info(row: list[Any], read: int) -> StreamInfo:
    number, codec, width, height, rate, packets = row
    frame_rate = Fraction(rate) if rate else None
    return StreamInfo(number, codec, width, height, frame_rate, packets, number == read)
