"""A film's frames written to files: to a folder of the user's, or to one that is downloaded."""

from __future__ import annotations

from concurrent.futures import Future, wait
from dataclasses import dataclass
from pathlib import Path

from framepick.app.desk import Desk
from framepick.app.download import Download
from framepick.app.film import Wanted
from framepick.app.uploads import remove
from framepick.config import config_hash
from framepick.errors import FramepickError, unexpected
from framepick.outputs.archive import files_below
from framepick.outputs.folder import Written
from framepick.outputs.result_folders import Claim, result_folder
from framepick.outputs.stills.saving import check_size
from framepick.session import Session


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and to which folder."""

    folder: Path
    written: Written


class Export:
    """One export of a film, under way or done.

    Parameters
    ----------
    desk
        The film.
    wanted
        Frames to write, with the files to write of them.
    out
        Folder that the folder of the results is made in.
    is_private
        Whether `out` is ours, and ends with the export.
    """

    def __init__(self, desk: Desk, wanted: Wanted, out: Path, *, is_private: bool) -> None:
        self.desk, self.out, self.is_private = desk, out, is_private
        self._wanted, self._judgements = wanted, desk.verdicts.judgements
        self._download: Download | None = None
        self._future: Future[Exported] = desk.view.film.call(self._write)

    @property
    def is_busy(self) -> bool:
        """Whether there is more to come."""
        return not self._future.done()

    def wait(self, seconds: float) -> bool:
        """Wait for the end, so many seconds at most; tell whether it is there."""
        wait([self._future], seconds)
        return self._future.done()

    @property
    def error(self) -> str:
        """Why nothing was written, '' if nothing is wrong."""
        error = None if self.is_busy else self._future.exception()
        if error is None or isinstance(error, FramepickError):
            return self.desk.message(str(error or "")).replace(str(self.out), self._named)
        return unexpected(error)

    @property
    def _named(self) -> str:
        return "the temporary folder" if self.is_private else str(self.out)

    @property
    def done(self) -> Exported | None:
        """What was written, None before all is."""
        return None if self.is_busy or self.error else self._future.result()

    @property
    def download(self) -> Download | None:
        """The files as they are downloaded; None where they were written to the user's folder."""
        if self._download is None and self.is_private and self.done:
            name = f"{Path(self.desk.name).stem} picks.zip"
            self._download = Download(name, files_below(self.out))
        return self._download

    def close(self) -> None:
        """Remove what was written to be downloaded, once nothing more is."""
        if self.is_private:
            self._future.add_done_callback(lambda _: remove(self.out))

    def _write(self, session: Session) -> Exported:
        config, info, name = self._wanted.config, session.source.info, self.desk.source
        check_size(self.desk.name, info.width, info.height, config.output.image)
        self._wanted.apply(session)
        session.explore(config)
        settings = f"{session.model.encoder.encoder_id} {config_hash(config)}"
        with result_folder(Claim(self.out, name, settings=settings), waits=False) as folder:
            written = session.write(folder, config, name=name, judgements=self._judgements)[1]
            return Exported(folder, written)
