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
        found, _ = in_windows(lambda ids: self.decode(ids)[1], features, len(self._to_rules))
        probabilities = found.flat_values @ self._to_rules  # [tokens, rules]
        scores = tf.math.log(tf.maximum(probabilities, 1e-30))
        lemmas, ids = self._lemmatizer(tokens.flat_values, scores)
        confidence = tf.minimum(tf.gather(probabilities, ids, batch_dims=1), 1.0)
        if self._to_second is not None:
            ids = tf.argmax(found.flat_values @ self._to_second, axis=1)
        return {
            "lemmas": tokens.with_flat_values(lemmas).to_tensor(""),
            "tags": tokens.with_flat_values(tf.gather(self._tags, ids)).to_tensor(""),
            "confidence": tokens.with_flat_values(confidence).to_tensor(-1.0),
        }


def _membership(names: Sequence[str], groups: Sequence[str]) -> np.ndarray:
    """1 where a name [rows] is a group's [columns], float32."""
    return np.array([[name == group for group in groups] for name in names], np.float32)
