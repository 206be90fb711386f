"""Scores of translations: of a run's test sets and of any parallel corpus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from seqtasks.pipelines.task import Scores

if TYPE_CHECKING:
    from seqtasks.data import Stream
    from seqtasks.predictors import Predictor


def scores_of_pairs(predictor: Predictor, stream: Iterable[tuple[str, ...]]) -> Scores:
    """Scores of the translations of a stream of pairs."""
    import tensorflow as tf

    from seqtasks.metrics import translation_scores

    texts, references = zip(*stream, strict=True)
    outputs = predictor.signatures["serving_default"](text=tf.constant(texts))
    found = outputs["translation"].numpy()
    return translation_scores(references, [text.decode() for text in found])


def translation_test_scores(predictor: Predictor, tests: Mapping[str, Stream]) -> Scores:
    """Scores on each test set; those of the first stand under plain names too."""
    from seqtasks.predictors import pair_perplexity

    found = {}
    for name, stream in tests.items():
        perplexity = pair_perplexity(predictor.signatures["score"], list(stream))
        found[name] = {**scores_of_pairs(predictor, stream), "perplexity": perplexity}
    return {**next(iter(found.values())), "test_sets": found}
