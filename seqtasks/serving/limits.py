"""Limits of a server: what a request may hold, how long it waits, how many wait."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What a server accepts, and how it batches; help of `seqtasks serve` too."""

    max_batch: int = 64
    """Rows that are predicted together, of one request or of several; 1 turns joining off."""
    max_wait_ms: float = 2.0
    """Longest wait of a request for others to be joined with, in milliseconds."""
    max_queue: int = 512
    """Requests that may wait for a model; one more is answered 503 with Retry-After."""
    max_body: int = 4 * 1024 * 1024
    """Bytes of a request's body; a longer one is answered 413."""
    max_rows: int = 1024
    """Texts of a request; more are answered 413."""
    max_text: int = 100_000
    """UTF-8 bytes of a text; a longer one is answered 413."""
    max_length: int = 4096
    """Tokens that a request may generate for each text (`length`); more are answered 400."""
