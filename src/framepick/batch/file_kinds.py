"""Tells videos from other files, by their endings and their first bytes (pure)."""

from __future__ import annotations

from typing import Literal

from framepick.sources.photo_files import ALL_PHOTOS

_VIDEO_ENDINGS = (
    "3g2 3gp amv apng asf av1 avi divx dv f4v flv gxf h264 h265 hevc ivf m1v m2t m2ts m2v m4v mj2 "
    "mjpeg mjpg mkv mod mov mp4 mpe mpeg mpg mts mxf nut obu ogm ogv qt rm rmvb tod ts vob webm "
    "wmv wtv y4m"
)
VIDEOS = frozenset(f".{ending}" for ending in _VIDEO_ENDINGS.split())
"""Endings of files in a folder that are taken for videos without a look into them."""
_SOUND_ENDINGS = "aac flac m4a m4b m4r mka mp3 oga ogg opus wav wma"
_SOUND = frozenset(f".{ending}" for ending in _SOUND_ENDINGS.split())
_UNFINISHED_ENDINGS = "aria2 crdownload download filepart opdownload part partial tmp"
_UNFINISHED = frozenset(f".{ending}" for ending in _UNFINISHED_ENDINGS.split())
"""Endings of files that are still being copied or loaded."""
HEAD_BYTES = 189
"""So many first bytes tell what a file is."""
_STARTS = (
    b"\x1aE\xdf\xa3",  # Matroska
    b"FLV\x01",
    b"0&\xb2u\x8ef\xcf\x11",  # ASF
    b"\x00\x00\x01\xba",  # MPEG-PS
    b"\x06\x0e+4\x02\x05\x01\x01",  # MXF
)
_PICTURE_BRANDS = (b"heic", b"heix", b"mif1", b"avif", b"M4A ", b"M4B ", b"jxl ", b"crx ")


def kind_of(suffix: str) -> Literal["video", "other", "unknown"]:
    """Tell what a file is by the ending of its name, with its dot."""
    ending = suffix.lower()
    if ending in VIDEOS:
        return "video"
    return "other" if ending in _SOUND | ALL_PHOTOS | _UNFINISHED else "unknown"


def has_head_of_video(head: bytes) -> bool:
    """Tell by its first `HEAD_BYTES` whether a file is a video container of a common kind."""
    if head[4:8] == b"ftyp":
        return head[8:12] not in _PICTURE_BRANDS
    is_avi = head[:4] == b"RIFF" and head[8:12] == b"AVI "
    is_ts = len(head) == HEAD_BYTES and head[0] == head[188] == ord("G")
    return is_avi or is_ts or head.startswith(_STARTS)
