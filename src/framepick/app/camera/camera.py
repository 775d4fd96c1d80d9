"""A live session in a thread of the server; it ends with the browser session at the latest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from typing import Any, Literal, Self

from framepick.aesthetic import AestheticModel
from framepick.app.download import Download
from framepick.displays.page.routes import Routes
from framepick.errors import FramepickError, unexpected
from framepick.live.events import Event
from framepick.live.running import LiveConfig, run_live
from framepick.live.watch import Watch
from framepick.outputs.archive import files_below
from framepick.outputs.result_folders import PICKS_NAME, read_document
from framepick.outputs.stills.notes import rating_of
from framepick.sources.live import Address

Stage = Literal["opening", "watching", "over", "failed"]
_CLOSE_SECONDS = 15.0
"""How long the end of a session may take, in which its last moments are saved."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A still of a session that is over."""

    name: str
    """File name in the folder of the session."""
    seconds: float
    """When it was shown, from the start of the session."""
    score: float
    rating: int
    """Stars, 1 to 5."""
    reason: str
    """Why it was kept, in one line."""

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> Self:
        """Read a row of picks.json."""
        reason = "; ".join(one["text"] for one in row["reasons"])
        rating = rating_of(row["percentile"])
        return cls(row["still"], row["time_seconds"], row["score"], rating, reason)


class Camera:
    """Watches a source from its construction on.

    Parameters
    ----------
    address
        The source.
    out
        Folder in which the session makes its own.
    load
        Gives the model; called in the thread of the session.
    config
        What is kept.
    is_private
        Whether `out` ends with the browser session.
    """

    def __init__(
        self,
        address: Address,
        out: Path,
        load: Callable[[], AestheticModel],
        config: LiveConfig,
        *,
        is_private: bool,
    ) -> None:
        self.source, self.is_private = address.shown, is_private
        self.error = ""
        """Why the source was never open, '' if nothing is wrong."""
        self.folder: Path | None = None
        """Where the files of the session are, once it is over."""
        self.routes: Routes | None = None
        """Answers the page that shows the session, once there is something to show."""
        self._stop = Flag()
        self._watch: Watch | None = None
        self._work = partial(self._run_live, address, out, load, config)
        self._thread = Thread(target=self._run, name=f"camera {self.source}", daemon=True)
        self._thread.start()

    @property
    def stage(self) -> Stage:
        """How far it is; watching from the first picture on, and while that is awaited again."""
        if not self._thread.is_alive():
            return "failed" if self.error else "over"
        return "watching" if self._watch and self._watch.was_open else "opening"

    @property
    def stills(self) -> list[Kept]:
        """Give the stills of a session that is over, the best first."""
        picks = read_document(self.folder / PICKS_NAME).get("picks", []) if self.folder else []
        return sorted(map(Kept.of_row, picks), key=lambda one: -one.score)

    @property
    def download(self) -> Download | None:
        """The files of a session that is over, as they are downloaded; None where they stay."""
        if self.folder is None or not self.is_private:
            return None
        return Download(f"{self.folder.name}.zip", files_below(self.folder))

    def stop(self) -> None:
        """End the session; its last moments are saved."""
        self._stop.set()

    def close(self) -> None:
        """End the session, and wait until no process of it is left."""
        self.stop()
        self._thread.join(_CLOSE_SECONDS)

    def _run(self) -> None:
        try:
            self.folder = self._work()
        except FramepickError as error:
            self.error = str(error)
        except Exception as error:
            self.error = unexpected(error)

    def _run_live(
        self, address: Address, out: Path, load: Callable[[], AestheticModel], config: LiveConfig
    ) -> Path:
        return run_live(address, out, load(), config, _heard, self._stop, [self._shown])

    def _shown(self, watch: Watch) -> Callable[[], None]:
        self._watch, self.routes = watch, Routes(watch)
        return lambda: None


def _heard(_: Event) -> None:
    """Say nothing: the page shows what happens."""
