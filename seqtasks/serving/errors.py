"""RequestError: the HTTP status and reason of a refused request."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from seqtasks.errors import InputError

# Status of TensorFlow's error codes, as TensorFlow Serving gives them; others are 500.
_STATUS = {
    tf.errors.INVALID_ARGUMENT: 400,
    tf.errors.OUT_OF_RANGE: 400,
    tf.errors.FAILED_PRECONDITION: 400,
    tf.errors.NOT_FOUND: 404,
    tf.errors.RESOURCE_EXHAUSTED: 429,
    tf.errors.UNIMPLEMENTED: 501,
    tf.errors.UNAVAILABLE: 503,
    tf.errors.DEADLINE_EXCEEDED: 504,
}


class RequestError(Exception):
    """An HTTP error: status and reason.

    Args:
        status: of the HTTP answer.
        reason: what was expected, what came, what to do.
        retry_after: seconds after which to try again; sent as the header Retry-After.
    """

    def __init__(self, status: int, reason: str, retry_after: int | None = None) -> None:
        super().__init__(reason)
        self.status, self.reason, self.retry_after = status, reason, retry_after


def as_request_error(error: Any) -> RequestError:
    """Convert an exception of prediction: 4xx where the request is invalid, else 500."""
    if isinstance(error, RequestError):
        return error
    if isinstance(error, InputError):
        return RequestError(400, str(error))
    if isinstance(error, tf.errors.OpError):
        return RequestError(_STATUS.get(error.error_code, 500), error.message[:1000])
    return RequestError(500, f"{type(error).__name__} in prediction; see the server's log.")
