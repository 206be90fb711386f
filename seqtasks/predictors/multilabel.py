"""MultilabelPredictor: texts -> any number of labels a text."""

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


class MultilabelPredictor(tf.Module):
    """Texts -> the labels that each has, with the probabilities of all.

    A text has a label if its probability reaches the label's threshold.

    `serving_default`: text `[batch]` -> `labels` `[batch, most]`, the most probable first and
    padded with "" at the right (`most` is the largest number of labels in the batch); `classes`,
    `probabilities` and `thresholds` `[batch, labels]`. `attention`, where a network pools by
    attention: see `attention_signatures`.

    Args:
        tokenizer: texts to ids; its `max_length` bounds the work that one text can cause.
        model: ids `[batch, time]` -> a dict with `logits` `[batch, labels]`; `thresholds`
            `[labels]` is one of its weights.
        labels: names of the model's classes, in order.
    """

    kind = "multilabel_classification"
    settings: Mapping[str, Any] = {}

    def __init__(self, tokenizer: Tokenizer, model: Any, labels: Sequence[str]) -> None:
        super().__init__(name="multilabel_predictor")
        self.tokenizer = tokenizer
        self._variables = raw_variables(model)
        names = tf.constant(list(labels))

        def network(ids: tf.Tensor) -> tf.Tensor:
            return keras.ops.sigmoid(model(ids, training=False)["logits"])

        @tf.function(
            input_signature=[tf.TensorSpec([None], tf.string, name="text")], autograph=False
        )
        def serve(text: tf.Tensor) -> dict[str, tf.Tensor]:
            probabilities = in_length_order(network, tokenizer(text), width=len(labels))
            thresholds = tf.convert_to_tensor(model.thresholds)
            return {
                "labels": chosen_labels(probabilities, thresholds, names),  # [batch, most]
                "classes": tf.repeat(names[None], tf.shape(text)[0], axis=0),  # [batch, labels]
                "probabilities": probabilities,  # [batch, labels]
                "thresholds": tf.zeros_like(probabilities) + thresholds,  # [batch, labels]
            }

        self._signatures = {SERVING: serve, **attention_signatures(tokenizer, model)}

    @property
    def signatures(self) -> dict[str, Signature]:
        """Its functions by name."""
        return {**self._signatures}


def chosen_labels(probabilities: tf.Tensor, thresholds: tf.Tensor, names: tf.Tensor) -> tf.Tensor:
    """The labels whose probability reaches its threshold, the most probable first.

    Args:
        probabilities: [batch, labels].
        thresholds: [labels].
        names: of the labels, [labels].

    Returns:
        [batch, most], padded with "" at the right.
    """
    chosen = probabilities >= thresholds
    order = tf.argsort(tf.where(chosen, -probabilities, 1.0), stable=True)
    counts = tf.reduce_sum(tf.cast(chosen, tf.int32), axis=1)
    most = tf.reduce_max(tf.concat([counts, [0]], axis=0))
    found = tf.where(tf.sequence_mask(counts, tf.shape(names)[0]), tf.gather(names, order), "")
    return found[:, :most]
