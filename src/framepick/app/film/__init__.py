"""Films that are open: searched once for all who look at them, and shown as each of them wants."""

from framepick.app.film.film import Film, View
from framepick.app.film.films import Films
from framepick.app.film.shown import Shown, Wanted

__all__ = ["Film", "Films", "Shown", "View", "Wanted"]
