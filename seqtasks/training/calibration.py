"""Decision biases of a tagger, tuned for span F1 on the validation split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.metrics import span_f1_of_ids
from seqtasks.models import Tagger
from seqtasks.text.bio import span_type_numbers

BIASES = np.arange(-2, 2.1, 0.5, dtype=np.float32)
MAX_BATCHES = 1000  # of more batches, every second, third, ... is used
COST = 1e-3  # F1 that a bias of 1 must gain, so that a few sentences do not decide


class DecisionBiasTuner:
    """Tunes a tagger's decision biases (`Tagger.tag_bias`) for the F1 of spans.

    A network trained to be certain on its training data is less certain on other data, and by how
    much differs between corpora and span types; maximum likelihood does not maximise F1 either. So
    `O`, then each span type in turn, gets the bias out of `BIASES` with the highest F1, given those
    chosen before.

    Args:
        model: a tagger of spans.
        tags: the tag of each id: `O` and tags with a type, in any tagging scheme.

    Reference:
        Lipton, Elkan and Narayanaswamy, Thresholding classifiers to maximize F1 score,
        arXiv:1402.1892.
    """

    def __init__(self, model: Tagger, tags: Sequence[str]) -> None:
        self.model, self.tags = model, list(tags)
        features = tf.TensorSpec([None, None, None], tf.int32)
        mask, emissions = (
            tf.TensorSpec([None, None], tf.bool),
            tf.TensorSpec([None, None, len(tags)]),
        )
        biases = tf.TensorSpec([len(BIASES), len(tags)])
        # Traced once for all calls of `tune`.
        self._emissions = tf.function(model.unbiased, input_signature=[features], autograph=False)
        self._decoded = tf.function(
            self._decode, input_signature=[emissions, mask, biases], autograph=False
        )

    def _decode(self, emissions: tf.Tensor, mask: tf.Tensor, biases: tf.Tensor) -> tf.Tensor:
        """Ids of the tags of real steps with each bias, `[biases, steps]`."""
        each = tf.unstack(biases)
        masks = tf.tile(mask, [len(each), 1])
        found = self.model.best(tf.concat([emissions + bias for bias in each], axis=0), masks)
        return tf.reshape(tf.boolean_mask(found, masks), [len(each), -1])

    def tune(self, batches: Iterable[tuple[Any, Any]]) -> float:
        """Set the model's decision biases.

        Args:
            batches: features and ids of the true tags of the validation split; at most
                `MAX_BATCHES` of them are used.

        Returns:
            The F1 of spans on these batches, with the new biases.
        """
        every = list(batches)
        used = every[:: -(-len(every) // MAX_BATCHES)]
        seen = [(*self._emissions(features), true) for features, true, *_ in used]
        masks = [mask.numpy() for _, mask, _ in seen]
        first = np.concatenate([(np.cumsum(mask, 1) == 1)[mask] for mask in masks])
        true = np.concatenate([np.asarray(t)[m] for m, (*_, t) in zip(masks, seen, strict=True)])
        types = np.array(span_type_numbers(self.tags))
        bias, f1 = np.zeros(len(self.tags), np.float32), 0.0
        for span_type in sorted(set(types)):  # `O` first
            tried = np.where(types == span_type, BIASES[:, None], bias)
            found = np.concatenate([self._decoded(s, m, tried).numpy() for s, m, _ in seen], axis=1)
            scores = span_f1_of_ids(true, found, first, self.tags)
            chosen = np.argmax(scores - COST * abs(BIASES))
            bias, f1 = tried[chosen], float(scores[chosen])
        self.model.tag_bias.assign(bias)
        return f1
