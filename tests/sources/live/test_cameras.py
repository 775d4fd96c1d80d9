"""The cameras of a machine, as the kernel describes them."""

from __future__ import annotations

import struct
from functools import partial
from pathlib import Path

import pytest

from framepick.errors import SourceError
from framepick.sources.live import addresses
from framepick.sources.live.addresses import address_of
from framepick.sources.live.cameras import Camera, CameraMode, camera_from, cameras

SIZES: dict[bytes, list[tuple[int, int, tuple[int, ...]]]] = {
    b"MJPG": [(1920, 1080, (30, 15)), (640, 480, (60,))],
    b"YUYV": [(1920, 1080, (5,))],
}


def webcam(request: int, answer: bytearray, able: int = 1) -> None:
    """Answer as the kernel does for a webcam; requests are told apart by their last byte."""
    (index,) = struct.unpack_from("<I", answer)
    codings = list(SIZES)
    try:
        match request & 0xFF:
            case 0:
                answer[16:27] = b"HD Pro C920"
                struct.pack_into("<II", answer, 84, 0x84A00001, able)
            case 2:
                answer[44:48] = codings[index]
            case 74:
                width, height, _ = SIZES[bytes(answer[4:8])][index]
                struct.pack_into("<3I", answer, 8, 1, width, height)
            case 75:
                width, height = struct.unpack_from("<II", answer, 8)
                sizes = {one[:2]: one[2] for one in SIZES[bytes(answer[4:8])]}
                struct.pack_into("<3I", answer, 16, 1, 1, sizes[width, height][index])
    except IndexError:
        raise OSError(22, "Invalid argument") from None


def test_a_webcam_tells_its_name_sizes_and_rates() -> None:
    camera = camera_from(0, "/dev/video0", webcam)
    assert camera == Camera(
        0,
        "/dev/video0",
        "HD Pro C920",
        (
            CameraMode("MJPG", 1920, 1080, (30.0, 15.0)),
            CameraMode("MJPG", 640, 480, (60.0,)),
            CameraMode("YUYV", 1920, 1080, (5.0,)),
        ),
    )


def test_a_device_of_metadata_is_no_camera() -> None:
    assert camera_from(1, "/dev/video1", partial(webcam, able=0)) is None


def test_what_is_no_device_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "video0").write_text("no device")
    (tmp_path / "video1").mkdir()
    assert cameras(tmp_path) == []


def test_a_camera_is_found_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    there = [Camera(n, f"/dev/video{n}", name, ()) for n, name in enumerate(("Back C9", "C920"))]
    monkeypatch.setattr(addresses, "cameras", lambda: there)
    assert address_of("c920").url == "/dev/video1"
    assert address_of("c9").url == "/dev/video1"
    assert address_of("back").url == "/dev/video0"
    with pytest.raises(SourceError, match="--list"):
        address_of("front")
