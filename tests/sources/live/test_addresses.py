"""What the names of live sources stand for, and that none tells a secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from framepick.errors import SourceError
from framepick.sources.live.addresses import address_of, without_secrets

SECRETS = [
    ("rtsp://user:hunter2@camera/stream", "rtsp://camera/stream"),
    (
        "http://camera:8080/video?user=me&password=hunter2&x=1",
        "http://camera:8080/video?user=...&password=...&x=1",
    ),
    ("rtsp://u:p@ss@host:554/a", "rtsp://host:554/a"),
    ("http://[bad@hunter2", "http://..."),
]


@pytest.mark.parametrize(("url", "shown"), SECRETS)
def test_what_is_shown_has_no_secrets(url: str, shown: str) -> None:
    assert without_secrets(url) == shown
    address = address_of(url)
    assert "hunter2" not in repr(address)
    assert "p@ss" not in repr(address)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("-", "pipe"),
        ("lavfi:testsrc2", "filter"),
        ("rtsp://camera/1", "network"),
        ("tcp://127.0.0.1:9000", "network"),
        ("/dev/video3", "device"),
        ("0", "device"),
    ],
)
def test_names_of_sources(name: str, kind: str) -> None:
    assert address_of(name).kind == kind


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("rtsp://admin:secret@cam:554/1", "rtsp://cam:554/1"),
        ("rtsp://cam/user=admin_password=secret_channel=1", "rtsp://cam/user=..."),
        (
            "http://cam/video?user=a&pwd=secret&channel=1",
            "http://cam/video?user=...&pwd=...&channel=1",
        ),
        ("rtmp://host/app/secret", "rtmp://host/app/..."),
        ("tcp://127.0.0.1:9000?listen", "tcp://127.0.0.1:9000"),
    ],
)
def test_what_is_shown_of_an_address_has_no_secret(name: str, shown: str) -> None:
    address = address_of(name)
    assert address.shown == shown
    assert "secret" not in repr(address)


def test_an_address_may_wait_for_a_sender() -> None:
    address = address_of("rtsp://0.0.0.0:8554/live?listen")
    assert address.is_listening
    assert address.url == "rtsp://0.0.0.0:8554/live"
    assert address.options["rtsp_flags"] == "listen"
    assert not address_of("rtsp://cam/live").is_listening


def test_streams_lead_to_no_files_and_no_playlists() -> None:
    for name in ("rtsp://cam/1", "http://cam/1", "tcp://cam:1", "udp://cam:1", "srt://cam:1"):
        options = address_of(name).options
        assert "file" not in options["protocol_whitelist"].split(",")
        assert not {"hls", "concat", "dash"} & set(options["format_whitelist"].split(","))


def test_rtsp_goes_over_tcp() -> None:
    assert address_of("rtsp://camera/1").options["rtsp_transport"] == "tcp"


def test_a_webcam_is_asked_for_jpeg_size_and_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    address = address_of("2", size="1280x720", rate=30)
    assert address.url == "/dev/video2"
    assert address.options == {
        "input_format": "mjpeg",
        "video_size": "1280x720",
        "framerate": "30",
    }


def test_a_file_is_a_camera_only_if_asked_for(clip: Path) -> None:
    assert address_of(str(clip), as_live=True).kind == "file"
    with pytest.raises(SourceError, match="--as-live"):
        address_of(str(clip))


@pytest.mark.parametrize("name", ["ftp://host/x", "nothing", "99x", "file:///etc/passwd"])
def test_other_names_are_refused_in_one_line(name: str) -> None:
    with pytest.raises(SourceError) as error:
        address_of(name)
    assert "\n" not in str(error.value)


def test_only_cameras_and_streams_are_opened_again() -> None:
    names = ("0", "rtsp://camera/1", "-", "lavfi:testsrc2")
    assert [address_of(name).may_return for name in names] == [True, True, False, False]
