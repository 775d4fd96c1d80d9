"""The command that watches a camera."""

from __future__ import annotations

import signal
from dataclasses import asdict
from pathlib import Path
from threading import Event as Flag
from typing import TYPE_CHECKING, Any

import typer

from framepick.commands.live_display import display_of, hooks_of
from framepick.commands.places import check_folder
from framepick.commands.process_list import hide
from framepick.commands.shared import checked, fail, json_line, load
from framepick.console import one_line, put, say
from framepick.errors import UsageError
from framepick.format_names import image_format
from framepick.options.frames import Prefer, PreferenceName
from framepick.options.live import (
    AsLive,
    Best,
    Clips,
    Every,
    For,
    ListCameras,
    Memory,
    OnKey,
    OnPeakFlag,
    Open,
    Out,
    Port,
    PostRoll,
    PostTo,
    PreRoll,
    Rate,
    Run,
    SaveFrom,
    ScoreFrom,
    Size,
    Source,
    SweepFlag,
    View,
    ViewOption,
    Wait,
)
from framepick.options.machine import Device, Precision, Runtime, Taste, Threads, Weights
from framepick.options.results import Format, Json, Name, Quality, Sidecar, Sidecars

if TYPE_CHECKING:
    from framepick.live.running import LiveConfig
    from framepick.sources.live.cameras import Camera

_HURRY_SECONDS = 0.3
"""How long commands and requests may go on after the user has ended the session."""


def live(
    source: Source = None,
    out: Out = Path("live"),
    on_peak: OnPeakFlag = False,
    every: Every = None,
    best: Best = None,
    on_key: OnKey = False,
    sweep: SweepFlag = False,
    pre_roll: PreRoll = 3.0,
    post_roll: PostRoll = 1.0,
    clip: Clips = False,
    prefer: Prefer = PreferenceName.AUTO,
    as_live: AsLive = False,
    score_source: ScoreFrom = None,
    save_source: SaveFrom = None,
    list_cameras: ListCameras = False,
    size: Size = None,
    rate: Rate = None,
    wait: Wait = False,
    session_length: For = None,
    format: Format = "jpeg",
    quality: Quality = 95,
    name: Name = "{stem}_{time}",
    sidecar: Sidecars = Sidecar.NONE,
    memory: Memory = 256,
    device: Device = "auto",
    runtime: Runtime = "auto",
    precision: Precision = "auto",
    weights: Weights = None,
    taste: Taste = None,
    threads: Threads = None,
    view: ViewOption = View.AUTO,
    port: Port = 0,
    open_page: Open = False,
    run: Run = None,
    post: PostTo = None,
    as_json: Json = False,
) -> None:
    """Watch a camera, and save its best moments."""
    from framepick.live.hooks.command import RUN_SECONDS
    from framepick.live.running import run_live
    from framepick.sources.live import address_of

    if list_cameras:
        _list(as_json)
        raise typer.Exit
    scored, saved = _sources(source, score_source, save_source)
    address = checked(lambda: address_of(scored, as_live, size, rate))
    save_from = checked(lambda: address_of(saved, as_live, size, rate)) if saved else None
    hide([name for name in (scored, saved) if name and "://" in name])
    checked(lambda: check_folder(out))
    config = _config(
        **_mode(on_peak, every, best, on_key, sweep),
        **_rolls(pre_roll, post_roll),
        keeps_clips=clip,
        ring_bytes=memory << 20,
        prefer=prefer.value,
        keep_trying=wait,
        most_seconds=session_length,
        output=_output(
            image=image_format(format), quality=quality, name=name, sidecar=sidecar.value
        ),
    )
    display = display_of(View.PAGE if open_page else view, port, open_page, as_json)
    hooks = hooks_of(run, post, display.tell)
    model = load(weights, device, runtime, precision, threads, taste=taste)
    stop = Flag()
    _stop_on_signals(stop)
    try:
        checked(
            lambda: run_live(address, out, model, config, hooks, stop, display.fronts, save_from)
        )
    finally:
        hooks.close(_HURRY_SECONDS if stop.is_set() else RUN_SECONDS)


def _sources(source: str | None, score: str | None, save: str | None) -> tuple[str, str | None]:
    """Give what is scored, and what stills are saved from, if that is another stream."""
    if score and save and source:
        fail(UsageError("--score-source and --save-source name all there is; leave SOURCE out"))
    scored, saved = score or source, save or (source if score else None)
    if scored is None or (score and saved is None):
        fail(UsageError("name a source, such as 0 for the first webcam"))
    return scored, saved


def _list(as_json: bool) -> None:
    from framepick.sources.live.cameras import cameras

    found = cameras()
    for camera in found:
        put(json_line(asdict(camera)) if as_json else "\n".join(camera_lines(camera)))
    if not found:
        say("no camera was found; on Linux the user must be in the group video")


def camera_lines(camera: Camera) -> list[str]:
    """Describe a camera: its number, device and name, then its sizes and rates by coding."""
    lines = [one_line(f"{camera.number}  {camera.device}  {camera.name}")]
    for mode in camera.modes:
        rates = ", ".join(f"{rate:g}" for rate in mode.rates)
        at = f" at {rates} frames/s" if rates else ""
        lines.append(f"   {mode.coding} {mode.width}x{mode.height}{at}")
    return lines


def _mode(
    on_peak: bool, every: float | None, best: int | None, on_key: bool, sweep: bool
) -> dict[str, Any]:
    asked = [on_peak, every is not None, best is not None, on_key, sweep]
    if sum(asked) > 1:
        names = "--on-peak, --every, --best, --on-key and --sweep"
        fail(UsageError(f"{names} exclude each other; choose one"))
    if every is not None:
        return {"mode": "every", "every_seconds": every}
    if best is not None:
        return {"mode": "best", "count": best}
    if sweep:
        return {"mode": "sweep"}
    return {"mode": "press" if on_key else "peak"}


def _rolls(pre_roll: float, post_roll: float) -> dict[str, Any]:
    from framepick.live.rolls import Rolls

    if post_roll >= pre_roll:
        fail(UsageError("--post-roll must be shorter than --pre-roll, or moments are gone by then"))
    return {"rolls": Rolls(pre_roll, post_roll)}


def _config(**values: Any) -> LiveConfig:
    from framepick.live.running import LiveConfig

    try:
        return LiveConfig(**values)
    except ValueError as error:
        fail(UsageError(str(error)))


def _output(**values: Any) -> Any:
    from framepick.config import OutputConfig

    try:
        return OutputConfig(**values)
    except ValueError as error:
        fail(UsageError(str(error)))


_ENDINGS = ("SIGINT", "SIGTERM", "SIGHUP")
"""Signals that end a session: Ctrl-C, a request to end, a terminal that is closed."""


def _stop_on_signals(stop: Flag) -> None:
    """End the session at the first signal, in order; a second one ends the program at once."""
    numbers = [getattr(signal, name) for name in _ENDINGS if hasattr(signal, name)]

    def first(_: int, __: object) -> None:
        stop.set()
        for number in numbers:
            signal.signal(number, signal.default_int_handler)

    for number in numbers:
        signal.signal(number, first)
