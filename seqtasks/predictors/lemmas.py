"""LemmaPredictor: sentences -> tokens and their lemmas."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from seqtasks.features import WordFeatures
from seqtasks.predictors.protocol import Tensors
from seqtasks.predictors.tags import TagPredictor
from seqtasks.predictors.windows import in_windows
from seqtasks.text.lemmatizer import Lemmatizer

PIECE = 16_384  # tokens whose lemmas are made at a time


class LemmaPredictor(TagPredictor):
    """Sentences -> tokens with their lemmas, by a tagger whose tags are edit rules.

    Its outputs are those of `TagPredictor`, and `lemmas` `[batch, tokens]`. `confidence` is the
    probability of the rule that made the lemma. `tags` are the most probable tags of the second
    layer if the tagger has learned one, else the rules.

    Args:
        features: tokens to features.
        model: as in `TagPredictor`.
        tags: the second layer's tag (or None) and the rule of each of the model's tags, in order.
        lemmatizer: chooses the rules by their probabilities, and applies them.
    """

    def __init__(
        self,
        features: WordFeatures,
        model: keras.Model,
        tags: Sequence[tuple[str | None, str]],
        lemmatizer: Lemmatizer,
    ) -> None:
        second = [tag for tag, _ in tags if tag is not None]
        super().__init__(features, model, list(dict.fromkeys(second)) or lemmatizer.rules)
        self._lemmatizer = lemmatizer
        # [tags, rules] and [tags, tags of the second layer]: which is which.
        self._to_rules = _membership([rule for _, rule in tags], lemmatizer.rules)
        self._to_second = _membership(second, self._tags) if second else None

    def _predicted(
        self,
        text: tf.Tensor,
        tokens: tf.RaggedTensor,
        starts: tf.RaggedTensor,
        ends: tf.RaggedTensor,
        features: tf.RaggedTensor,
    ) -> Tensors:
        # The set of rules that a token may have goes along as one more feature, so that of the
        # probabilities of all rules only the best are kept.
        sets = tf.cast(self._lemmatizer.sets(tokens.flat_values), features.dtype)
        features = features.with_flat_values(
            tf.concat([features.flat_values, sets[:, None]], axis=1)
        )
        candidates = self._lemmatizer.candidates
        found, _ = in_windows(self._best_rules, features, 2 * candidates + 1)
        scores, ids, second = tf.split(found.flat_values, [candidates, candidates, 1], axis=1)
        ids = tf.cast(ids, tf.int32)
        lemmas, rules = self._chosen(tokens.flat_values, scores, ids)
        chosen = tf.argmax(ids == rules[:, None], axis=1)
        confidence = tf.exp(tf.gather(scores, chosen, batch_dims=1))
        if self._to_second is not None:
            rules = tf.cast(second[:, 0], tf.int32)
        return {
            "lemmas": tokens.with_flat_values(lemmas).to_tensor(""),
            "tags": tokens.with_flat_values(tf.gather(self._tags, rules)).to_tensor(""),
            "confidence": tokens.with_flat_values(tf.minimum(confidence, 1.0)).to_tensor(-1.0),
        }

    def _chosen(
        self, tokens: tf.Tensor, scores: tf.Tensor, ids: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """As `Lemmatizer.choose`, a piece at a time: it makes several lemmas of each token."""

        def piece(
            start: tf.Tensor, number: tf.Tensor, lemmas: tf.TensorArray, rules: tf.TensorArray
        ) -> tuple:
            part = slice(start, start + PIECE)
            found = self._lemmatizer.choose(tokens[part], scores[part], ids[part])
            return (
                start + PIECE,
                number + 1,
                lemmas.write(number, found[0]),
                rules.write(number, found[1]),
            )

        arrays = [
            tf.TensorArray(kind, size=1, dynamic_size=True, infer_shape=False, element_shape=[None])
            for kind in (tf.string, tf.int32)
        ]
        # An empty first piece: no tokens at all have something to concatenate.
        first = [array.write(0, tf.zeros([0], array.dtype)) for array in arrays]
        _, _, lemmas, rules = tf.while_loop(
            lambda start, *_: start < tf.size(tokens), piece, (0, 1, *first), parallel_iterations=1
        )
        return lemmas.concat(), rules.concat()

    def _best_rules(self, features: tf.Tensor) -> tf.Tensor:
        """Features and sets -> log-probabilities of the best rules, their ids, the second tag."""
        probabilities = self.decode(features[:, :, :-1])[1]
        of_rules = tf.tensordot(probabilities, self._to_rules, 1)
        scores, ids = self._lemmatizer.best(
            features[:, :, -1], tf.math.log(tf.maximum(of_rules, 1e-30))
        )
        second = tf.zeros_like(features[:, :, :1])
        if self._to_second is not None:
            second = tf.argmax(tf.tensordot(probabilities, self._to_second, 1), axis=-1)[:, :, None]
        return tf.concat([scores, tf.cast(ids, scores.dtype), tf.cast(second, scores.dtype)], -1)


def _membership(names: Sequence[str], groups: Sequence[str]) -> np.ndarray:
    """1 where a name [rows] is a group's [columns], float32."""
    return np.array([[name == group for group in groups] for name in names], np.float32)
