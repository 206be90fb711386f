"""Strings in, predictions out: what is evaluated, exported and served."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from seqtasks.text import Tokenizer, padded

# Rows that one call of the network sees: enough to keep the processor busy, few enough that a
# request of ten thousand long texts fits into memory.
SERVING_ROWS = 256


class LabelPredictor(tf.Module):
    """Texts -> labels with their probabilities.

    Args:
        tokenizer: texts to ids; its `max_length` bounds the work that one text can cause.
        model: ids `[batch, time]` -> logits `[batch, labels]`.
        labels: names of the model's classes, in order.
    """

    def __init__(self, tokenizer: Tokenizer, model: keras.Model, labels: Sequence[str]) -> None:
        super().__init__(name="label_predictor")
        self.tokenizer = tokenizer
        # Keras variables are invisible to session-based loaders; their raw variables are not.
        self._variables = [variable.value for variable in model.weights]
        names = tf.constant(list(labels))

        def network(ids: tf.Tensor) -> tf.Tensor:
            return keras.ops.softmax(model(ids, training=False))

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

        self.serve = serve


def in_length_order(
    network: Callable[[tf.Tensor], tf.Tensor], ids: tf.RaggedTensor, width: int
) -> tf.Tensor:
    """Run `network` over chunks of texts of like length, each padded to its own longest.

    Args:
        network: ids `[rows, time]`, padded with 0 -> float32 `[rows, width]`.
        ids: `[batch, (time)]`.
        width: of the network's output.

    Returns:
        The network's outputs in the order of `ids`, `[batch, width]`.
    """
    order = tf.argsort(ids.row_lengths())
    ids = tf.gather(ids, order)
    chunks = -(-tf.shape(order)[0] // SERVING_ROWS)

    def one_chunk(number: tf.Tensor, outputs: tf.TensorArray) -> tuple[tf.Tensor, tf.TensorArray]:
        chunk = ids[number * SERVING_ROWS : (number + 1) * SERVING_ROWS]
        return number + 1, outputs.write(number, network(padded(chunk)))

    outputs = tf.TensorArray(
        tf.float32, size=chunks + 1, infer_shape=False, element_shape=[None, width]
    )
    # An empty last chunk: an empty batch has something to concatenate, the network none to run.
    outputs = outputs.write(chunks, tf.zeros([0, width]))
    _, outputs = tf.while_loop(
        lambda number, _: number < chunks, one_chunk, (0, outputs), parallel_iterations=1
    )
    return tf.gather(outputs.concat(), tf.argsort(order))
