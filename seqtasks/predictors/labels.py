"""LabelPredictor: texts -> one label a text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from seqtasks.predictors.attention_pooling import attention_signatures
from seqtasks.predictors.chunks import in_length_order
from seqtasks.predictors.protocol import SERVING, Signature
from seqtasks.predictors.variables import raw_variables
from seqtasks.text import Tokenizer


class LabelPredictor(tf.Module):
    """Texts -> labels with their probabilities.

    `serving_default`: text `[batch]` -> `label` `[batch]`, `classes` and `probabilities`
    `[batch, labels]`. `attention`, where a network pools by attention: see `attention_signatures`.

    Args:
        tokenizer: texts to ids; its `max_length` bounds the work that one text can cause.
        model: ids `[batch, time]` -> a dict with `logits` `[batch, labels]`.
        labels: names of the model's classes, in order.
    """

    kind = "classification"
    settings: Mapping[str, Any] = {}

    def __init__(self, tokenizer: Tokenizer, model: keras.Model, labels: Sequence[str]) -> None:
        super().__init__(name="label_predictor")
        self.tokenizer = tokenizer
        self._variables = raw_variables(model)
        names = tf.constant(list(labels))

        def network(ids: tf.Tensor) -> tf.Tensor:
            return keras.ops.softmax(model(ids, training=False)["logits"])

        @tf.function(
            input_signature=[tf.TensorSpec([None], tf.string, name="text")], autograph=False
        )
        def serve(text: tf.Tensor) -> dict[str, tf.Tensor]:
            probabilities = in_length_order(network, tokenizer(text), width=len(labels))
            return {
                "label": tf.gather(names, tf.argmax(probabilities, axis=-1)),  # [batch]
                "classes": tf.repeat(names[None], tf.shape(text)[0], axis=0),  # [batch, labels]
                "probabilities": probabilities,  # [batch, labels]
            }

        self._signatures = {SERVING: serve, **attention_signatures(tokenizer, model)}

    @property
    def signatures(self) -> dict[str, Signature]:
        """Its functions by name."""
        return {**self._signatures}
