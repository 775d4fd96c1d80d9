"""The command that shows facts about videos, and about this machine."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from framepick.commands.shared import (
    Report,
    checked,
    for_each,
    line,
    name_of,
)
from framepick.console import one_line, put, say
from framepick.options.frames import Stream
from framepick.options.results import Json

if TYPE_CHECKING:
    from framepick.protocols import Progress
    from framepick.types import StreamInfo


def info(
    inputs: Annotated[
        list[Path] | None, typer.Argument(readable=False, metavar="VIDEO", help="Video files.")
    ] = None,
    stream: Stream = None,
    as_json: Json = False,
) -> None:
    """Show facts about videos; without one, the weights and how this machine runs them."""
    from framepick.outputs.sentences import NEEDS_DOLBY_VISION
    from framepick.sources.opening import open_source
    from framepick.types import ViewSpec

    if not inputs:
        _show_weights(as_json)
        _show_runtimes(as_json)
        return

    def run(path: Path, _: Progress) -> Report:
        with open_source(path, ViewSpec(64), stream=stream) as source:
            facts = source.info
        row = {
            "source": name_of(path),
            "width": facts.width,
            "height": facts.height,
            "codec": facts.codec,
            "container": facts.container,
            "frame_rate": str(facts.frame_rate) if facts.frame_rate else None,
            "duration_seconds": facts.duration_seconds,
            "packets": facts.packet_count,
            "key_frames": facts.key_frame_count,
            "start_timecode": facts.start_timecode,
            "streams": [_stream_row(one) for one in facts.streams],
        }
        notes = [NEEDS_DOLBY_VISION] if facts.needs_dolby_vision else []
        return [line(row, as_json, _info_lines)], notes

    for_each(inputs, run, as_json)


def _show_weights(as_json: bool) -> None:
    """Show the weights that framepick comes with."""
    from framepick.model.card import default_weights, read_card

    card = checked(lambda: read_card(default_weights()))
    row = {
        "weights": card.name,
        "backbone": card.architecture.backbone,
        "view_pixels": card.view.size,
        "licence": card.licence,
    }
    licence = card.licence.split(". ")[0]
    text = f"weights {card.name}: {row['backbone']} on {card.view.size} pixels, {licence}"
    put(json.dumps(row) if as_json else one_line(text))


def _show_runtimes(as_json: bool) -> None:
    from dataclasses import asdict

    from framepick.encoding import advice, available_runtimes

    for runtime in available_runtimes():
        chosen = " (the default)" if runtime.is_chosen else ""
        text = f"{runtime.name} on {runtime.device}, {runtime.precision}{chosen}"
        put(json.dumps(asdict(runtime)) if as_json else text)
    note = advice()
    if note is not None:
        say(note)


def _stream_row(stream: StreamInfo) -> dict[str, Any]:
    return {
        "stream": stream.number,
        "codec": stream.codec,
        "width": stream.width,
        "height": stream.height,
        "frame_rate": str(stream.frame_rate) if stream.frame_rate else None,
        "packets": stream.packet_count,
        "is_read": stream.is_read,
    }


def _info_lines(row: dict[str, Any]) -> str:
    rate = row["frame_rate"] and _rate_text(row["frame_rate"])
    shown = row | {"frame_rate": rate, "duration_seconds": round(row["duration_seconds"] or 0, 3)}
    facts = ((name.replace("_", " "), value) for name, value in shown.items() if name != "streams")
    lines = [one_line(f"{name}: {value}") for name, value in facts if value]
    if len(row["streams"]) > 1:
        lines += [one_line(_stream_line(stream)) for stream in row["streams"]]
    return "\n".join(lines)


def _stream_line(stream: dict[str, Any]) -> str:
    rate = f", {_rate_text(stream['frame_rate'])} frames a second" if stream["frame_rate"] else ""
    read = " (read)" if stream["is_read"] else ""
    size = f"{stream['width']} x {stream['height']}"
    return f"stream {stream['stream']}: {stream['codec']}, {size}{rate}{read}"


def _rate_text(rate: str) -> str:
    """Give a frame rate as people write it: 29.97 for 30000/1001."""
    return f"{float(Fraction(rate)):.3f}".rstrip("0").rstrip(".")
