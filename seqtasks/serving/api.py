"""The friendly API: `POST /api/NAME` with a text, as `seqtasks predict --json` answers it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from seqtasks.predictors import SERVING
from seqtasks.results import as_json
from seqtasks.runs import Run
from seqtasks.runs.inputs import checked_text
from seqtasks.serving.bodies import (
    check_rows,
    check_size,
    json_object,
    json_response,
    text_response,
)
from seqtasks.serving.errors import RequestError
from seqtasks.serving.models import ServedModel
from seqtasks.serving.options import checked_options, described_options

EVENTS = "text/event-stream"


async def models(request: Request) -> Response:
    """`GET /api`: list the models."""
    return json_response({"models": [described(m) for m in request.app.state.models.values()]})


async def model(request: Request) -> Response:
    """`GET /api/NAME`: describe a model; `POST`: predict."""
    found = _named(request)
    if request.method != "POST":
        return json_response(described(found))
    if EVENTS in request.headers.get("accept", ""):
        return await stream(request)
    texts, several, options = await _asked(request, found)
    results = await found.answer(texts, options)
    lines = [as_json(result) for result in results]
    return text_response(f"[{', '.join(lines)}]" if several else lines[0])


async def stream(request: Request) -> Response:
    """`POST /api/NAME/stream`: generate text and stream it as server-sent events.

    Each event's data is `{"continuation": piece}`; the last, named `done`, is the whole answer
    that the request would have got without a stream.
    """
    found = _named(request)
    if found.version.run.kind != "generation":
        raise RequestError(
            400,
            f"{found.name}: expected a run that generates text, found {found.version.run.kind}.",
        )
    texts, several, options = await _asked(request, found)
    if several:
        raise RequestError(400, "text: expected one text to stream, found a list.")
    pieces = found.pieces(texts[0], options)
    first = await anext(pieces, "")  # what is wrong with the request is said with its status
    return StreamingResponse(
        _events(texts[0], first, pieces), media_type=EVENTS, headers={"Cache-Control": "no-store"}
    )


async def _events(text: str, first: str, pieces: AsyncIterator[str]) -> AsyncIterator[str]:
    whole = first
    yield _event({"continuation": first})
    try:
        async for piece in pieces:
            whole += piece
            yield _event({"continuation": piece})
    except RequestError as error:
        yield _event({"error": error.reason}, "error")
        return
    yield _event({"text": text, "continuation": whole}, "done")


def _event(content: Mapping[str, Any], name: str = "") -> str:
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(content, ensure_ascii=False)}\n\n"


def described(model: ServedModel) -> dict[str, Any]:
    """Describe a model: task, labels, options."""
    run = model.version.run
    return {
        "name": model.name,
        "version": model.version.number,
        "task": run.task,
        "kind": run.kind,
        "labels": _labels(run),
        "signatures": [*run.manifest.signatures],
        "options": described_options(run, model.limits),
    }


def _labels(run: Run) -> list[str]:
    """The labels that its answers have; of spans their types, as the tags inside may be others."""
    labels = run.manifest.labels
    served: Any = run.predictor.signatures[SERVING]
    if "span_types" not in served.structured_outputs:
        return [*labels]
    return sorted({label[2:] for label in labels if label[1:2] == "-"})


def _named(request: Request) -> ServedModel:
    models: Mapping[str, ServedModel] = request.app.state.models
    name = request.path_params["name"]
    if name not in models:
        raise RequestError(404, f"no model '{name[:60]}'. There are: {', '.join(models)}.")
    request.scope["seqtasks.model"] = name
    return models[name]


async def _asked(request: Request, model: ServedModel) -> tuple[list[str], bool, dict[str, Any]]:
    """Texts of a request, whether they came as a list, and options.

    Raises:
        RequestError: 400 or 413, they cannot be answered.
    """
    content = await json_object(request, model.limits)
    inputs = model.version.inputs[SERVING]
    if "text" not in inputs:
        raise RequestError(
            400,
            f"{model.name}: takes {', '.join(inputs)}, and no text. Send them to "
            f"/v1/models/{model.name}:predict.",
        )
    text = content.pop("text", None)
    if not isinstance(text, str | list):
        found = "none" if text is None else type(text).__name__
        raise RequestError(
            400,
            f'text: expected a string or a list of strings, found {found}. Send {{"text": ...}}.',
        )
    several = isinstance(text, list)
    texts = text if several else [text]
    check_rows(len(texts), model.limits)
    checked = []
    for number, one in enumerate(texts, start=1):
        if not isinstance(one, str):
            raise RequestError(
                400, f"text {number}: expected a string, found {type(one).__name__}."
            )
        checked.append(checked_text(number, one))
        check_size(number, len(checked[-1].encode()), model.limits)
    return checked, several, checked_options(content, model.version.run, model.name, model.limits)
