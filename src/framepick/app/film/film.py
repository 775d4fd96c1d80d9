"""One film: a thread that searches it, and shows each viewer the choice that they want."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Condition, Thread
from time import monotonic
from typing import Any

import numpy as np

from framepick.aesthetic import AestheticModel
from framepick.app.film.ahead import frames_ahead
from framepick.app.film.pictures import Pictures, Wish
from framepick.app.film.shown import Shown, Wanted
from framepick.cache import Cache
from framepick.errors import FramepickError, SourceClosed, SourceError, unexpected
from framepick.session import Session, open_session
from framepick.types import Moment, VideoInfo

_SHOW_SECONDS = 0.4
"""Least time between two looks at a search that goes on."""
_SHOW_SHARE = 0.1
"""Most of the time of a search that such looks may take."""
_PICTURE_SECONDS = 20.0
_AT_ONCE = 4
"""Pictures that are decoded ahead before something else has its turn."""

LoadModel = Callable[[], AestheticModel]


class _Closed(Exception):  # noqa: N818 - nothing went wrong
    """Nobody looks at the film any more."""


class View:
    """What one viewer sees of a film."""

    def __init__(self, film: Film, name: str, wanted: Wanted) -> None:
        self.film = film
        self.name = name
        """The film's name for this viewer."""
        self.wanted = wanted
        self.served: Wanted | None = None
        """The last choice that was made for this viewer."""
        self.shown = Shown()

    def want(self, wanted: Wanted) -> None:
        """Ask for another choice; one that is under way and not done is dropped."""
        self.film.want(self, wanted)

    def adopt(self, wanted: Wanted) -> None:
        """Take a choice for granted that has the same picks as the one that was made."""
        self.film.want(self, wanted, is_made=True)

    def show(self, **changes: Any) -> None:
        """Show something else from now on."""
        self.film.show(self, **changes)

    def wait(self, version: int, seconds: float) -> Shown:
        """Give the state once it is another than `version`, or after so many seconds."""
        return self.film.wait(self, version, seconds)

    def close(self) -> None:
        """Look no more."""
        self.film.leave(self)


class Film:
    """Searches one film for all who look at it; it ends with the last of them.

    All work is done by one thread: what viewers ask for comes first, then pictures that they will
    ask for next.
    """

    def __init__(self, path: Path, content: str, load: LoadModel, cache: Cache | None) -> None:
        self.path = path
        self.content = content
        """Fingerprint of its content."""
        self._changed = Condition()
        self.pictures = Pictures(self._changed)
        self.views: list[View] = []
        self.is_closed = False
        self._load, self._cache = load, cache
        self._ahead: deque[Wish] = deque()
        self._tasks: deque[tuple[Callable[[Session], Any], Future[Any]]] = deque()
        self._session: Session | None = None
        self._serving = Wanted()
        """The choice that is being made."""
        self._info: VideoInfo | None = None
        self._error = ""
        self._next_look = 0.0
        self._thread = Thread(target=self._work, name=f"film {path.name}", daemon=True)

    def join(self, name: str, wanted: Wanted) -> View | None:
        """Look at the film; None if it has ended."""
        view = View(self, name, wanted)
        with self._changed:
            if self.is_closed:
                return None
            self.views.append(view)
            if self._error:
                view.shown = Shown("failed", 1, error=self._error)
            elif self._info:
                view.shown = Shown("choosing", 1, self._info)
            if not self._thread.ident:
                self._thread.start()
            self._changed.notify_all()
        return view

    def leave(self, view: View) -> None:
        """Take a viewer away; without any the film is closed."""
        with self._changed:
            if view in self.views:
                self.views.remove(view)
            self.is_closed |= not self.views
            self._changed.notify_all()

    def wait_closed(self, seconds: float) -> None:
        """Wait until the decoder has ended, where the film is closed."""
        if self._thread.ident and self.is_closed:
            self._thread.join(seconds)

    def want(self, view: View, wanted: Wanted, *, is_made: bool = False) -> None:
        """Note what a viewer wants; where it `is_made`, the picks are there already."""
        with self._changed:
            if is_made and view.served is view.wanted and view.shown.is_final:
                view.wanted = view.served = wanted
                return
            view.wanted = wanted
            busy = "choosing" if view.shown.stage == "ready" else view.shown.stage
            view.shown = replace(
                view.shown, stage=busy, is_final=False, error=self._error,
                version=view.shown.version + 1,
            )  # fmt: skip
            self._ahead.clear()
            self._changed.notify_all()

    def show(self, view: View, **changes: Any) -> None:
        """Show a viewer something else."""
        with self._changed:
            version = view.shown.version + 1
            view.shown = replace(view.shown, **{"version": version, **changes})
            self._changed.notify_all()

    def wait(self, view: View, version: int, seconds: float) -> Shown:
        """Wait for another version of what a viewer sees."""
        with self._changed:
            self._changed.wait_for(
                lambda: view.shown.version != version or self.is_closed, max(0.0, seconds)
            )
        return view.shown

    def picture(self, frame_index: int, side: int, seconds: float = _PICTURE_SECONDS) -> bytes:
        """Give a JPEG file of a frame that was searched, `side` pixels long at most.

        Raises
        ------
        SourceError
            There is no such frame, it cannot be decoded again, or that takes too long.
        """
        wish = frame_index, side
        file = self.pictures.get(wish) or self.pictures.wait(wish, seconds)
        if file is None:
            raise SourceError(f"{self.path.name}: frame {frame_index} cannot be shown")
        return file

    def call(self, task: Callable[[Session], Any]) -> Future[Any]:
        """Have something done with the session, in turn."""
        future: Future[Any] = Future()
        with self._changed:
            if self.is_closed or self._error:
                why = self._error or f"{self.path.name}: is closed"
                future.set_exception(SourceClosed(why))
            else:
                self._tasks.append((task, future))
            self._changed.notify_all()
        return future

    def _work(self) -> None:
        try:
            model = self._load()
            with open_session(self.path, model, self._between, self._cache) as session:
                self._session, self._info = session, session.source.info
                self._show_all(stage="searching", info=self._info)
                while step := self._next(session):
                    step()
        except _Closed:
            pass
        except FramepickError as error:
            self._fail(str(error))
        except Exception as error:  # the page says what the command line would
            self._fail(unexpected(error))
        finally:
            self._end()

    def _next(self, session: Session) -> Callable[[], None] | None:
        """Wait for the next thing to do; None once the film is closed."""
        with self._changed:
            while not self.is_closed:
                if self.pictures.wishes():
                    return lambda: self._decode(session, self.pictures.wishes())
                if self._tasks:
                    return lambda: self._do(session)
                for view in self.views:
                    if view.served is not view.wanted:
                        return lambda: self._choose(session, view)
                if self._ahead:
                    return lambda: self._decode(session, self._some_ahead())
                self._changed.wait()
        return None

    def _do(self, session: Session) -> None:
        task, future = self._tasks.popleft()
        if future.set_running_or_notify_cancel():
            try:
                future.set_result(task(session))
            except BaseException as error:
                future.set_exception(error)
                if not isinstance(error, Exception):
                    raise

    def _choose(self, session: Session, view: View) -> None:
        """Make the choice that a viewer wants; marks first, then pictures at full size."""
        wanted = view.served = self._serving = view.wanted
        try:
            wanted.apply(session)
            session.limit(wanted.config)
            self._look(session, view, stage="choosing")
            session.explore(wanted.config)
            self._look(session, view, stage="choosing", done=len(session.samples))
            result = session.choose(wanted.config, lambda: self._is_outdated(session, view))
        except FramepickError as error:
            if isinstance(error, SourceClosed) or not session.processor.has_samples:
                raise
            self.show(view, stage="ready", error=str(error))
            return
        if view.wanted is wanted:
            self.show(view, stage="ready", result=result, is_final=True, error="")
            self._ahead = deque(frames_ahead(result))

    def _look(self, session: Session, view: View, **changes: Any) -> None:
        """Show the result as it is now."""
        if session.processor.has_samples:
            self.show(view, result=session.so_far(self._serving.config), **changes)

    def _is_outdated(self, session: Session, view: View) -> bool:
        """Serve others between two picks; tell whether the choice is not wanted any more."""
        self._serve(session)
        return view.served is not view.wanted

    def _between(self, done: int, total: int | None) -> None:
        """Serve viewers between two batches of a search."""
        session = self._session
        if session is None:
            return
        self._serve(session)
        begin = monotonic()
        if begin >= self._next_look:
            self._show_search(session, done, total)
            took = monotonic() - begin
            self._next_look = monotonic() + max(_SHOW_SECONDS, took * (1 / _SHOW_SHARE - 1))

    def _serve(self, session: Session) -> None:
        if self.is_closed:
            raise _Closed
        if wishes := self.pictures.wishes():
            self._decode(session, wishes)

    def _show_search(self, session: Session, done: int, total: int | None) -> None:
        for view in list(self.views):
            wanted = view.wanted
            wanted.apply(session)
            with suppress(FramepickError):
                result = session.so_far(wanted.config)
                self.show(view, stage="searching", done=done, total=total, result=result)
        self._serving.apply(session)

    def _decode(self, session: Session, wishes: Sequence[Wish]) -> None:
        """Make pictures; all are of one size."""
        wanted = {at: side for at, side in wishes if self.pictures.get((at, side)) is None}
        try:
            side = max(wanted.values(), default=0)
            for moment, file in session.pictures(_moments(session, list(wanted)), side):
                self.pictures.put((moment.frame_index, side), file)
        except SourceClosed:
            raise
        except SourceError:  # other frames may still be decoded
            pass
        finally:
            self.pictures.give_up(wishes)

    def _some_ahead(self) -> list[Wish]:
        some = [self._ahead.popleft()]
        while self._ahead and self._ahead[0][1] == some[0][1] and len(some) < _AT_ONCE:
            some.append(self._ahead.popleft())
        return some

    def _show_all(self, **changes: Any) -> None:
        for view in list(self.views):
            self.show(view, **changes)

    def _fail(self, message: str) -> None:
        with self._changed:
            self._error = message
        self._show_all(stage="failed", error=message)

    def _end(self) -> None:
        """Let nobody wait for anything any more."""
        with self._changed:
            tasks = list(self._tasks)
            self._tasks.clear()
            self._session = None
            self._changed.notify_all()
        self.pictures.close()
        for _, future in tasks:
            future.set_exception(SourceClosed(self._error or f"{self.path.name}: is closed"))


def _moments(session: Session, frame_indices: Sequence[int]) -> list[Moment]:
    """Give when frames are shown, as far as they were searched."""
    if not session.processor.has_samples:
        return []
    samples = session.samples
    rows = np.flatnonzero(np.isin(samples.frame_index, frame_indices))
    return [samples.moment(row) for row in rows.tolist()]
