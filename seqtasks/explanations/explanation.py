"""Explanations: frozen dataclasses with a JSON form."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class WordContribution:
    """Contribution of a word to the log-odds of a label: positive for it, negative against it.

    Attributes:
        text: the word as it stands in the text.
        start: its first character (code point) in the text.
        end: the character after its last.
        leave_one_out: log-odds less those without the word, in nats.
        integrated_gradients: its part of the difference between the log-odds and those of the text
            with all words blanked, in nats; None where the model cannot be differentiated by words.
        attention: its weight in pooling by attention, 0 to 1; None where there is none.
    """

    text: str
    start: int
    end: int
    leave_one_out: float
    integrated_gradients: float | None = None
    attention: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Content of its JSON."""
        fields = dataclasses.asdict(self)
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True)
class Explanation:
    """Why a text, a span or a token has its label.

    Attributes:
        text: in Unicode NFC; all places are counted in its characters (code points).
        label: that is explained: a label, the type of a span, or a tag.
        log_odds: ln p / (1 - p) of its probability p; of a span that of its least certain token's
            tag.
        words: of the text that the model reads, in order.
        blank_log_odds: the same with all words blanked. The sum of `integrated_gradients` is
            `log_odds - blank_log_odds`, but for the error of integration.
        target: the span or token that has the label; None where the whole text has it.
        start: its first character in the text.
        end: the character after its last.
    """

    text: str
    label: str
    log_odds: float
    words: tuple[WordContribution, ...]
    blank_log_odds: float | None = None
    target: str | None = None
    start: int | None = None
    end: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Content of its JSON."""
        fields = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        fields["words"] = [word.to_dict() for word in self.words]
        return {name: value for name, value in fields.items() if value is not None}
