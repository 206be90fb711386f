"""serve: an HTTP server with a graceful shutdown."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from seqtasks.errors import InputError
from seqtasks.serving.app import create_app
from seqtasks.serving.limits import Limits
from seqtasks.serving.metrics import Metrics
from seqtasks.serving.models import ServedModel

log = logging.getLogger("seqtasks.serving")

# How long open connections are kept after the signal to stop, so that what is on its way is
# still read and answered, with the word that the connection is closed.
DRAIN_SECONDS = 1.0
BACKLOG = 2048


class DrainingServer(uvicorn.Server):
    """uvicorn's server with a grace period between closing the socket and the connections.

    uvicorn closes idle connections at once: a request that is on its way is lost then.
    """

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept no more connections, answer the last requests, stop."""
        app = self.config.app
        if isinstance(app, Starlette):
            app.state.draining.begun = True
        log.info("stopping: no new connections")
        await asyncio.sleep(0.05)  # those in the queue of the socket are taken
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        await asyncio.sleep(DRAIN_SECONDS)
        await super().shutdown(sockets)
        log.info("stopped")


def serve(
    runs: Mapping[str, Path],
    *,
    host: str = "127.0.0.1",
    port: int = 8501,
    limits: Limits | None = None,
    token: str | None = None,
    cors: Sequence[str] = (),
    poll_seconds: float = 5.0,
) -> None:
    """Load runs and serve them until the process is told to stop (SIGTERM, Ctrl-C).

    Args:
        runs: folders by the name under which each is served.
        host: address to listen at.
        port: to listen at; 0 takes one that is free.
        limits: of requests.
        token: that requests must have; None for none.
        cors: origins whose pages may call the server.
        poll_seconds: time between two looks for newer versions of the runs.

    Raises:
        InputError: no such run, or the address is taken.
    """
    listening = _listen(host, port)
    with contextlib.closing(listening):
        metrics = Metrics()
        models = {
            name: ServedModel(name, path, limits or Limits(), metrics)
            for name, path in runs.items()
        }
        app = create_app(models, metrics, token=token, cors=cors, poll_seconds=poll_seconds)
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            timeout_keep_alive=75,
            backlog=BACKLOG,
            server_header=False,
        )
        address = listening.getsockname()
        shown = f"[{address[0]}]" if ":" in address[0] else address[0]
        names = ", ".join(models)
        listening.listen(BACKLOG)  # whoever reads the address may use it
        log.info("serving %s at http://%s:%d", names, shown, address[1])
        # uvicorn sends itself the signal again when it is done: that is no failure.
        signal.signal(signal.SIGTERM, lambda *_: None)
        DrainingServer(config).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    listening = None
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except (OSError, OverflowError) as error:
        if listening is not None:
            listening.close()
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"{host}:{port}: cannot be listened at ({reason}). Choose another --port or --host."
        ) from error
    return listening
