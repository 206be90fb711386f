"""Four models of one text: unigrams, n-grams, an autoregressive LSTM, a masked BiLSTM."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from seqtasks.baselines.kneser_ney import kneser_ney
from seqtasks.lab.networks.training import train
from seqtasks.layers import LSTM

BOUNDARY = 1  # begins and ends a sentence; 0 is padding


class NgramModel:
    """Modified Kneser-Ney n-grams of tokens; with `order=1` tokens are independent.

    Args:
        sentences: ids of each, without boundaries.
        vocabulary: number of ids.
        order: the longest n-grams.
    """

    def __init__(self, sentences: Sequence[Sequence[int]], vocabulary: int, order: int) -> None:
        self._vocabulary, self._order = vocabulary, order
        self._train, _ = self._running(sentences)

    def log_probabilities(self, sentences: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """For each sentence log p(w_t | the n - 1 tokens before), in nats, float64 [words]."""
        ids, is_word = self._running(sentences)
        surprises = kneser_ney(self._train, ids, self._vocabulary, self._order)[-1]
        return np.split(-surprises[is_word], np.cumsum([len(s) for s in sentences])[:-1])

    def _running(self, sentences: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
        """One text, with so many boundaries between sentences that none sees the one before."""
        between = [BOUNDARY] * max(self._order - 1, 1)
        ids, is_word = list(between), [False] * len(between)
        for sentence in sentences:
            ids += [*sentence, *between]
            is_word += [True] * len(sentence) + [False] * len(between)
        return np.array(ids), np.array(is_word)


class NeuralModel:
    """An LSTM that predicts each token from those before it, or from all the others.

        autoregressive:  p(w_t | w_<t) = softmax(W h→_{t-1} + b)
        masked:          p(w_t | all others) = softmax(W [h→_{t-1}; h←_{t+1}] + b)

    The two directions of the masked model meet only after the token that is predicted, so neither
    has seen it: every token is masked in turn in one pass.

    Args:
        masked: which of the two.
        vocabulary: number of ids.
        units: of each direction, and of the embeddings.
        learning_rate: of Adam, with gradients clipped to norm 1.
    """

    def __init__(
        self, masked: bool, vocabulary: int, units: int = 32, learning_rate: float = 0.005
    ) -> None:
        self.masked = masked
        ids = keras.Input((None,), dtype="int32")  # with a boundary before and one after
        embedded = keras.layers.Embedding(vocabulary, units)(ids)
        real = ops.not_equal(ids, 0)
        past = LSTM(units, return_sequences=True)(embedded, mask=real)[:, :-1]
        known = past  # at t the state after t - 1, for t = 1 ... the boundary at the end
        if masked:
            backwards = LSTM(units, return_sequences=True, go_backwards=True)
            future = ops.flip(backwards(embedded, mask=real), axis=1)
            nothing = ops.zeros_like(future[:, :1])  # after the last token comes nothing
            known = ops.concatenate(
                [past, ops.concatenate([future[:, 2:], nothing], axis=1)], axis=-1
            )
        self.model = keras.Model(ids, keras.layers.Dense(vocabulary)(known))
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=0)
        optimizer = keras.optimizers.Adam(learning_rate, clipnorm=1.0)
        self.model.compile(optimizer, loss, jit_compile=False)

    def fit(self, sentences: Sequence[Sequence[int]], steps: int, seed: int) -> None:
        """Train on random sentences, 32 an update."""
        padded, rng = _padded(sentences), np.random.default_rng(seed)

        def draw(rows: int) -> tuple[np.ndarray, np.ndarray]:
            chosen = padded[rng.integers(0, len(padded), rows)]
            return chosen, chosen[:, 1:]

        train(self.model, draw, steps)

    def log_probabilities(self, sentences: Sequence[Sequence[int]]) -> list[np.ndarray]:
        """For each sentence its words' log-probabilities in nats, float32 [words]."""
        padded = _padded(sentences)
        logits = self.model(padded, training=False)
        log_p = ops.convert_to_numpy(ops.log_softmax(logits, axis=-1))
        found = np.take_along_axis(log_p, padded[:, 1:, None], axis=-1)[..., 0]
        return [row[: len(s)] for row, s in zip(found, sentences, strict=True)]


def _padded(sentences: Sequence[Sequence[int]]) -> np.ndarray:
    """Ids int32 [sentences, longest + 2], a boundary before and after, then 0."""
    ids = np.zeros((len(sentences), max(map(len, sentences)) + 2), "int32")
    for row, sentence in enumerate(sentences):
        ids[row, : len(sentence) + 2] = [BOUNDARY, *sentence, BOUNDARY]
    return ids


def perplexity(log_probabilities: Sequence[np.ndarray]) -> float:
    """Perplexity, exp(mean of -log p over all words); of a masked model the pseudo-perplexity."""
    return float(np.exp(-np.concatenate(log_probabilities).mean()))


def sum_over_sentences(model: Any, vocabulary: int, words: int) -> float:
    """Sum over all sequences of n ids of the product of the probabilities of their ids.

    For p(w_t | w_<t) it is 1: the product is the probability that a sentence begins so.

    Args:
        model: has `log_probabilities`.
        vocabulary: number of ids.
        words: n.
    """
    grids = np.meshgrid(*[np.arange(vocabulary)] * words, indexing="ij")
    sentences = np.stack([grid.ravel() for grid in grids], axis=-1)
    return float(sum(np.exp(row.sum()) for row in model.log_probabilities(sentences.tolist())))
