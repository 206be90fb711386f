"""PointerGenerator: the output of a decoder that generates ids or copies them from its source."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_units

SMALLEST = 1e-10  # probability, so that its logarithm is finite


@keras.saving.register_keras_serializable(package="seqtasks")
class PointerGenerator(keras.layers.Layer):
    """Generates ids of a vocabulary or copies ids of the source, known or not.

        P(id) = p softmax(a W + b)_id + (1 - p) Σ_{s: source_s = id} weights_s

    The vocabulary's ids are below `vocabulary_size`. Ids from there on, `copied_ids` many, are
    those of a source's unknown words, numbered for each source anew; they can be copied only. For
    embeddings they are to be replaced by the id of unknown words.

    Args:
        vocabulary_size: number of ids that can be generated.
        copied_ids: number of further ids, the highest number of unknown words in one source.
        **kwargs: those of `keras.layers.Layer`.

    Call arguments:
        inputs: [outputs, weights, source]: those of `AttentionDecoder` with `copy=True`, [batch,
            target, units + 1], a followed by p, and [batch, target, source]; and the ids of the
            source, integers [batch, source].

    Returns:
        log P, float32 [batch, target, vocabulary_size + copied_ids], not below log(1e-10): the
        logits of a cross-entropy with `from_logits=True`.

    Masking:
        Masked steps of the source have no weight, so they are not copied; nor are ids that are too
        high or negative. The mask of the outputs is passed on.

    Example:
        >>> y = PointerGenerator(9, 2)([x := keras.ops.ones((2, 5, 4)), x / 4, x[:, 0]])

    Reference:
        See, Liu and Manning, Get to the point: summarization with pointer-generator networks,
        arXiv:1704.04368.
    """

    def __init__(self, vocabulary_size: int, copied_ids: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        owner = "PointerGenerator"
        self.vocabulary_size = check_units(vocabulary_size, f"{owner}: vocabulary_size")
        self.copied_ids = check_units(copied_ids, f"{owner}: copied_ids")
        self.size = self.vocabulary_size + self.copied_ids
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        self._features = self._checked(input_shape)[0][-1]
        shape = (self._features - 1, self.vocabulary_size)
        self.kernel = self.add_weight(shape, name="kernel")
        self.bias = self.add_weight(shape[1:], "zeros", name="bias")

    def _checked(self, shapes: Any) -> list[tuple]:
        """The shapes of outputs, weights and source."""
        ranks = [len(shape) if hasattr(shape, "__len__") else None for shape in shapes]
        if ranks != [3, 3, 2]:
            raise ValueError(
                f"PointerGenerator {self.name!r}: expected [outputs, weights, source ids] of ranks "
                f"3, 3 and 2, received shapes {shapes}. Pass the two results of "
                "AttentionDecoder(..., copy=True) and the source ids; one step with an axis of "
                "length 1 for the time."
            )
        return [tuple(shape) for shape in shapes]

    def call(self, inputs: Any) -> Any:
        outputs, weights, source = inputs
        self._checked([x.shape for x in inputs])
        outputs, weights = (ops.cast(x, "float32") for x in (outputs, weights))
        logits = ops.matmul(outputs[..., :-1], ops.cast(self.kernel, "float32"))
        generated = ops.softmax(logits + ops.cast(self.bias, "float32"), axis=-1)
        p = outputs[..., -1:]
        nothing = ops.zeros_like(ops.repeat(p, self.copied_ids, axis=-1))
        probabilities = ops.concatenate([p * generated, nothing], axis=-1)
        probabilities = probabilities + self._copied((1 - p) * weights, source)
        return ops.log(ops.maximum(probabilities, SMALLEST))

    def _copied(self, weights: Any, source: Any) -> Any:
        """The weights [batch, target, source], added up by id: [batch, target, size]."""
        batch, target, _ = ops.shape(weights)
        source = ops.cast(source, "int32")
        known = ops.logical_and(source >= 0, source < self.size)
        weights = ops.where(known[:, None], weights, ops.zeros_like(weights))
        rows = ops.arange(batch, dtype="int32")[:, None] * self.size
        ids = ops.reshape(rows + ops.where(known, source, ops.zeros_like(source)), (-1,))
        by_step = ops.reshape(ops.transpose(weights, (0, 2, 1)), (ops.shape(ids)[0], target))
        found = ops.segment_sum(by_step, ids, num_segments=batch * self.size)
        return ops.transpose(ops.reshape(found, (batch, self.size, target)), (0, 2, 1))

    def compute_output_spec(self, inputs: Any) -> Any:
        shape = self.compute_output_shape([x.shape for x in inputs])
        return keras.KerasTensor(shape, dtype="float32")

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return (*self._checked(input_shape)[0][:2], self.size)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return mask[0] if isinstance(mask, (list, tuple)) else mask

    def get_config(self) -> dict:
        sizes = {"vocabulary_size": self.vocabulary_size, "copied_ids": self.copied_ids}
        return {**super().get_config(), **sizes}
