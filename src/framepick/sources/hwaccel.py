"""Decoding on a device, which is used for a file only if its first pictures equal software's.

Codecs with a bit-exact standard decode alike everywhere, as long as drivers are correct. Pictures
are copied to system memory, so that all later steps are the same. A device conceals damage without
reporting it, so that damaged stretches may go unmarked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

import av
from av.codec.hwaccel import HWAccel

from framepick.sources.containers import Opened, limit, open_container, stream_at
from framepick.sources.display_order import Numbers
from framepick.sources.sequential import Decoded, Device, SequentialDecoder
from framepick.sources.track import Track

PROOF_PICTURES = 12
"""Pictures that are compared before a device is used: more than usual streams reorder."""
_EXACT_CODECS = ("h264", "hevc", "vp8", "vp9", "av1")
_WORTH_PIXELS = 1_000_000_000
"""Fewer pixels, about 16 s of 1080p, are decoded in software before a device has started."""

Print = tuple[int, int, int, int]
"""Packet number, width, height and checksum of the view of a picture."""
Make = Callable[[], SequentialDecoder]


def open_on(name: str, path: str, stream_index: int) -> Opened:
    """Open a file for decoding on the device `name`.

    Raises
    ------
    RuntimeError, SourceError, av.error.FFmpegError
        There is no such device, or it does not decode this stream.
    """
    # software in the place of a device that fails would be software on the device's terms
    container = open_container(path, HWAccel(name, allow_software_fallback=False))
    stream = stream_at(container, stream_index)
    if not stream.codec_context.is_hwaccel:
        raise RuntimeError("another stream than this one is decoded on the device")
    limit(stream.codec_context)
    stream.codec_context.thread_count = 1  # threads would wait for the one device
    return Opened(container, stream, stream.codec_context)


def is_worth_trying(codec: str, picture_count: int, pixels: int, choice: str) -> bool:
    """Tell whether a device may decode `codec` bit for bit and, for 'auto', save any time."""
    return codec in _EXACT_CODECS and (choice != "auto" or picture_count * pixels >= _WORTH_PIXELS)


def first_proven(
    names: tuple[str, ...],
    track: Track,
    numbers: Numbers,
    make: Make,
    checksum: Callable[[av.VideoFrame], int],
) -> Device | None:
    """Give the first of the devices `names` whose pictures are those of software, None if none is.

    `numbers` (F,) are the packets whose pictures are shown, in display order; `make` makes a
    decoder of the stream.
    """
    for name in names:
        device = Device(name, partial(open_on, name, track.path, track.stream_index), numbers)
        if is_proven(device, make, checksum):
            return device
    return None


def is_proven(device: Device, make: Make, checksum: Callable[[av.VideoFrame], int]) -> bool:
    """Decode the first pictures on the device and in software, and compare them."""
    try:
        decoded = _prints(make().on_device(device), checksum)
    except Exception:  # whatever a driver raises: it is not used
        return False
    return len(decoded) > 0 and decoded == _prints(make().pictures(), checksum)


def _prints(pictures: Iterator[Decoded], checksum: Callable[[av.VideoFrame], int]) -> list[Print]:
    return [
        (one.packet_number, one.picture.width, one.picture.height, checksum(one.picture))
        for one in islice(pictures, PROOF_PICTURES)
        if not one.is_damaged
    ]
