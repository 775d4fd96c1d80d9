"""Puts a live session together, runs it, and takes it apart."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event as Flag
from time import monotonic
from typing import Literal

from framepick.aesthetic import AestheticModel
from framepick.config import OutputConfig, PickConfig, Preference, VideoConfig
from framepick.errors import SourceError
from framepick.files import fit_name
from framepick.live.clip_store import ClipStore
from framepick.live.connection import Connection
from framepick.live.events import Event, Tell
from framepick.live.gallery import Gallery
from framepick.live.matching import SLACK_SECONDS
from framepick.live.policies import BestOfEvery, BestOfSession, OnPeak, OnPress, OnSweep, Policy
from framepick.live.rolls import Rolls
from framepick.live.save_source import SaveSource
from framepick.live.shared_encoder import shared
from framepick.live.watch import Watch
from framepick.outputs.live_folder import LiveFolder
from framepick.outputs.stills.naming import safe_name
from framepick.sources.live import Address, CaptureClient

Mode = Literal["peak", "every", "best", "press", "sweep"]


@dataclass(frozen=True, slots=True)
class LiveConfig:
    """How a live session runs.

    Raises
    ------
    ValueError
        A number is out of bounds.
    """

    mode: Mode = "peak"
    """What is kept: peaks, the best of every `every_seconds`, the best `count` of the session, only
    what the user asks for by key, or the best view of a sweep."""
    every_seconds: float = 10.0
    count: int = 5
    variety: float = 0.5
    rolls: Rolls = field(default_factory=Rolls)
    keeps_clips: bool = False
    ring_bytes: int = 256 << 20
    """Most memory for the recent past."""
    prefer: Preference = "auto"
    keep_trying: bool = False
    """Wait for a source that is not there at the start."""
    most_seconds: float | None = None
    """When the session ends by itself."""
    output: OutputConfig = field(default_factory=lambda: OutputConfig(name="{stem}_{time}"))

    def __post_init__(self) -> None:
        if self.every_seconds < 1:
            raise ValueError(f"a window must last a second or more, not {self.every_seconds:g} s")
        if self.count < 1:
            raise ValueError(f"count must be at least 1, not {self.count}")

    @property
    def description(self) -> str:
        """What is kept, in one line."""
        match self.mode:
            case "every":
                return f"the best of every {self.every_seconds:g} s"
            case "best":
                return f"the best {self.count} of the session"
            case "press":
                return "what is shown when the key is pressed"
            case "sweep":
                return "the best view of a sweep, and two others"
        return "moments that stand out"


Front = Callable[[Watch], Callable[[], None]]
"""Shows a session while it runs: begins with it, and gives what ends it."""


def run_live(
    address: Address,
    out: Path,
    model: AestheticModel,
    config: LiveConfig,
    tell: Tell,
    stop: Flag,
    fronts: Sequence[Front] = (),
    save_from: Address | None = None,
) -> Path:
    """Watch a source until it ends or `stop` is set; give the folder of the session.

    Stills are frames of `save_from`, another stream of the same camera, if that is given.

    Raises
    ------
    SourceError
        The source was never open.
    OutputError
        The session's folder, or picks.json in it, cannot be written.
    """
    start = monotonic()
    name = _name_of(address)
    stamp = datetime.now().strftime("%Y-%m-%d %H.%M.%S")
    clips = ClipStore()
    folder = LiveFolder(_new_folder(out, fit_name(name, f" {stamp}")), config.output)

    def warn(text: str) -> None:
        tell(Event("warning", round(monotonic() - start, 3), text))

    def connected(to: Address, decodes: bool = True) -> Connection:
        seconds = config.rolls.ring_seconds + (0.0 if decodes else SLACK_SECONDS)

        def capture(first_index: int, is_patient: bool) -> CaptureClient:
            spec, most = model.encoder.view_spec, config.ring_bytes
            return CaptureClient(to, spec, seconds, most, start, first_index, decodes, is_patient)

        return Connection(to, capture, stop, config.keep_trying, decodes)

    video = VideoConfig(PickConfig(prefer=config.prefer), output=config.output)
    scoring, refining = shared(model)
    gallery = Gallery(Path(name), address.shown, folder, scoring, video, config.keeps_clips, warn)
    save_source = None
    if save_from:
        save_source = SaveSource(connected(save_from, decodes=False), tell, start)
    watch = Watch(
        connected(address),
        save_source,
        scoring,
        refining,
        _policies(config),
        gallery,
        clips,
        config.rolls,
        config.prefer,
        address.shown,
        config.description,
        tell,
        stop,
        start,
        config.most_seconds,
    )
    with ExitStack() as stack:
        for front in fronts:
            stack.callback(front(watch))
        try:
            _watched(watch)
        finally:
            if not watch.was_open:
                folder.discard()
    if not watch.was_open and not stop.is_set():
        raise SourceError(watch.failure or f"{address.shown}: no picture came")
    return folder.folder


def _watched(watch: Watch) -> None:
    try:
        try:
            watch.run()
        except Exception:
            watch.close()
            raise
        watch.close()
    except KeyboardInterrupt:  # a second signal
        watch.abandon()
        raise


def _name_of(address: Address) -> str:
    """Give a name for files; in that of a stream, a dot would begin an ending."""
    if address.kind == "file":
        return safe_name(address.shown)
    words = re.split(r"[:/?&=\\\s]+", address.shown.replace(".", "-"))
    return safe_name(" ".join(word for word in words if word))


def _new_folder(out: Path, name: str) -> Path:
    """Give a folder that is not there yet."""
    folder, number = out / name, 1
    while folder.exists():
        number += 1
        folder = out / f"{name} {number}"
    return folder


def _policies(config: LiveConfig) -> list[Policy]:
    rolls = config.rolls
    by_key = OnPress(rolls.pre_seconds, rolls.post_seconds, waits=config.keeps_clips)
    match config.mode:
        case "every":
            return [BestOfEvery(config.every_seconds, rolls.post_seconds), by_key]
        case "best":
            return [BestOfSession(config.count, rolls.post_seconds, config.variety), by_key]
        case "press":
            return [by_key]
        case "sweep":
            return [OnSweep(rolls.post_seconds)]
    return [OnPeak(rolls.post_seconds), by_key]
