"""`explain`: the contributions of words to what a run predicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from seqtasks.errors import InputError
from seqtasks.explanations.explanation import Explanation
from seqtasks.explanations.labels import explain_labels
from seqtasks.explanations.tags import explain_tags
from seqtasks.predictors import Predictor

KINDS = ("classification", "multilabel_classification", "tagging")  # of runs that are explained


class Explained(Protocol):
    """Interface of the source of predictions: a `seqtasks.runs.Run`, or its attributes here."""

    @property
    def predictor(self) -> Predictor:
        """Its SavedModel."""
        ...

    @property
    def manifest(self) -> Any:
        """Holds `labels`, the names of the model's outputs in order."""
        ...

    @property
    def model(self) -> Any:
        """The Keras model."""
        ...

    @property
    def tokenizer(self) -> Any:
        """Tokenizer of its inputs."""
        ...


def explain(
    source: Explained,
    text: str,
    columns: Sequence[str] = (),
    *,
    label: str | None = None,
    tokens: bool = False,
) -> tuple[Explanation, ...]:
    """Why a run predicts what it does for a text.

    Args:
        source: the run.
        text: as valid UTF-8; tokens joined by single spaces, where `tokens`.
        columns: of a tagger with `features`, the values of each column, joined likewise.
        label: that is explained; None for what is predicted.
        tokens: for taggers: the text is not to be cut into words.

    Returns:
        Of a classifier one explanation for each label that it predicts; of a tagger one for each
        span, or for each token where its tags do not mark spans.

    Raises:
        InputError: a run that neither classifies nor tags, a label it does not know, or more words
            than can be explained.

    Reference:
        Li, Monroe and Jurafsky, Understanding neural networks through representation erasure,
        arXiv:1612.08220 (leaving out); Sundararajan et al., arXiv:1703.01365 (integrated
        gradients).
    """
    kind = source.predictor.kind
    if kind not in KINDS:
        raise InputError(f"{source}: expected a run that classifies or tags, found {kind}.")
    if kind == "tagging":
        return explain_tags(source, text, columns, label, tokens=tokens)
    if tokens:
        raise InputError(f"{source}: 'tokens' does not apply to a run of kind {kind}.")
    return explain_labels(source, text, label)
