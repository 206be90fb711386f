"""NgramClassifier: ids -> logits of labels, a linear model of words and bigrams."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
from keras import ops

# Bigrams are hashed as (first % P) * P + second % P, which stays within 32-bit integers.
P = 46_337


@keras.saving.register_keras_serializable(package="seqtasks")
class NgramClassifier(keras.Model):
    """A linear model of words and bigrams, scaled by naive Bayes log-count ratios (NBSVM).

        y_c = b_c + (s / √n) Σ_f r_fc (β + γ w_fc)
        r_fc = log (N_fc + α) / Σ_g (N_gc + α) - log (N_fc̄ + α) / Σ_g (N_gc̄ + α)

    over the n features f of a text: its words and its bigrams (the text's ends count as words),
    hashed into buckets. N_fc counts f in the training texts of class c, N_fc̄ in all others; `adapt`
    takes these counts. w starts at zero, so before any update the model is naive Bayes. It has no
    access to longer contexts: use it in an ensemble with models that have.

    Args:
        vocabulary_size: number of ids; 0 is padding.
        labels: number of classes.
        buckets: number of hash buckets for bigrams; two bigrams in one bucket share their weights.
        dropout: dropout rate of features in training.
        prior: β, weight of the naive Bayes ratios themselves.
        scale: s, scale of the logits.
        weight_scale: γ, scale of the trained weights, which acts as a learning-rate multiplier
            relative to the other members of an ensemble.
        smoothing: α, added to all counts.

    Call arguments:
        ids: integers [batch, time], padded with 0 at the right.
        training: whether to apply dropout.
        presence: float [batch, time], how much of each word is there, 0 to 1, to explain what was
            predicted; None for all of it. It scales words; bigrams by the product of theirs.

    Returns:
        Logits [batch, labels].

    Reference:
        Wang and Manning, Baselines and bigrams: simple, good sentiment and topic classification,
        2012 (NBSVM).
    """

    def __init__(
        self,
        vocabulary_size: int,
        labels: int,
        *,
        buckets: int = 2**18,
        dropout: float = 0.0,
        prior: float = 0.2,
        scale: float = 2.0,
        weight_scale: float = 5.0,
        smoothing: float = 1.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self._options = {
            "vocabulary_size": vocabulary_size,
            "labels": labels,
            "buckets": buckets,
            "dropout": dropout,
            "prior": prior,
            "scale": scale,
            "weight_scale": weight_scale,
            "smoothing": smoothing,
        }
        self.vocabulary_size, self.labels, self.buckets = vocabulary_size, labels, buckets
        self.prior, self.scale, self.weight_scale = prior, scale, weight_scale
        self.smoothing = smoothing
        self.drop = keras.layers.Dropout(dropout)

    def build(self, ids_shape: tuple) -> None:
        shape = (self.vocabulary_size + self.buckets, self.labels)
        self.ratios = self.add_weight(shape, "zeros", trainable=False, name="ratios")
        self.table = self.add_weight(shape, "zeros", name="weights")
        self.bias = self.add_weight((self.labels,), "zeros", name="bias")
        self.built = True

    @property
    def label_weights(self) -> list:
        """The weights that depend on the labels: all."""
        return self.weights

    def features(self, ids: Any) -> Any:
        """Ids [batch, time] -> features [batch, 2 * time + 1]: words, bigrams; 0 is padding."""
        ids = ops.cast(ids, "int32")
        before, after = ops.pad(ids, [[0, 0], [1, 0]]), ops.pad(ids, [[0, 0], [0, 1]])
        hashed = (before % P) * P + after % P
        pairs = self.vocabulary_size + hashed % self.buckets
        pairs = ops.where(ops.logical_or(before > 0, after > 0), pairs, 0)
        return ops.concatenate([ids, pairs], axis=1)

    def adapt(self, batches: Iterable[tuple[Any, Any]]) -> None:
        """Set the ratios, and the bias to the classes' log-frequencies (log-odds), in one pass.

        Args:
            batches: ids [batch, time] of all training texts, and their labels: [batch], or 0 or 1
                for each, [batch, labels].
        """
        if not self.built:
            self.build((None, None))
        counts = np.zeros(self.ratios.shape, "float64")
        classes = np.zeros(self.labels, "float64")
        every, rows, several = np.zeros(len(counts)), 0, False
        for ids, labels, *_ in batches:
            found, labels = ops.convert_to_numpy(self.features(ids)), ops.convert_to_numpy(labels)
            several = labels.ndim == 2
            text, label = np.nonzero(labels) if several else (np.arange(len(labels)), labels)
            np.add.at(counts, (found[text], label[:, None]), 1)
            np.add.at(classes, label, 1)
            np.add.at(every, found, 1)
            rows += len(labels)
        counts[0] = every[0] = 0  # padding
        ratios = self._log_shares(counts) - self._log_shares(every[:, None] - counts)
        ratios[every == 0] = 0  # never seen: no evidence
        if self.labels == 2 and not several:
            ratios /= 2  # the two classes' ratios are the same number with opposite signs
        self.ratios.assign(ratios)
        others = rows + 1 - classes if several else (classes + 1).sum()
        self.bias.assign(np.log((classes + 1) / others))

    def _log_shares(self, counts: np.ndarray) -> np.ndarray:
        smoothed = counts + self.smoothing
        return np.log(smoothed / smoothed.sum(axis=0))

    def call(self, ids: Any, training: bool | None = None, presence: Any = None) -> Any:
        found = self.features(ids)  # [batch, features]
        real = ops.cast(found > 0, self.compute_dtype)
        count = ops.maximum(ops.sum(real, axis=1, keepdims=True), 1)
        read = self.drop(real, training=training)
        if presence is not None:
            ends = ops.pad(presence, [[0, 0], [1, 1]], constant_values=1.0)  # of a text are there
            read = read * ops.concatenate([presence, ends[:, :-1] * ends[:, 1:]], axis=1)
        read = ops.expand_dims(read, -1)
        weights = self.prior + self.weight_scale * ops.take(self.table, found, axis=0)
        votes = ops.take(self.ratios, found, axis=0) * weights  # [batch, features, labels]
        return self.bias + self.scale * ops.sum(read * votes, axis=1) / ops.sqrt(count)

    def compute_output_shape(self, ids_shape: tuple) -> tuple:
        return (ids_shape[0], self.labels)

    def get_config(self) -> dict:
        return {**super().get_config(), **self._options}
