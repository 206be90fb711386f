"""What a run is called with: texts, and tokens of sentences."""

from __future__ import annotations

import re
from typing import Any

from seqtasks.errors import InputError


def checked_text(number: int, text: Any) -> str:
    """A text to predict, as valid UTF-8 can hold it."""
    if not isinstance(text, str):
        raise InputError(
            f"text {number}: expected a str, found {type(text).__name__} ({str(text)[:40]!r})."
        )
    return text.encode("utf-8", "replace").decode() if not text.isascii() else text


def joined_tokens(tokens: Any) -> str:
    """Tokens as the `tokens` signature takes them: joined by single spaces."""
    if isinstance(tokens, str) or not all(isinstance(token, str) for token in tokens):
        raise InputError(
            f"tokens: expected a list of strings for each sentence, found {str(tokens)[:60]!r}. "
            "Pass run(tokens=['Anna', 'sings']), or a list of such lists."
        )
    if "" in tokens:
        raise InputError(
            f"tokens: expected tokens of one character at least, found an empty one, number "
            f"{list(tokens).index('') + 1} of {str(tokens)[:60]}. Leave it out."
        )
    return " ".join(re.sub(r"\s", "_", token) for token in tokens)
