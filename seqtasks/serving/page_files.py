"""Static files of the page, with the headers that restrict them."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response

from seqtasks.serving.errors import RequestError

FOLDER = Path(__file__).parent / "page"
TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
HEADERS = {
    # Nothing from outside, nothing inline, not in a frame.
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


async def index(request: Request) -> Response:
    """`GET /`: the page."""
    return _file("index.html")


async def file(request: Request) -> Response:
    """`GET /page/NAME`: a file of the page."""
    return _file(request.path_params["name"])


def _file(name: str) -> Response:
    path = FOLDER / name  # a name of one part: the route has no slashes
    if path.suffix not in TYPES or not path.is_file():
        raise RequestError(404, f"no file '{name[:60]}' of the page.")
    return FileResponse(path, headers=HEADERS, media_type=TYPES[path.suffix])
