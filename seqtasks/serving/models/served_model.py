"""ServedModel: a run under a name; batches its requests and reloads it when it is replaced."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from seqtasks.errors import InputError
from seqtasks.results import Result
from seqtasks.serving.errors import RequestError, as_request_error
from seqtasks.serving.limits import Limits
from seqtasks.serving.metrics import Metrics
from seqtasks.serving.models.batching import Batcher, Job
from seqtasks.serving.models.versions import Arrays, ModelVersion, identity_of

log = logging.getLogger("seqtasks.serving")

NAME = re.compile(r"[\w.-]+", re.ASCII)  # of a model, as it stands in an address
_END = object()


class ServedModel:
    """A run under a name: batches its requests, and reloads it when it is replaced.

    Args:
        name: in addresses.
        path: of the run.
        limits: of its requests.
        metrics: of the server.

    Attributes:
        version: that answers new requests. Those under way keep the one that they began with.

    Raises:
        InputError: no finished run there, or a damaged one.
    """

    def __init__(self, name: str, path: Path, limits: Limits, metrics: Metrics) -> None:
        self.name, self.path, self.limits = name, path, limits
        self.version = ModelVersion(path, 1)
        self._refused: Any = None  # the identity of a folder that could not be loaded
        self._metrics = metrics.of(name)
        self._metrics.version.set(1)
        self.batcher = Batcher(name, limits, self._metrics)

    async def call(self, version: ModelVersion, signature: str, inputs: Arrays) -> Arrays:
        """The outputs of a signature.

        Args:
            version: that the inputs were checked against.
            signature: its name.
            inputs: by name, [rows, ...].

        Raises:
            RequestError: the inputs do not fit together, or the queue is full.
        """
        rows = max((len(value) for value in inputs.values() if value.ndim), default=1)
        lengths = {value.shape[:1] for value in inputs.values()}
        key = version.joined_by[signature] if lengths == {(rows,)} else None
        # What is joined has rows of one shape.
        shapes = tuple(value.shape[1:] for value in inputs.values())
        size = sum(_size(value) for value in inputs.values())
        job = Job(
            inputs,
            rows,
            size,
            key and (key, shapes),
            lambda requests: version.call(signature, requests),
        )
        return await self._submit(job)

    async def answer(self, texts: Sequence[str], options: Mapping[str, Any]) -> list[Result]:
        """The results for some texts, as `Run` gives them.

        Raises:
            RequestError: an option that does not apply, or the queue is full.
        """
        version = self.version
        key = ("answer", version.number, tuple(sorted(options.items())))
        job = Job(
            texts,
            len(texts),
            sum(len(text.encode()) for text in texts),
            key,
            lambda requests: version.answer(options, requests),
        )
        return await self._submit(job)

    async def pieces(self, text: str, options: Mapping[str, Any]) -> AsyncIterator[str]:
        """Generate a continuation piece by piece (an async generator).

        Other requests are answered between two pieces.

        Raises:
            RequestError: the run does not generate, an option does not apply, or the queue is
                full.
        """
        version, state = self.version, {}

        def piece(_: Sequence[Any]) -> list[Any]:
            pieces: Iterator[str] = state.get("pieces") or version.run.continue_text(
                text, **options
            )
            state["pieces"] = pieces
            return [next(pieces, _END)]

        accepted = False
        while True:
            found = await self._submit(
                Job(None, 1, len(text.encode()), None, piece), accepted=accepted
            )
            accepted = True
            if found is _END:
                return
            yield found

    async def _submit(self, job: Job, *, accepted: bool = False) -> Any:
        try:
            return await self.batcher.submit(job, accepted=accepted)
        except Exception as error:
            found = as_request_error(error)
            if found.status >= 500 and not isinstance(error, RequestError):
                log.exception("%s: prediction failed", self.name)
            raise found from error

    async def reload_if_replaced(self) -> bool:
        """Load the run anew where its folder was replaced, and serve it from then on.

        It is loaded and warmed up beside the old one, which answers until then. What cannot be
        loaded is said in the log, and tried again when it changes.

        Returns:
            Whether a newer version answers now.
        """
        try:
            found = await asyncio.to_thread(identity_of, self.path)
        except (InputError, OSError):  # between two renames, or taken away: the old one stays
            return False
        if found in (self.version.identity, self._refused):
            return False
        try:
            newer = await asyncio.to_thread(ModelVersion, self.path, self.version.number + 1)
        except Exception as error:
            self._refused = found
            log.error("%s: the new run cannot be loaded; the old one goes on: %s", self.name, error)
            return False
        self.version = newer
        self._metrics.version.set(newer.number)
        log.info("%s: version %d is served", self.name, newer.number)
        return True


def _size(value: Any) -> int:
    return value.nbytes if value.dtype.kind != "O" else sum(map(len, value.ravel()))


def named_runs(given: Sequence[str]) -> dict[str, Path]:
    """`RUN` or `NAME=RUN` as on the command line -> runs by name.

    Raises:
        InputError: a name twice, or one that cannot stand in an address.
    """
    found: dict[str, Path] = {}
    for argument in given:
        name, equals, path = argument.partition("=")
        if not equals or "/" in name:  # runs/x=y is a path
            name, path = Path(argument).resolve().name, argument
        if not NAME.fullmatch(name):
            raise InputError(
                f"{argument}: expected a name of letters, digits, '.', '_' and '-', found "
                f"'{name}'. Give one: NAME={path}."
            )
        if name in found:
            raise InputError(
                f"{argument}: '{name}' names {found[name]} already. Give it another name: "
                f"OTHER={path}."
            )
        found[name] = Path(path)
    return found
