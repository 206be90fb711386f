"""Limits of a server: sizes of requests, batches and the queue."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from seqtasks.errors import InputError


@dataclass(frozen=True)
class Limits:
    """Bounds on requests, batches and the queue; options of `seqtasks serve`.

    Raises:
        InputError: one is less than 1 (a wait: less than 0).
    """

    max_batch: int = 64
    """Rows that are predicted together, of one request or of several; 1 turns joining off."""
    max_wait_ms: float = 2.0
    """Longest wait of a request for others to be joined with, in milliseconds."""
    max_queue: int = 512
    """Requests in a model's queue; a further one is refused with 503 and Retry-After."""
    max_body: int = 4 * 1024 * 1024
    """Bytes of a request's body; a longer one is refused with 413."""
    max_rows: int = 1024
    """Texts of a request; more are refused with 413."""
    max_text: int = 100_000
    """UTF-8 bytes of a text; a longer one is refused with 413."""
    max_length: int = 4096
    """Tokens that a request may generate for each text (`length`); more are refused with 400."""

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            least = 0 if name == "max_wait_ms" else 1
            if not value >= least:
                raise InputError(
                    f"--{name.replace('_', '-')}: expected at least {least}, found {value}."
                )
