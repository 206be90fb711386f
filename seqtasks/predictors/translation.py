"""Translator: sentences in, translations out, with where the network looked."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from seqtasks.decoding import Rules, beam_search, coverage_penalty
from seqtasks.predictors.protocol import SERVING, Signature
from seqtasks.predictors.shared_functions import SharedFunction
from seqtasks.predictors.variables import raw_variables
from seqtasks.text import (
    PAD,
    START,
    SubwordTokenizer,
    Tokenizer,
    after_start,
    padded,
    with_end,
)

# Sentences that one call of the network sees, times the beams.
SERVING_ROWS = 320
LENGTH_FACTOR, LENGTH_SLACK = 2, 10  # a translation may be so much longer than its source


class Translator(tf.Module):
    """Sentences -> translations by beam search.

    Signatures:

    - `serving_default`: text `[batch]` -> translation `[batch]`, n_best and scores
      `[batch, n_best]`.
    - `align`: text `[batch]` -> source and target tokens, attention `[batch, target, source]`.
    - `score`: text and translation `[batch]` -> log_probability and tokens `[batch]`.

    Args:
        source: sentences to ids; its `max_length` bounds the work that one can cause.
        target: ids to sentences.
        model: a `Seq2Seq`.
        beams: partial translations kept at each step.
        n_best: translations returned of each sentence.
        length_penalty: see `beam_search`.
        coverage: weight of the coverage penalty; 0 for none.
        no_repeat_ngram: see `Rules`.
    """

    kind = "translation"

    def __init__(
        self,
        source: Tokenizer | SubwordTokenizer,
        target: Tokenizer | SubwordTokenizer,
        model: keras.Model,
        *,
        beams: int = 5,
        n_best: int = 5,
        length_penalty: float = 1.0,
        coverage: float = 0.0,
        no_repeat_ngram: int = 0,
    ) -> None:
        super().__init__(name="translator")
        self.source, self.target = source, target
        self._n_best = n_best
        self._variables = raw_variables(model)
        self._search = _searcher(
            model,
            beams=beams,
            n_best=n_best,
            length_penalty=length_penalty,
            coverage=coverage,
            rules=Rules(no_repeat_ngram=no_repeat_ngram),
        )
        texts = [tf.TensorSpec([None], tf.string, name="text")]
        translated = SharedFunction(
            lambda text: self._translate(text, n_best, SERVING_ROWS // beams), texts
        )

        @tf.function(input_signature=texts, autograph=False)
        def serve(text: tf.Tensor) -> dict[str, tf.Tensor]:
            ids, scores = translated(text)
            flat = tf.reshape(ids, tf.stack([-1, tf.shape(ids)[-1]]))
            n_best_texts = tf.reshape(self.target.join(flat), [-1, n_best])
            return {
                "translation": n_best_texts[:, 0],  # [batch]
                "n_best": n_best_texts,  # [batch, n_best]
                "scores": scores,  # [batch, n_best]
            }

        @tf.function(input_signature=texts, autograph=False)
        def align(text: tf.Tensor) -> dict[str, tf.Tensor]:
            source_ids = padded(self.source(text))
            ids, _ = translated(text)
            best = ids[:, 0]
            weights = _attention(model, source_ids, best)
            return {
                "source": self.source.vocabulary.lookup(source_ids),  # [batch, source]
                "target": self.target.vocabulary.lookup(best),  # [batch, target]
                "attention": weights,  # [batch, target, source]
            }

        @tf.function(input_signature=[*texts, tf.TensorSpec([None], tf.string, name="translation")])
        def score(text: tf.Tensor, translation: tf.Tensor) -> dict[str, tf.Tensor]:
            tf.debugging.assert_equal(
                tf.size(text),
                tf.size(translation),
                message="score: expected a translation for each text.",
            )
            target = padded(with_end(self.target(translation)))
            memory, states = model.encode(padded(self.source(text)))
            logits, _ = model.decode(after_start(target), memory, states)
            log_p = tf.gather(tf.nn.log_softmax(logits), target, batch_dims=2)
            real = tf.cast(target != PAD, tf.float32)
            return {
                "log_probability": tf.reduce_sum(log_p * real, axis=1),  # [batch]
                "tokens": tf.reduce_sum(real, axis=1),  # [batch], the end among them
            }

        self._functions = {SERVING: serve, "align": align, "score": score}

    @property
    def settings(self) -> dict[str, Any]:
        """The number of translations that each text gets at most."""
        return {"n_best": self._n_best}

    @property
    def signatures(self) -> dict[str, Signature]:
        """Its functions by name."""
        return {**self._functions}

    def _translate(
        self, text: tf.Tensor, n_best: int, chunk_rows: int
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Ids [batch, n_best, target] and scores [batch, n_best], in chunks of like length."""
        ids = self.source(text)
        lengths = tf.cast(ids.row_lengths(), tf.int32)
        order = tf.argsort(lengths)
        ids, lengths = tf.gather(ids, order), tf.gather(lengths, order)
        limits = tf.where(lengths > 0, LENGTH_FACTOR * lengths + LENGTH_SLACK, 1)
        longest = tf.reduce_max(tf.concat([limits, [1]], 0))
        chunks = -(-tf.shape(order)[0] // chunk_rows)

        def one(number: tf.Tensor, found: tf.TensorArray, scores: tf.TensorArray) -> tuple:
            rows = slice(number * chunk_rows, (number + 1) * chunk_rows)
            best = self._search(padded(ids[rows]), limits[rows], longest)
            return number + 1, found.write(number, best.ids), scores.write(number, best.scores)

        arrays = [
            tf.TensorArray(dtype, size=chunks + 1, infer_shape=False, element_shape=shape)
            for dtype, shape in ((tf.int32, [None, n_best, None]), (tf.float32, [None, n_best]))
        ]
        # An empty last chunk: an empty batch has something to concatenate.
        arrays[0] = arrays[0].write(chunks, tf.zeros(tf.stack([0, n_best, longest]), tf.int32))
        arrays[1] = arrays[1].write(chunks, tf.zeros([0, n_best]))
        _, found, scores = tf.while_loop(
            lambda number, *_: number < chunks, one, (0, *arrays), parallel_iterations=1
        )
        back = tf.argsort(order)
        return tf.gather(found.concat(), back), tf.gather(scores.concat(), back)


def pair_perplexity(
    score: Callable[..., dict[str, tf.Tensor]], pairs: Sequence[tuple[str, ...]]
) -> float:
    """Perplexity of the right translations, a token (the end too), teacher-forced.

    Args:
        score: of a `Translator`.
        pairs: source and translation.
    """
    log_p = tokens = 0.0
    for start in range(0, len(pairs), 32):
        text, translation = map(tf.constant, zip(*pairs[start : start + 32], strict=True))
        outputs = score(text=text, translation=translation)
        log_p += float(tf.reduce_sum(outputs["log_probability"]))
        tokens += float(tf.reduce_sum(outputs["tokens"]))
    return math.exp(min(-log_p / tokens, 50.0))


def _searcher(
    model: keras.Model,
    *,
    beams: int,
    n_best: int,
    length_penalty: float,
    coverage: float,
    rules: Rules,
) -> Callable:
    """Beam search over the model: source ids [rows, source], limits, length -> `Hypotheses`."""

    def search(source: tf.Tensor, limits: tf.Tensor, length: tf.Tensor) -> tuple:
        memory, states = model.encode(source)
        state = {"decoder": states}
        if coverage:
            state["coverage"] = tf.zeros_like(memory.value[..., 0])
        real = tf.repeat(source != PAD, beams, axis=0)

        def step(ids: tf.Tensor, state: dict) -> tuple:
            logits, states, weights = model.step(ids, state["decoder"], memory)
            after = {"decoder": states}
            if coverage:
                after["coverage"] = state["coverage"] + weights
            return logits, after

        def penalty(state: dict) -> tf.Tensor:
            return coverage * coverage_penalty(state["coverage"], real)

        return beam_search(
            step,
            state,
            tf.fill([tf.shape(source)[0]], START),
            length=length,
            beams=beams,
            n_best=n_best,
            length_penalty=length_penalty,
            penalty=penalty if coverage else None,
            limits=limits,
            rules=rules,
        )

    return search


def _attention(model: keras.Model, source: tf.Tensor, target: tf.Tensor) -> tf.Tensor:
    """Where each step of a given target looked, [batch, target, source]."""
    memory, states = model.encode(source)
    fed = after_start(target)
    weights = tf.TensorArray(memory.value.dtype, size=tf.shape(target)[1])

    def one(t: tf.Tensor, states: list, weights: tf.TensorArray) -> tuple:
        _, states, looked = model.step(fed[:, t], states, memory)
        return t + 1, states, weights.write(t, looked)

    going = lambda t, *_: t < tf.shape(target)[1]  # noqa: E731
    _, _, weights = tf.while_loop(going, one, (0, states, weights))
    weights = tf.transpose(weights.stack(), [1, 0, 2])
    return weights * tf.cast(target != PAD, weights.dtype)[..., None]
