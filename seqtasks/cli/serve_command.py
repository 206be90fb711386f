"""`seqtasks serve RUN [NAME=RUN ...]`: saved runs over HTTP."""

from __future__ import annotations

import importlib.util
import ipaddress
import logging
import os
import sys
from dataclasses import dataclass, field
from typing import Annotated

import tyro

from seqtasks.errors import InputError
from seqtasks.serving import Limits
from seqtasks.startup import start_quietly

PACKAGES = ("starlette", "uvicorn", "prometheus_client")  # of the extra `serve`
TOKEN = "SEQTASKS_TOKEN"


@dataclass(frozen=True)
class Serve:
    """Serve saved runs over HTTP: TensorFlow Serving's REST API, a friendly API, a page."""

    runs: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="[NAME=]RUN")]
    """Folders of runs, each served under its folder's name, or under NAME with NAME=RUN."""
    host: str = "127.0.0.1"
    """Address to bind to; 0.0.0.0 accepts clients of other machines too."""
    port: int = 8501
    """Port to bind to; 0 chooses a free one."""
    token: str | None = None
    """Bearer token that requests must carry; none is required by default. SEQTASKS_TOKEN in the
    environment does the same, unseen by other users of the machine."""
    cors: tuple[str, ...] = ()
    """Origins that browsers may call the server from, such as https://example.org; none by
    default."""
    poll_seconds: float = 5.0
    """Seconds between two checks whether a run was replaced."""
    limits: Limits = field(default_factory=Limits)


def serve(arguments: list[str]) -> None:
    """Serve until told to stop.

    Raises:
        InputError: no such run, an address that is taken, or the extra `serve` is not installed.
    """
    command = tyro.cli(
        Serve, prog="seqtasks serve", args=arguments, config=(tyro.conf.OmitArgPrefixes,)
    )
    if not command.runs:
        raise InputError("expected a run to serve, found none: seqtasks serve saved_models/ner")
    if not 0 <= command.port < 65536:
        raise InputError(f"--port: expected 0 to 65535, found {command.port}.")
    if not command.poll_seconds > 0:
        raise InputError(f"--poll-seconds: expected more than 0, found {command.poll_seconds}.")
    check_installed()
    start_quietly()
    from seqtasks.serving.models import named_runs
    from seqtasks.serving.server import serve as serve_runs

    logging.basicConfig(
        stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING
    )
    logging.getLogger("seqtasks").setLevel(logging.INFO)
    token = command.token or os.environ.get(TOKEN) or None
    if not token and not _is_loopback(command.host):
        print(
            f"note: whoever reaches {command.host}:{command.port} can use this server. Set "
            f"{TOKEN} to ask for a token.",
            file=sys.stderr,
        )
    serve_runs(
        named_runs(command.runs),
        host=command.host,
        port=command.port,
        limits=command.limits,
        token=token,
        cors=command.cors,
        poll_seconds=command.poll_seconds,
    )


def check_installed() -> None:
    """Refuse to go on without the packages of the extra.

    Raises:
        InputError: one is missing.
    """
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(
            f"`seqtasks serve` needs {', '.join(missing)}, which "
            f"{'is' if len(missing) == 1 else 'are'} not installed. Install the extra: "
            'pip install "seqtasks[serve]"'
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
