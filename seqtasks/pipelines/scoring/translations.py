"""Scores of translations: of a run's test sets and of any parallel corpus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from seqtasks.pipelines.task import Scores

if TYPE_CHECKING:
    from seqtasks.data import Stream
    from seqtasks.predictors import Predictor
    from seqtasks.training import OnPrediction


def scores_of_pairs(
    predictor: Predictor,
    stream: Iterable[tuple[str, ...]],
    on_prediction: OnPrediction = lambda row: None,
) -> Scores:
    """Scores of the translations of a stream of pairs."""
    import tensorflow as tf

    from seqtasks.metrics import translation_scores

    texts, references = zip(*stream, strict=True)
    outputs = predictor.signatures["serving_default"](text=tf.constant(texts))
    found = [text.decode() for text in outputs["translation"].numpy()]
    scores = outputs["scores"].numpy()[:, 0].tolist()
    for source, reference, prediction, score in zip(texts, references, found, scores, strict=True):
        row = {"source": source, "reference": reference, "prediction": prediction}
        on_prediction({**row, "score": round(score, 6)})
    return translation_scores(references, found)


def translated_pair(predictor: Predictor, stream: Iterable[tuple[str, ...]]) -> str:
    """The first source text of a stream and its translation."""
    import tensorflow as tf

    source = next(iter(stream))[0]
    outputs = predictor.signatures["serving_default"](text=tf.constant([source]))
    return f"{source} => {outputs['translation'].numpy()[0].decode()}"


def translation_test_scores(
    predictor: Predictor, on_prediction: OnPrediction, tests: Mapping[str, Stream]
) -> Scores:
    """Scores on each test set; those of the first stand under plain names too."""
    from seqtasks.predictors import pair_perplexity

    found = {}
    for name, stream in tests.items():
        perplexity = pair_perplexity(predictor.signatures["score"], list(stream))
        named = {"test_set": name} if len(tests) > 1 else {}

        def record(row: Mapping[str, Any], named: Mapping[str, str] = named) -> None:
            on_prediction({**named, **row})

        scores = scores_of_pairs(predictor, stream, record)
        found[name] = {**scores, "perplexity": perplexity, "scored_on": stream.origin}
    return {**next(iter(found.values())), "test_sets": found}
