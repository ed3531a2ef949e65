"""The studio's routes: what the page asks, and what it gets."""

# ruff: noqa: ARG001, ARG002 - each route gets the request, and each handler of errors too

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from functools import partial
from importlib.resources import files
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from colorquant import Image, Palette, load
from colorquant.errors import (
    ColorquantError,
    ImageError,
    ImageTooLargeError,
    MissingExtraError,
    OutOfMemoryError,
)
from colorquant.report.sizes import readable_size
from colorquant.settings import Settings
from colorquant.studio import documents, pictures
from colorquant.studio.exports import File, UnknownFileError, export
from colorquant.studio.looks import Look
from colorquant.studio.samples import SAMPLES
from colorquant.studio.security import Guard
from colorquant.studio.sessions import GoneError, Session
from colorquant.studio.work import SupersededError, Work

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from colorquant.studio.service import Service

TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
}
# Bytes of a look, or of settings: a look with 256 colors has 3 kB.
MOST_JSON = 1 << 16
# Bytes of a palette file; a catalog of 500 threads has 20 kB.
MOST_PALETTE = 1 << 22
# Files that are read and decoded at once; others wait.
ARRIVING = 2
# Pictures and files that are made at once; others wait. Each takes up to 0.8 GB for
# the while, of the largest image allowed.
DRAWN_AT_ONCE = 2
# What the router says in two words.
SENTENCES = {
    "Not Found": "There is nothing at this address.",
    "Method Not Allowed": "That cannot be done here.",
}
# What an error's class means in HTTP; the first that fits.
STATUSES: tuple[tuple[type[BaseException], int], ...] = (
    (GoneError, 404),
    (UnknownFileError, 404),
    (ImageTooLargeError, 413),
    (ImageError, 415),
    (MissingExtraError, 501),
    (OutOfMemoryError, 503),
    (ColorquantError, 400),
)

Drawn = TypeVar("Drawn")


class Json(JSONResponse):
    """JSON in ASCII: what somebody sends may have halves of letters, and an error then repeats them."""

    def render(self, content: Any) -> bytes:
        """Write it."""
        return json.dumps(content, allow_nan=False, separators=(",", ":")).encode()


class Studio:
    """What the routes share.

    Parameters
    ----------
    session : Session
        Images of the command line are in it already.
    service : Service or None
        The deployed service to show, or the emulated one.
    """

    def __init__(self, session: Session, service: Service | None = None) -> None:
        self.session = session
        self.service = service
        self.limits = Settings()
        self.work = Work()
        self._arriving = asyncio.Semaphore(ARRIVING)
        self._drawing = asyncio.Semaphore(DRAWN_AT_ONCE)

    # Files of the page.

    async def index(self, request: Request) -> Response:
        """Give the page."""
        return _static("colorquant.studio", "page", "index.html")

    async def page(self, request: Request) -> Response:
        """Give one of the page's files."""
        return _static("colorquant.studio", "page", request.path_params["name"])

    async def shared(self, request: Request) -> Response:
        """Give one of the files that the page shares with the report."""
        return _static("colorquant.report", "templates", request.path_params["name"])

    async def about(self, request: Request) -> Response:
        """Say what there is to choose from."""
        service = self.service.about() if self.service else None
        return Json(documents.about(self.limits, service))

    # Images.

    async def images(self, request: Request) -> Response:
        """List what is open, in the order of opening."""
        opened = sorted(self.session.images.all(), key=lambda each: each.at)
        return Json([each.describe() for each in opened])

    async def open(self, request: Request) -> Response:
        """Open what was sent, or a sample."""
        if sample := request.query_params.get("sample"):
            if sample not in SAMPLES:
                raise UnknownFileError("There is no sample {name!r}.", name=sample)
            async with self._arriving:
                return await self._opened(f"{sample}.png", SAMPLES[sample].load)
        async with self._arriving:
            data = await _body(request, self.limits.max_bytes)
            return await self._opened(request.query_params.get("name", ""), partial(load, data))

    async def _opened(self, name: str, work: Callable[[], Image]) -> Response:
        image = await asyncio.to_thread(work)
        return Json(self.session.open(name, image).describe(), 201)

    async def close(self, request: Request) -> Response:
        """Forget an image."""
        self.session.close(request.path_params["id"])
        return Response(status_code=204)

    async def preview(self, request: Request) -> Response:
        """Give the original at the size of a screen."""
        opened = self.session.images.get(request.path_params["id"])
        side = _whole(request, "side", pictures.SIDE)
        return await self._picture(partial(pictures.preview, opened.image, side))

    async def crop(self, request: Request) -> Response:
        """Give a piece of the original."""
        opened = self.session.images.get(request.path_params["id"])
        return await self._picture(partial(pictures.crop, opened.image, _box(request)))

    async def _picture(self, draw: Callable[[], bytes]) -> Response:
        return Response(await self._drawn(draw), media_type="image/png")

    async def _drawn(self, draw: Callable[[], Drawn]) -> Drawn:
        async with self._drawing:
            return await asyncio.to_thread(draw)

    # Colors.

    async def sweep(self, request: Request) -> Response:
        """Score every number of colors of the slider, and choose."""
        opened = self.session.images.get(request.path_params["id"])
        look = self._look(await _json(request))
        return Json(await self._heavy(request, "sweep", partial(documents.sweep, opened, look)))

    async def palettes(self, request: Request) -> Response:
        """Give the palettes of some numbers of colors."""
        opened = self.session.images.get(request.path_params["id"])
        told = await _json(request)
        look = self._look(told.get("look", {}))
        numbers = told.get("numbers", [])
        if not isinstance(numbers, list) or not all(isinstance(number, int) for number in numbers):
            raise HTTPException(400, "numbers is a list of numbers of colors.")
        work = partial(documents.palettes, opened, look, numbers)
        return Json(await self._heavy(request, "palettes", work))

    async def make(self, request: Request) -> Response:
        """Recolor an image, in its full size."""
        opened = self.session.images.get(request.path_params["id"])
        look = self._look(await _json(request))

        def work() -> dict[str, Any]:
            return documents.result(self.session.keep(opened, *look.make(opened)), look)

        return Json(await self._heavy(request, "results", work), 201)

    def _look(self, told: Any) -> Look:
        return Look.read(told, self.session.palettes.get)

    async def _heavy(self, request: Request, kind: str, work: Callable[[], Any]) -> Any:
        view = request.headers.get("x-view", "main")
        return await self.work.run(f"{view}/{request.path_params['id']}/{kind}", work)

    async def open_palette(self, request: Request) -> Response:
        """Read a palette file or a catalog."""
        data = await _body(request, MOST_PALETTE)
        palette = await asyncio.to_thread(Palette.read, data)
        held = self.session.hold(request.query_params.get("name", ""), palette)
        return Json(documents.catalog(held), 201)

    # Results.

    async def result_preview(self, request: Request) -> Response:
        """Give a result at the size of a screen."""
        made = self.session.results.get(request.path_params["id"])
        side = _whole(request, "side", pictures.SIDE)
        return await self._picture(partial(pictures.preview_of_result, made.result, side))

    async def result_crop(self, request: Request) -> Response:
        """Give a piece of a result."""
        made = self.session.results.get(request.path_params["id"])
        return await self._picture(partial(pictures.crop_of_result, made.result, _box(request)))

    async def export(self, request: Request) -> Response:
        """Give a file to take along."""
        made = self.session.results.get(request.path_params["id"])
        work = partial(export, made, request.path_params["name"], dict(request.query_params))
        return _attachment(await self._drawn(work))

    # The service.

    async def listing(self, request: Request) -> Response:
        """Tell what was uploaded, and what came of it."""
        return Json(await asyncio.to_thread(self._served.listing))

    async def upload(self, request: Request) -> Response:
        """Upload an image to the service."""
        service = self._served
        settings = _parsed(request.headers.get("x-colorquant-settings", "{}"))
        key = _key(request)
        async with self._arriving:
            data = await _body(request, self.limits.max_bytes)
            return Json(await asyncio.to_thread(service.upload, key, data, settings), 201)

    async def service_picture(self, request: Request) -> Response:
        """Give a thumbnail, or a whole image of the service."""
        ways = {"thumbnail": self._served.thumbnail, "image": self._served.image}
        draw = ways.get(request.path_params["kind"])
        if draw is None:
            raise HTTPException(404, "There is no such picture.")
        of = request.query_params.get("of", "input")
        encoded = await asyncio.to_thread(draw, _key(request), of)
        return Response(encoded.data, media_type=encoded.media_type)

    async def service_open(self, request: Request) -> Response:
        """Open what was uploaded to the service."""
        service, key = self._served, _key(request)
        async with self._arriving:
            encoded = await asyncio.to_thread(service.image, key, "input")
            return await self._opened(key, partial(load, encoded.data))

    @property
    def _served(self) -> Service:
        if self.service is None:
            raise HTTPException(
                404, "No service is shown. Start the studio with --stack, --input-bucket or --emulate."
            )
        return self.service


def application(studio: Studio, secret: str, port: int) -> ASGIApp:
    """Put the routes together, behind the guard."""
    get, post = ["GET"], ["POST"]
    routes = [
        Route("/", studio.index),
        Route("/page/{name}", studio.page),
        Route("/shared/{name}", studio.shared),
        Route("/about", studio.about),
        Route("/images", studio.images, methods=get),
        Route("/images", studio.open, methods=post),
        Route("/images/{id}", studio.close, methods=["DELETE"]),
        Route("/images/{id}/preview", studio.preview),
        Route("/images/{id}/crop", studio.crop),
        Route("/images/{id}/sweep", studio.sweep, methods=post),
        Route("/images/{id}/palettes", studio.palettes, methods=post),
        Route("/images/{id}/results", studio.make, methods=post),
        Route("/palettes", studio.open_palette, methods=post),
        Route("/results/{id}/preview", studio.result_preview),
        Route("/results/{id}/crop", studio.result_crop),
        Route("/results/{id}/{name}", studio.export),
        Route("/service", studio.listing),
        Route("/service/uploads", studio.upload, methods=post),
        Route("/service/open", studio.service_open, methods=post),
        Route("/service/{kind}", studio.service_picture),
    ]
    handlers: dict[Any, Callable[[Request, Any], Awaitable[Response]]] = {
        HTTPException: _told,
        ColorquantError: _explained,
        SupersededError: _superseded,
        ClientDisconnect: _superseded,
        MemoryError: _no_memory,
        Exception: _failed,
    }
    app = Starlette(routes=routes, exception_handlers=handlers)
    # It would lead to an address without the secret.
    app.router.redirect_slashes = False
    return Guard(app, secret, port)


async def _told(request: Request, error: HTTPException) -> Response:
    sentence = SENTENCES.get(error.detail, error.detail)
    return Json({"error": sentence}, error.status_code, headers=error.headers)


async def _explained(request: Request, error: ColorquantError) -> Response:
    status = getattr(error, "status", None) or next(
        code for kind, code in STATUSES if isinstance(error, kind)
    )
    return Json({"error": str(error)}, status)


async def _superseded(request: Request, error: Exception) -> Response:
    return Json({"superseded": True, "error": "Something newer was asked for."}, 409)


async def _no_memory(request: Request, error: MemoryError) -> Response:
    return Json({"error": "There is not enough memory for this. Close other images and try again."}, 503)


async def _failed(request: Request, error: Exception) -> Response:
    # The server prints where it came from, too.
    return Json({"error": f"The studio failed: {type(error).__name__}: {error}"}, 500)


def _static(package: str, folder: str, name: str) -> Response:
    file = files(package) / folder / name
    matched = re.fullmatch(rf"[a-z0-9-]+\.({'|'.join(TYPES)})", name)
    if not matched or not file.is_file():
        raise HTTPException(404, "There is no such file.")
    return Response(file.read_bytes(), media_type=TYPES[matched[1]])


def _attachment(file: File) -> Response:
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", file.name)
    # RFC 6266: names of other letters go percent-encoded beside a plain one.
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}"
    return Response(file.data, media_type=file.media_type, headers={"content-disposition": disposition})


async def _body(request: Request, most: int) -> bytes:
    """Read what is sent, and no more than so many bytes."""
    too_large = HTTPException(413, f"That is larger than {readable_size(most)}, the most that is accepted.")
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > most:
        raise too_large
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > most:
            raise too_large
    return bytes(data)


async def _json(request: Request) -> Any:
    return _parsed((await _body(request, MOST_JSON)).decode("utf-8", "replace"))


def _parsed(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text or "{}")
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise HTTPException(400, "This is no JSON object.")
    return told


def _key(request: Request) -> str:
    key: str = request.query_params.get("key", "")
    if not key:
        raise HTTPException(400, "Say which upload, by its key.")
    return key


def _whole(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    # No picture has a billion pixels on a side.
    if text and not (text.isdecimal() and len(text) < 10):
        raise HTTPException(400, f"{name} is a whole number.")
    return int(text) if text else default


def _box(request: Request) -> pictures.Box:
    return pictures.Box(*(_whole(request, name, default) for name, default in pictures.BOX.items()))
