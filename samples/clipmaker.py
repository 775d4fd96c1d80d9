"""Makes video clips: pictures in motion, numbered frames, and files that are broken on purpose.

    picture = load("chelsea")
    scene = Scene(picture, 2.0, camera=((0, View(0.4)), (2, View(0.6))), blur=((0, 8), (1, 0)))
    write(path, render([scene], 640, 360, rate=25), rate=25)

All is deterministic: equal calls give equal frames, and equal bytes where the encoder has one
thread.
"""

from samples.files import BT601, BT709, HLG, PQ, Colour, damage, repeat, rotation, truncate, write
from samples.numbered import numbered, read_number
from samples.pictures import Pixels, cover, flat, load, names
from samples.scenes import Scene, View, render

__all__ = [
    "BT601",
    "BT709",
    "HLG",
    "PQ",
    "Colour",
    "Pixels",
    "Scene",
    "View",
    "cover",
    "damage",
    "flat",
    "load",
    "names",
    "numbered",
    "read_number",
    "render",
    "repeat",
    "rotation",
    "truncate",
    "write",
]
