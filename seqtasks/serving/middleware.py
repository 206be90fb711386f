"""Middleware: metrics, errors, bearer tokens, and closing of connections at shutdown."""

from __future__ import annotations

import hmac
import logging
import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seqtasks.serving.bodies import error_response
from seqtasks.serving.errors import RequestError
from seqtasks.serving.metrics import NO_MODEL, Metrics

log = logging.getLogger("seqtasks.serving")

OPEN = ("/", "/healthz", "/readyz", "/openapi.json")  # without a token: they tell nothing
OPEN_FOLDER = "/page/"


class Draining:
    """Flag of a graceful shutdown: connections are closed after their next response."""

    def __init__(self) -> None:
        self.begun = False


class Observed:
    """Counts and times requests, converts exceptions to 500, closes connections at shutdown.

    Args:
        app: the application within.
        metrics: to count in.
        draining: of the server.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, draining: Draining) -> None:
        self.app, self.metrics, self.draining = app, metrics, draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 0

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if self.draining.begun:
                    MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        try:
            await self.app(scope, receive, sent)
        except Exception:
            if status:  # too late to say so
                raise
            log.exception("%s %s", scope["method"], scope["path"])
            error = RequestError(500, "an error of the server; see its log.")
            await error_response(error)(scope, receive, sent)
        finally:
            name = scope.get("seqtasks.model", NO_MODEL)
            self.metrics.answered(name, status, time.perf_counter() - begun)


class BearerToken:
    """Requires `Authorization: Bearer TOKEN`, except for the page's files and probes.

    Args:
        app: the application within.
        token: that is expected.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app, self._expected = app, token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, with 401 if it has another token or none."""
        if scope["type"] == "http" and not self._may_enter(scope):
            error = RequestError(401, "expected the header 'Authorization: Bearer TOKEN'.")
            response = error_response(error)
            response.headers["WWW-Authenticate"] = "Bearer"
            await response(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _may_enter(self, scope: Scope) -> bool:
        if scope["path"] in OPEN or scope["path"].startswith(OPEN_FOLDER):
            return True
        for name, value in scope["headers"]:
            if name == b"authorization":
                scheme, _, token = value.partition(b" ")
                return scheme.lower() == b"bearer" and hmac.compare_digest(
                    token.strip(), self._expected
                )
        return False
