"""Bodies of requests and answers: JSON within bounds, and errors with a reason."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from seqtasks.serving.errors import RequestError
from seqtasks.serving.limits import Limits

BODY_SECONDS = 60.0  # for the body to arrive


async def json_object(request: Request, limits: Limits) -> dict[str, Any]:
    """The JSON object that is a request's body.

    Whatever its content type: `curl -d` says it is a form.

    Raises:
        RequestError: 400, it is no JSON object; 408, it does not arrive; 413, it is too long.
    """
    body = await _body(request, limits.max_body)
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise RequestError(400, f"JSON Parse error: {reason or 'invalid'}"[:300]) from error
    if not isinstance(content, dict):
        raise RequestError(400, f"JSON Value: expected an object, found {type(content).__name__}")
    return content


async def _body(request: Request, most: int) -> bytes:
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        raise _too_long(declared, most)
    pieces, size = [], 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.stream():
                pieces.append(piece)
                size += len(piece)
                if size > most:
                    raise _too_long(f"more than {size}", most)
    except TimeoutError:
        reason = f"expected the body within {BODY_SECONDS:.0f} seconds, found {size:,} bytes of it"
        raise RequestError(408, reason) from None
    except ClientDisconnect:
        raise RequestError(400, "the client went away before its request was complete") from None
    return b"".join(pieces)


def _too_long(found: str, most: int) -> RequestError:
    return RequestError(
        413,
        f"expected a body of at most {most:,} bytes, found {found}. Send fewer texts at a time.",
    )


def check_rows(rows: int, limits: Limits) -> None:
    """Refuse more texts than the server takes in a request.

    Raises:
        RequestError: 413.
    """
    if rows > limits.max_rows:
        raise RequestError(
            413,
            f"expected at most {limits.max_rows:,} texts, found {rows:,}. Send them in several "
            "requests.",
        )


def check_size(number: int, size: int, limits: Limits) -> None:
    """Refuse a text that is longer than the server takes.

    Args:
        number: of the text in its request, from 1.
        size: bytes of its UTF-8.
        limits: of the server.

    Raises:
        RequestError: 413.
    """
    if size > limits.max_text:
        raise RequestError(
            413,
            f"text {number}: expected at most {limits.max_text:,} bytes, found {size:,}. Cut it.",
        )


def json_response(
    content: Any, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """An answer of JSON; NaN and infinity are said as TensorFlow Serving says them."""
    return text_response(json.dumps(content, ensure_ascii=False), status, headers)


def text_response(text: str, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer of JSON that is text already."""
    return Response(text, status, headers, media_type="application/json")


def error_response(error: RequestError) -> Response:
    """The answer to a request that has something wrong: `{"error": reason}`."""
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    if error.status in (408, 413):  # what is left of the body is not read
        headers["Connection"] = "close"
    reason = error.reason.encode("utf-8", "replace").decode()
    return json_response({"error": reason}, error.status, headers)
