"""The ASGI application: routes, and the tasks that run beside the requests."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from seqtasks.serving import api, openapi, page_files, rest
from seqtasks.serving.bodies import error_response, json_response
from seqtasks.serving.errors import RequestError
from seqtasks.serving.metrics import Metrics
from seqtasks.serving.middleware import BearerToken, Draining, Observed
from seqtasks.serving.models import ServedModel

log = logging.getLogger("seqtasks.serving")


def create_app(
    models: Mapping[str, ServedModel],
    metrics: Metrics,
    *,
    token: str | None = None,
    cors: Sequence[str] = (),
    poll_seconds: float = 5.0,
) -> Starlette:
    """The application that serves some models.

    Args:
        models: by name.
        metrics: that the models count in.
        token: that requests must have; None for none.
        cors: origins whose pages may call the server; "*" for all.
        poll_seconds: time between two looks for newer versions of the runs.
    """
    draining = Draining()

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        for model in models.values():
            model.batcher.start()
        watch = asyncio.create_task(_watch(models, poll_seconds))
        yield
        watch.cancel()
        for model in models.values():
            await model.batcher.stop()

    middleware = [Middleware(Observed, metrics=metrics, draining=draining)]
    if cors:
        middleware.append(
            Middleware(
                CORSMiddleware,
                allow_origins=[*cors],
                allow_methods=["GET", "POST"],
                allow_headers=["Authorization"],
            )
        )
    if token:
        middleware.append(Middleware(BearerToken, token=token))
    app = Starlette(
        routes=_routes(),
        middleware=middleware,
        exception_handlers={RequestError: _refused, HTTPException: _no_route},
        lifespan=lifespan,
    )
    app.state.models, app.state.metrics, app.state.draining = models, metrics, draining
    app.state.token = bool(token)
    return app


def _routes() -> list[Route]:
    return [
        Route("/", page_files.index),
        Route("/page/{name}", page_files.file),
        Route("/api", api.models),
        Route("/api/{name}", api.model, methods=["GET", "POST"]),
        Route("/api/{name}/stream", api.stream, methods=["POST"]),
        Route("/v1/{rest:path}", rest.answer, methods=["GET", "POST"]),
        Route("/healthz", _health),
        Route("/readyz", _ready),
        Route("/metrics", _metrics),
        Route("/openapi.json", _openapi),
    ]


async def _watch(models: Mapping[str, ServedModel], seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        for model in models.values():
            try:
                await model.reload_if_replaced()
            except Exception:  # the next look may go better
                log.exception("%s: could not look for a newer version", model.name)


async def _health(request: Request) -> Response:
    return json_response({"status": "alive"})


async def _ready(request: Request) -> Response:
    if request.app.state.draining.begun:
        raise RequestError(503, "the server is about to stop.", retry_after=1)
    versions = {name: model.version.number for name, model in request.app.state.models.items()}
    return json_response({"status": "ready", "versions": versions})


async def _metrics(request: Request) -> Response:
    return Response(
        request.app.state.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8"
    )


async def _openapi(request: Request) -> Response:
    state = request.app.state
    return json_response(openapi.description(state.models.values(), token=state.token))


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestError):
        raise error
    return error_response(error)


async def _no_route(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    reason = f"{request.method} {request.url.path[:200]}: {error.detail}. See /openapi.json."
    response = error_response(RequestError(error.status_code, reason))
    response.headers.update(error.headers or {})
    return response
