"""The loop of a live session: newest frame, score, decision, clip, still."""

from __future__ import annotations

import queue
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event as Flag
from threading import Thread
from time import monotonic

import numpy as np

from framepick.aesthetic import AestheticModel
from framepick.config import Preference
from framepick.errors import FramepickError, SourceError
from framepick.live.clip_store import ClipStore
from framepick.live.connection import Connection, Gone, Opened
from framepick.live.events import Event, EventKind, Tell
from framepick.live.figures import Figures
from framepick.live.gallery import SHOWN, Gallery
from framepick.live.judging import Judge
from framepick.live.matching import SLACK_SECONDS
from framepick.live.observation import Observation, Settled
from framepick.live.picture_watch import PictureWatch
from framepick.live.policies import Action, Drop, Keep, OnSweep, Policy, Propose
from framepick.live.recent import Recent
from framepick.live.refining import Refined, exactly
from framepick.live.rolls import NEAR_SECONDS, Rolls
from framepick.live.save_source import SaveSource
from framepick.live.saver import Job, Saved, Saver
from framepick.live.state import Command, LiveState, Status
from framepick.outputs.sentences import sentence
from framepick.outputs.text import counted
from framepick.reasons import Reason
from framepick.sources.live import LiveFrame
from framepick.sources.live.client import MICROSECONDS, Clip
from framepick.types import FrameBatch, Moment

PREVIEW_SECONDS = 0.1
"""How often a small picture is asked for, if anything shows it."""
WANTED_SECONDS = 2.0
"""How long one request for small pictures holds."""
_WAIT_SECONDS = 0.05


class Watch:
    """Watches one source until it ends, or `stop` is set.

    `state` may be read from any thread at any time; `commands` takes what people ask for.
    """

    def __init__(
        self,
        connection: Connection,
        save_source: SaveSource | None,
        model: AestheticModel,
        refining: AestheticModel,
        policies: Sequence[Policy],
        gallery: Gallery,
        clips: ClipStore,
        rolls: Rolls,
        prefer: Preference,
        source: str,
        mode: str,
        tell: Tell,
        stop: Flag,
        start_seconds: float,
        most_seconds: float | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._connection, self._model = connection, model
        self._save_source = save_source
        self._sweep = next((one for one in policies if isinstance(one, OnSweep)), None)
        self._policies, self._gallery, self._clips = policies, gallery, clips
        self._rolls, self._source, self._mode = rolls, source, mode
        self._tell, self._stop = tell, stop
        self._start, self._clock = start_seconds, clock
        self._most_seconds = np.inf if most_seconds is None else most_seconds
        self._judge = Judge(model.scorer, model.taste)
        self._refining = refining
        self._saver = Saver(refining, prefer, self._write, self._missed)
        self._figures = Figures()
        self._recent = Recent(rolls.ring_seconds if save_source else 0.0)
        self._pictures_until = 0.0
        self._trouble = ""
        self._retry_at: float | None = None
        self._status: Status = "connecting"
        self._message = "opening the source"
        self.failure = ""
        """Why the source was never open; nothing if it was, or may still be."""
        self.was_open = False
        """Whether the source ever gave a picture."""
        self._pictures = PictureWatch()
        self._loading = Thread(target=self._warm_up, name="load", daemon=True)
        self._told: set[str] = set()
        """Why the source is lost, as far as that was told."""
        self.commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        self.state = self._state()

    @property
    def seconds(self) -> float:
        """Since the start of the session."""
        return self._clock() - self._start

    @property
    def folder(self) -> Path:
        """Where the session's files are."""
        return self._gallery.folder

    def want_pictures(self) -> None:
        """Ask for small pictures in `state`; a display that shows them asks again and again."""
        self._pictures_until = self._clock() + WANTED_SECONDS

    def run(self) -> None:
        """Watch until the end."""
        self._connection.open()
        self._loading.start()
        while self._loading.is_alive() and not self._stop.is_set():  # libraries take no signals
            self._loading.join(_WAIT_SECONDS)
        while not self._stop.is_set() and self.seconds < self._most_seconds:
            match self._connection.next(self._wants_picture()):
                case LiveFrame() as frame:
                    self._score(frame)
                case Opened() as opened:
                    self._opened(opened)
                case Gone() as gone:
                    self._lost(gone)
                    if gone.retry_seconds is None:
                        break
                case None:
                    self._act(self._decide([]))
            self._obey()
            self.state = self._state()
            if self._sweep and self._sweep.is_done:
                break

    def _opened(self, opened: Opened) -> None:
        self.was_open = True
        self._gallery.opened(opened.facts)
        self._say("opened", f"{self._source}: is {'back' if opened.is_again else 'open'}")
        self._status, self._trouble, self._retry_at = "watching", "", None
        self._figures.reopened()
        self._told.clear()

    def _warm_up(self) -> None:
        """Load the encoder: the first frame is not to wait for it."""
        size = self._model.encoder.view_spec.size
        batch = FrameBatch(np.zeros((1, size, size, 3), np.uint8), (Moment(0, 0, MICROSECONDS, 0),))
        with suppress(Exception):  # the first frame tells what is wrong
            self._model.encoder.encode(batch)

    def close(self) -> None:
        """Save what is pending, and, if the source was ever open, write the session's files.

        Raises
        ------
        OutputError
            picks.json cannot be written.
        """
        try:
            self._save_all()
            if self.was_open:
                self._complete()
        finally:
            self._end()
            self._status = "over"
            self.state = self._state()

    def abandon(self) -> None:
        """End at once: nothing more is saved, and nothing half written is left."""
        self._saver.give_up()
        self._end()
        self._gallery.abandon()

    def _end(self) -> None:
        self._connection.close()
        if self._loading.is_alive():  # a library that is interrupted takes the process with it
            self._loading.join()
        if self._save_source:
            self._save_source.close()
        self._clips.close()

    def _save_all(self) -> None:
        self._status, self._message = "closing", "saving"
        self.state = self._state()
        self._finish()
        if not self._stop.is_set():
            self._saver.close(self._stop.is_set)
        if self._stop.is_set():
            for job in self._saver.abandon():
                self._save_at_once(job)

    def _wants_picture(self) -> bool:
        now = self._clock()
        return now < self._pictures_until and now - self._recent.picture_seconds > PREVIEW_SECONDS

    def _complete(self) -> None:
        for failure in self._gallery.finish(self._stop.is_set()):
            self._say("warning", f"{failure.file} could not be written ({failure.reason})")
        count = counted(len(self._gallery.stills()), "still")
        self._say("closed", f"{count} in {self._gallery.folder}")

    def _save_at_once(self, job: Job) -> None:
        """Save the very frame of a moment: there is no time to look for a better one nearby."""
        moment = job.keep.moment
        still = None if job.motion else self._connection.still(job.clip, moment)
        try:
            if still is None:
                refined = exactly(job.clip, moment, self._refining, job.motion)
            else:
                refined = Refined(still, (), 0.0)
        except SourceError as error:
            return self._missed(job.keep, str(error))
        if refined is None:
            return self._missed(job.keep, "it cannot be decoded")
        return self._saver.write(job, refined)

    def _score(self, frame: LiveFrame) -> None:
        if not self._recent.is_new(frame):
            return  # the times of a source that was just opened are corrected backwards
        vectors = self._model.encoder.encode(
            FrameBatch(frame.frame.view[None], (frame.frame.moment,))
        )
        observation = self._judge.observe(frame, vectors)
        self._figures.add(frame, self._clock())
        self._gallery.scored(frame, observation)
        self._recent.add(frame, observation, self._clock())
        for text in self._pictures.add(observation):
            self._say("warning", f"{self._source}: {text}")
        if self._sweep:
            self._lead(self._sweep, observation)
        self._act(self._decide(self._judge.settle(observation)))

    def _lead(self, sweep: OnSweep, observation: Observation) -> None:
        """Say where to sweep, each time that changes."""
        before = sweep.guide
        sweep.observe(observation)
        if sweep.guide and (before is None or before.state != sweep.guide.state):
            self._say("guidance", sweep.guide.state, dx=sweep.guide.dx, dy=sweep.guide.dy)

    def _decide(self, settled: Sequence[Settled]) -> list[Action]:
        now = self.seconds
        return [action for policy in self._policies for action in policy.update(settled, now)]

    def _act(self, actions: Sequence[Action]) -> None:
        for action in actions:
            match action:
                case Propose(key, moment):
                    self._hold(key, moment.time_seconds)
                case Keep() as keep:
                    self._keep(keep)
                case Drop(key):
                    self._drop(key)

    def _hold(self, key: int, seconds: float) -> None:
        """Hold on to what is around a moment; where that fails, keeping it tells why."""
        with suppress(FramepickError):
            self._clips.hold(key, self._cut(key, seconds))

    def _cut(self, key: int, seconds: float) -> Clip:
        """Write what is kept around a moment to a file."""
        start = seconds - max(self._rolls.pre_seconds, NEAR_SECONDS)
        end = seconds + max(self._rolls.post_seconds, NEAR_SECONDS)
        if self._save_source:
            start, end = start - SLACK_SECONDS, end + SLACK_SECONDS
        past = self._save_source or self._connection
        return past.clip(self._clips.path(key), start, end)

    def _keep(self, keep: Keep) -> None:
        seconds = keep.moment.time_seconds
        try:
            clip = self._clips.take(keep.key) or self._cut(keep.key, seconds)
        except FramepickError as error:
            self._missed(keep, str(error))
        else:
            self._saver.submit(Job(keep, clip, self._recent.motion(seconds)))

    def _drop(self, key: int) -> None:
        self._clips.drop(key)
        self._saver.drop(key)
        if still := self._gallery.remove(key):
            self._say("dropped", f"{still.name} was replaced by a better one", still=still.name)

    def _write(self, saved: Saved) -> None:
        still = self._gallery.save(saved)
        delay = self.seconds - saved.keep.moment.time_seconds
        self._say(
            "kept",
            f"{still.name}  {still.seconds:.3f} s  score {still.score:.3f}  {still.reason}",
            still=str(self._gallery.folder / still.name),
            time_seconds=round(still.seconds, 6),
            peak_seconds=round(saved.keep.moment.time_seconds, 6),
            score=round(still.score, 6),
            percentile=round(still.percentile, 2),
            rating=still.rating,
            delay_seconds=round(delay, 3),
        )

    def _missed(self, keep: Keep, why: str) -> None:
        seconds = keep.moment.time_seconds
        self._say("missed", f"the moment at {seconds:.3f} s was not saved: {why}")

    def _lost(self, gone: Gone) -> None:
        """Save the best so far, and tell of the loss: once, not at each attempt to mend it."""
        if gone.was_open:
            self._finish()
            self._judge.reset(self.seconds)
            self._pictures = PictureWatch()
        self._trouble = gone.text
        self._retry_at = None if gone.retry_seconds is None else self._clock() + gone.retry_seconds
        if gone.retry_seconds is None:
            self._status, text = "ended", f"{self._source}: {gone.text}"
            if self.was_open:
                self._say("ended", text, retry_seconds=None)
            else:
                self.failure = text
            return
        self._status = "lost"
        text = f"{self._source}: {gone.text}; waiting for its return"
        is_news = gone.is_denied or not self._told
        if is_news and gone.text not in self._told:
            self._say("lost", text, retry_seconds=gone.retry_seconds)
        self._told.add(gone.text)

    def _finish(self) -> None:
        """Keep what policies have in mind: nothing follows that could be better."""
        self._act(self._decide(self._judge.flush()))
        for policy in self._policies:
            self._act(policy.finish())

    def _obey(self) -> None:
        while True:
            try:
                command = self.commands.get_nowait()
            except queue.Empty:
                return
            if command == "stop":
                self._stop.set()
            elif latest := self._recent.latest:
                for policy in self._policies:
                    self._act(policy.press(latest.moment, latest.level))

    def _say(self, kind: EventKind, text: str, **values: str | float | int | bool | None) -> None:
        self._message = text
        self._tell(Event(kind, round(self.seconds, 3), text, values))

    def _retry_seconds(self) -> float | None:
        return None if self._retry_at is None else max(0.0, self._retry_at - self._clock())

    def _state(self) -> LiveState:
        recent, stills = self._recent, self._gallery.stills()
        latest, frame = recent.latest, recent.frame
        score = latest.level - latest.zero if latest else float("nan")
        percentile = self._model.scorer.calibration.percentile(np.array([score]))
        times, raw, level = recent.curve()
        return LiveState(
            source=self._source,
            mode=self._mode,
            status=self._status,
            message=self._message,
            trouble=self._trouble,
            retry_seconds=self._retry_seconds(),
            folder=str(self.folder),
            seconds=self.seconds,
            width=frame.width if frame else 0,
            height=frame.height if frame else 0,
            picture=recent.picture,
            times_seconds=times,
            raw=raw,
            level=level,
            score=score,
            percentile=float(percentile[0]),
            veto=sentence(Reason(latest.veto)) if latest and latest.veto else "",
            kept=stills[-SHOWN:],
            kept_count=len(stills),
            best=max(stills, key=lambda one: one.score, default=None),
            rate=self._figures.rate,
            came_rate=self._figures.came_rate,
            dropped=self._figures.dropped,
            age_seconds=self._figures.age_seconds,
            ring_bytes=frame.ring_bytes if frame else 0,
            guide=self._sweep.guide if self._sweep else None,
        )
