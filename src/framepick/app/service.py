"""What all browser sessions of one server share."""

from __future__ import annotations

from collections.abc import Callable

from framepick.app.batches import Batches
from framepick.app.film import Films
from framepick.app.heat import HeatMaps
from framepick.app.memory import Memory, default_home
from framepick.app.settings import Settings
from framepick.app.tastes import Tastes
from framepick.app.uploads import Uploads
from framepick.app.visits import Visits


class Service:
    """Roots, memory, uploads, films, batches and sessions of one server.

    Raises
    ------
    OutputError
        No temporary folder can be made.
    """

    def __init__(self, settings: Settings, is_connected: Callable[[str], bool]) -> None:
        self.settings = settings
        self.roots = settings.roots
        self.tastes = Tastes(settings.roots, settings.weights)
        self.memory = Memory(default_home(), self.tastes.find)
        self.uploads = Uploads(settings.upload_limit_bytes)
        self.films = Films(settings.weights, self.uploads.new_folder)
        self.heat_maps = HeatMaps(settings.weights)
        self.batches = Batches(self.memory, settings.weights)
        self.visits = Visits(self.uploads.new_folder, is_connected, settings.grace_seconds)

    def watch(self) -> None:
        """From now on end sessions whose browser is gone."""
        self.visits.watch(self.films.tidy)

    def close(self) -> None:
        """End all sessions and remove all that is temporary; batches go on."""
        self.visits.close()
        self.batches.close()
        self.films.close()
        self.uploads.close()


_services: list[Service] = []


def begin(service: Service) -> None:
    """Let the pages use `service` from now on."""
    _services[:] = [service]


def service() -> Service:
    """Give the service that the pages use.

    Raises
    ------
    RuntimeError
        The pages were not started by framepick.
    """
    if not _services:
        raise RuntimeError("start the pages with: framepick app")
    return _services[0]
