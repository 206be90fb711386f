"""What predictions look like in Python: frozen dataclasses that know their JSON form."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Classification:
    """The label of a text.

    Attributes:
        text: as it was given.
        label: the most probable one, bias correction included.
        probabilities: of all labels, by label.
    """

    text: str
    label: str
    probabilities: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """What its JSON holds."""
        return {"text": self.text, "label": self.label, "probabilities": {**self.probabilities}}


@dataclass(frozen=True)
class MultilabelClassification:
    """The labels of a text, any number of them.

    Attributes:
        text: as it was given.
        labels: those whose probability reaches their threshold, the most probable first.
        probabilities: of all labels, by label; they do not sum to 1.
        thresholds: by label, chosen on the validation split.
    """

    text: str
    labels: tuple[str, ...]
    probabilities: Mapping[str, float]
    thresholds: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """What its JSON holds."""
        return {
            "text": self.text,
            "labels": [*self.labels],
            "probabilities": {**self.probabilities},
            "thresholds": {**self.thresholds},
        }


@dataclass(frozen=True)
class Token:
    """A tagged token.

    Attributes:
        text: the token.
        tag: its tag; tags of spans are BIO.
        start: its first character (code point) in the text.
        end: the character after its last.
        confidence: p(tag | text).
        lemma: its dictionary form, where the run predicts lemmas.
    """

    text: str
    tag: str
    start: int
    end: int
    confidence: float
    lemma: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """What its JSON holds."""
        fields = dataclasses.asdict(self)
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(frozen=True)
class Span:
    """A span of tokens with a type, such as a named entity.

    Attributes:
        type: PER, LOC, NP ...
        text: what it covers.
        start: its first character (code point) in the text.
        end: the character after its last.
        confidence: the lowest of its tokens'.
    """

    type: str
    text: str
    start: int
    end: int
    confidence: float

    def to_dict(self) -> dict[str, Any]:
        """What its JSON holds."""
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class Tagging:
    """The tokens of a text with their tags, and the spans that the tags mark.

    Attributes:
        text: as valid UTF-8; all places are counted in its characters (code points).
        tokens: in order.
        spans: in order; None where tags do not mark spans (parts of speech).
    """

    text: str
    tokens: tuple[Token, ...]
    spans: tuple[Span, ...] | None = None

    @property
    def tags(self) -> tuple[str, ...]:
        """The tag of each token."""
        return tuple(token.tag for token in self.tokens)

    @property
    def lemmas(self) -> tuple[str | None, ...]:
        """The lemma of each token; None where the run does not predict lemmas."""
        return tuple(token.lemma for token in self.tokens)

    def to_dict(self) -> dict[str, Any]:
        """What its JSON holds."""
        content: dict[str, Any] = {"text": self.text}
        content["tokens"] = [token.to_dict() for token in self.tokens]
        if self.spans is not None:
            content["spans"] = [span.to_dict() for span in self.spans]
        return content


@dataclass(frozen=True)
class Generation:
    """A text that goes on.

    Attributes:
        text: the prompt.
        continuation: what was generated; put it behind the prompt as it is.
    """

    text: str
    continuation: str

    def to_dict(self) -> dict[str, Any]:
        """What its JSON holds."""
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class Hypothesis:
    """A translation that beam search found.

    Attributes:
        translation: the text.
        score: its log-probability, divided by its length to the power of the length penalty.
    """

    translation: str
    score: float

    def to_dict(self) -> dict[str, Any]:
        """What its JSON holds."""
        return dataclasses.asdict(self)


@dataclass(frozen=True, eq=False)
class Attention:
    """Attention weights of a translation.

    Attributes:
        source: tokens of the source text.
        target: tokens of the translation.
        weights: float32 [target, source], each row a distribution.
    """

    source: tuple[str, ...]
    target: tuple[str, ...]
    weights: np.ndarray

    def to_dict(self) -> dict[str, Any]:
        """What its JSON holds."""
        weights = self.weights.tolist()
        return {"source": [*self.source], "target": [*self.target], "weights": weights}


@dataclass(frozen=True)
class Translation:
    """The translation of a text.

    Attributes:
        text: the source.
        n_best: the best translations, the best first; as many as were asked for.
        attention: of the best one, if it was asked for.
    """

    text: str
    n_best: tuple[Hypothesis, ...]
    attention: Attention | None = None

    @property
    def translation(self) -> str:
        """The best translation; "" for a text without words."""
        return self.n_best[0].translation if self.n_best else ""

    @property
    def scores(self) -> tuple[float, ...]:
        """The score of each of `n_best`."""
        return tuple(hypothesis.score for hypothesis in self.n_best)

    def to_dict(self) -> dict[str, Any]:
        """What its JSON holds."""
        content: dict[str, Any] = {"text": self.text, "translation": self.translation}
        content["n_best"] = [hypothesis.to_dict() for hypothesis in self.n_best]
        if self.attention is not None:
            content["attention"] = self.attention.to_dict()
        return content


@dataclass(frozen=True)
class Outputs:
    """What a predictor of another package's kind returned for a text.

    Attributes:
        text: as it was given.
        outputs: the values of the signature's outputs, by name.
    """

    text: str
    outputs: Mapping[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """What its JSON holds."""
        return {"text": self.text, **self.outputs}


Result = Classification | MultilabelClassification | Tagging | Generation | Translation | Outputs


def as_json(result: Result) -> str:
    """A result as one line of JSON, as `seqtasks predict --json` and HTTP answers have it."""
    return json_line(result.to_dict())


def json_line(content: Mapping[str, Any]) -> str:
    """A line of JSON, as all that is printed or written by lines."""
    return json.dumps(content, ensure_ascii=False, allow_nan=False)
