"""Addresses beside the pages: uploads, and what the components of the pages fetch.

All begin with the token of a session, so that no other page can guess them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

from anyio import to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from framepick.app.album import PHOTOS, Album
from framepick.app.album.data import PHOTO_SIDES, album_data
from framepick.app.camera import Camera
from framepick.app.desk import Desk
from framepick.app.download import Download
from framepick.app.film import View
from framepick.app.film.data import film_data, strip_picture
from framepick.app.service import service
from framepick.app.visits import Visit
from framepick.displays.page.routes import NOT_FOUND
from framepick.displays.page.server import HEADERS
from framepick.errors import FramepickError
from framepick.files import printable
from framepick.outputs.archive import zipped
from framepick.sources.photos import load_photo

PREFIX = "/framepick"
CAMERA = "camera"
"""What the session calls the camera that is watched."""
_WAIT_SECONDS = 10.0
_SIDES = (240, 480, 1600, 100_000)
"""Sizes of pictures that are given; others would be made for nothing."""
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'",
}
_SAFE_PAGE = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",
    # pages that lie in a folder may be anybody's: they are kept apart from the app
    "Content-Security-Policy": "sandbox allow-scripts allow-popups; default-src 'none'; "
    "img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; script-src 'unsafe-inline'",
}
"""Of pages with scripts and pictures of their own."""
_SAFE_LIVE = dict(HEADERS) | {
    "Content-Security-Policy": HEADERS["Content-Security-Policy"].replace(
        "frame-ancestors 'none'", "frame-ancestors 'self'"
    )
}
"""Of the page of a live session, which stands in one of ours."""

_SAFE_MAP = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'self'",
}
"""Of the map, which stands in a page of ours and names the rest of its policy itself."""

_KEPT = {"Cache-Control": "private, max-age=3600"}
"""A picture stays what it is, and its address is one session's alone."""


def routes() -> list[Route]:
    """Give all addresses."""
    base = f"{PREFIX}/{{token}}"
    return [
        Route(f"{base}/upload", _upload, methods=["PUT"]),
        Route(f"{base}/album/{{serial:int}}", _album),
        Route(f"{base}/album/{{serial:int}}/map", _map),
        Route(f"{base}/album/{{serial:int}}/{{number:int}}/heat", _photo_heat),
        Route(f"{base}/album/{{serial:int}}/{{number:int}}/{{side:int}}", _photo),
        Route(f"{base}/batch/{{job}}/{{path:path}}", _result),
        Route(f"{base}/download/{{name}}", _download),
        Route(f"{base}/{CAMERA}/{{path:path}}", _live, methods=["GET", "POST"]),
        Route(f"{base}/{CAMERA}-files/{{path:path}}", _live_file),
        Route(f"{base}/film/{{name}}", _film),
        Route(f"{base}/film/{{name}}/strip/{{at:int}}", _strip),
        Route(f"{base}/film/{{name}}/frame/{{index:int}}/{{side:int}}", _frame),
    ]


def address(visit: Visit) -> str:
    """Give where the addresses of a session begin."""
    return f"{PREFIX}/{visit.token}"


async def _upload(request: Request) -> Response:
    visit = service().visits.get(request.path_params["token"])
    if visit is None or not _is_own(request):
        return _gone()
    size = request.headers.get("content-length", "")
    name = request.query_params.get("name", "upload")
    announced = int(size) if size.isdecimal() else None
    try:
        path = await service().uploads.receive(visit.folder, name, announced, request.stream())
    except ClientDisconnect:
        return Response(status_code=400, headers=_SAFE)
    except FramepickError as error:
        return JSONResponse({"error": str(error)}, 400, _SAFE)
    return JSONResponse({"id": path.parent.name, "name": path.name}, headers=_SAFE)


async def _result(request: Request) -> Response:
    """Give a file of the results of a batch: a page, a picture, a table."""
    visit = service().visits.get(request.path_params["token"])
    job = service().batches.job(request.path_params["job"]) if visit else None
    with suppress(FramepickError):
        if job is not None:
            folder = service().roots.resolve(job.request.out)
            return await _file(folder, request.path_params["path"])
    return _gone()


async def _live_file(request: Request) -> Response:
    """Give a file of a live session that is over."""
    camera = _camera(request)
    folder = camera.folder if camera else None
    return await _file(folder, request.path_params["path"]) if folder else _gone()


async def _file(folder: Path, name: str) -> Response:
    """Give a file in a folder, which no link leads out of."""

    def found() -> Path | None:
        with suppress(OSError, ValueError, RuntimeError):
            path = (folder / name).resolve()
            return path if path.is_relative_to(folder.resolve()) and path.is_file() else None
        return None

    path = await to_thread.run_sync(found)
    return FileResponse(path, headers=_SAFE_PAGE) if path else _gone()


async def _live(request: Request) -> Response:
    """Answer the page of a live session, which is that of `framepick live`."""
    camera = _camera(request)
    if camera is None or camera.routes is None:
        return _gone()
    path = request.path_params["path"]
    if request.method == "POST":
        reply = camera.routes.post(path) if _is_own(request) else NOT_FOUND
    else:
        reply = await to_thread.run_sync(camera.routes.get, path, request.url.query)
    return Response(reply.body, reply.code, _SAFE_LIVE, reply.type)


async def _download(request: Request) -> Response:
    """Give files as one archive, made as it is sent."""
    visit = service().visits.get(request.path_params["token"])
    opened: Any = visit and visit.open.get(request.path_params["name"])
    download = getattr(opened, "download", None)
    if not isinstance(download, Download):
        return _gone()
    name = quote(printable(download.name), safe="")
    named = {"Content-Disposition": f"attachment; filename*=utf-8''{name}"}
    body = zipped(download.files)
    return StreamingResponse(body, media_type="application/zip", headers=_SAFE | named)


async def _film(request: Request) -> Response:
    """Give a film for the component that draws it, once it is another version."""
    view = _view(request)
    if view is None:
        return _gone()
    known = request.query_params.get("after", "")
    version = int(known) if known.isdecimal() else -1
    shown = await to_thread.run_sync(partial(view.wait, version, _WAIT_SECONDS))
    body = await to_thread.run_sync(partial(film_data, view, shown, version))
    return Response(json.dumps(body, allow_nan=False), media_type="application/json", headers=_SAFE)


async def _album(request: Request) -> Response:
    """Give photos in order for the component that draws them."""
    album = _album_of(request)
    if album is None or album.collection is None:
        return _gone()
    body = await to_thread.run_sync(album_data, album)
    return Response(json.dumps(body, allow_nan=False), media_type="application/json", headers=_SAFE)


async def _map(request: Request) -> Response:
    """Give the page with the map of photos."""
    album = _album_of(request)
    page = album.map.page if album and album.map else None
    return Response(page, media_type="text/html", headers=_SAFE_MAP) if page else _gone()


async def _photo(request: Request) -> Response:
    album, side = _album_of(request), request.path_params["side"]
    if album is None or side not in PHOTO_SIDES:
        return _gone()
    file = await to_thread.run_sync(album.picture, request.path_params["number"], side)
    return Response(file, media_type="image/webp", headers=_SAFE | _KEPT) if file else _gone()


async def _photo_heat(request: Request) -> Response:
    album = _album_of(request)
    photo = album.photo(request.path_params["number"]) if album else None
    if photo is None:
        return _gone()
    try:
        file = await to_thread.run_sync(lambda: service().heat_maps.of(load_photo(photo.path)))
    except FramepickError:
        return _gone()
    return Response(file, media_type="image/webp", headers=_SAFE | _KEPT)


async def _strip(request: Request) -> Response:
    at = request.path_params["at"]
    return await _picture(request, lambda view: strip_picture(view.shown, at))


async def _frame(request: Request) -> Response:
    index, side = request.path_params["index"], request.path_params["side"]
    if side not in _SIDES:
        return _gone()
    return await _picture(request, lambda view: view.film.picture(index, side))


async def _picture(request: Request, find: Callable[[View], bytes | None]) -> Response:
    view = _view(request)
    if view is None:
        return _gone()
    try:
        file = await to_thread.run_sync(find, view)
    except FramepickError:
        return _gone()
    return Response(file, media_type="image/jpeg", headers=_SAFE | _KEPT) if file else _gone()


def _camera(request: Request) -> Camera | None:
    visit = service().visits.get(request.path_params["token"])
    camera = visit.open.get(CAMERA) if visit else None
    return camera if isinstance(camera, Camera) else None


def _view(request: Request) -> View | None:
    visit = service().visits.get(request.path_params["token"])
    opened: Any = visit and visit.open.get(request.path_params["name"])
    return opened.view if isinstance(opened, Desk) else None


def _album_of(request: Request) -> Album | None:
    visit = service().visits.get(request.path_params["token"])
    opened: Any = visit and visit.open.get(PHOTOS)
    is_it = isinstance(opened, Album) and opened.serial == request.path_params["serial"]
    return opened if is_it else None


def _is_own(request: Request) -> bool:
    """Whether a request comes from one of our own pages, as far as a browser says so."""
    origin = request.headers.get("origin")
    return origin is None or origin == f"{request.url.scheme}://{request.headers.get('host')}"


def _gone() -> Response:
    return Response("There is nothing here.", 404, _SAFE)
