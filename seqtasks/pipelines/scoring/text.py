"""Perplexity of running text: of a run's test split, beside n-grams, and of any corpus."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from seqtasks.pipelines.task import Scores

if TYPE_CHECKING:
    from seqtasks.data import Splits, Stream, TokenFile
    from seqtasks.predictors import Predictor
    from seqtasks.training import OnPrediction

# N-gram baselines are fitted on and scored on at most so many tokens.
BASELINE_TOKENS, BASELINE_TEST_TOKENS = 10_000_000, 1_000_000
WINDOW = 256  # characters, for the windowed perplexity
SAMPLE = 80  # tokens that a model writes after each epoch


def evaluate_text(predictor: Predictor, stream: Stream, windowed: bool) -> Scores:
    """Perplexity and bits per character of a predictor on running text."""
    return {**_scores(predictor, stream, windowed), "scored_on": stream.origin}


def _marked(stream: Stream) -> Iterator[tuple[str, bool]]:
    """Pieces of text, and whether each begins a document."""
    from seqtasks.data import BEGINS

    return ((text, mark == BEGINS) for text, mark in stream)


def token_file(stream: Stream, tokenizer: Any) -> TokenFile:
    """The text as ids on disk."""
    from seqtasks.data import TokenFile
    from seqtasks.text import id_arrays

    encode = functools.partial(id_arrays, tokenizer)
    return TokenFile(_marked(stream), encode, len(tokenizer.vocabulary))


def _scores(
    predictor: Predictor,
    stream: Stream,
    windowed: bool,
    on_prediction: OnPrediction = lambda row: None,
) -> Scores:
    """Perplexity of a stream of text; of characters also in windows."""
    import tensorflow as tf

    from seqtasks.metrics import language_model_scores

    def read(texts: list[str], before: list[str]) -> tuple[Any, ...]:
        outputs = predictor.signatures["score_after"](
            text=tf.constant(texts), previous=tf.constant(before)
        )
        return tuple(outputs[name].numpy() for name in ("log_probability", "tokens", "unknown"))

    document = 0

    def record(text: str, begins: bool, log_probability: float, tokens: int) -> None:
        nonlocal document
        document += begins
        nats = round(-log_probability / tokens, 6) if tokens else None
        row = {"document": document, "text": text, "tokens": tokens}
        on_prediction({**row, "nats_per_token": nats})

    scores = language_model_scores(read, _marked(stream), on_part=record)
    scores["nats_per_token"] = math.log(scores["perplexity"])
    if windowed:
        again = language_model_scores(read, _marked(stream), window=WINDOW)
        scores["perplexity_windowed"] = again["perplexity"]
    return scores


def written_text(predictor: Predictor) -> str:
    """A short text that a language model writes by its own settings, after nothing."""
    import tensorflow as tf

    settings = {**predictor.settings, "length": min(SAMPLE, predictor.settings["length"])}
    dtypes = {"temperature": tf.float32, "top_p": tf.float32}
    given = {k: tf.constant([v], dtypes.get(k, tf.int32)) for k, v in settings.items()}
    outputs = predictor.signatures["generate"](text=tf.constant([""]), **given)
    return outputs["text"].numpy()[0].decode("utf-8", "replace")


def text_test_scores(
    predictor: Predictor,
    on_prediction: OnPrediction,
    splits: Splits,
    train: TokenFile,
    tokenizer: Any,
    windowed: bool,
) -> Scores:
    """Perplexity on the test split (on validation if there is none), beside that of n-grams."""
    from seqtasks.baselines import ngram_perplexities
    from seqtasks.text import END, START

    held_out = splits.scored
    result = _scores(predictor, held_out, windowed, on_prediction)
    if splits.test:
        validation = _scores(predictor, splits.validation, windowed=False)
        result["validation_perplexity"] = validation["perplexity"]
    test = token_file(held_out, tokenizer)
    known = train.read(0, min(len(train), BASELINE_TOKENS))
    wanted = test.read(0, min(len(test), BASELINE_TEST_TOKENS))
    ngrams = ngram_perplexities(known, wanted, len(tokenizer.vocabulary), uncounted=(START, END))
    share = "" if len(known) == len(train) else f", of the first {len(known):,} tokens"
    return {
        **result,
        "baseline_perplexity": ngrams["5-gram"],
        "baseline": f"5-grams, modified Kneser-Ney{share}",
        "ngram_perplexities": ngrams,
        "scored_on": held_out.origin,
    }
