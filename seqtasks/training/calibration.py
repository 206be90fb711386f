"""How ready a tagger is to see spans of each type, settled on the validation split."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.metrics import span_f1_of_ids
from seqtasks.models import Tagger

BIASES = np.arange(-2, 2.1, 0.5, dtype=np.float32)
MOST = 1000  # batches to look at; of more, every second, third ...
COST = 1e-3  # F1 that a bias of 1 must gain: a few sentences are no reason


def bias_calibrator(
    model: Tagger, batches: Iterable[tuple[Any, Any]], tags: Sequence[str]
) -> Callable[[], float]:
    """What sets a model's `tag_bias` to the best that is found for the F1 of spans.

    What a network learns to be sure of in training it is less sure of elsewhere. How much less
    differs from corpus to corpus, and so does how frequent spans of each type are. So `O`, then
    each type, gets that of `BIASES` with the highest F1, given those before it.

    Args:
        model: a tagger of spans.
        batches: features and the ids of the true tags; of many, `MOST` at most are looked at.
        tags: what the ids stand for: `O` and tags with a type, in any tagging scheme.

    Returns:
        A function that does it with the model as it then is and returns that F1.

    Reference:
        Lipton, Elkan and Narayanaswamy, Thresholding classifiers to maximize F1 score,
        arXiv:1402.1892.
    """
    kind_of = np.array([None if tag == "O" else tag.partition("-")[2] for tag in tags])
    kinds = sorted(set(kind_of), key=lambda kind: (kind is not None, kind))
    steps, scores = tf.TensorSpec([None, None], tf.bool), tf.TensorSpec([None, None, len(tags)])
    biases = tf.TensorSpec([len(BIASES), len(tags)])

    # Traced once for all epochs.
    @tf.function(input_signature=[tf.TensorSpec([None, None, None], tf.int32)], autograph=False)
    def emissions(features: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return model.unbiased(features)

    @tf.function(input_signature=[scores, steps, biases], autograph=False)
    def best(scores: tf.Tensor, mask: tf.Tensor, biases: tf.Tensor) -> tf.Tensor:
        """Tags of the real steps with each bias, `[biases, steps]`."""
        each = tf.unstack(biases)
        masks = tf.tile(mask, [len(each), 1])
        found = model.best(tf.concat([scores + bias for bias in each], axis=0), masks)
        return tf.reshape(tf.boolean_mask(found, masks), [len(each), -1])

    def calibrate() -> float:
        every = list(batches)
        some = every[:: -(-len(every) // MOST)]
        seen = [(*emissions(features), true) for features, true, *_ in some]
        masks = [mask.numpy() for _, mask, _ in seen]
        first = np.concatenate([(np.cumsum(mask, 1) == 1)[mask] for mask in masks])
        true = np.concatenate([np.asarray(t)[m] for m, (*_, t) in zip(masks, seen, strict=True)])
        bias, f1 = np.zeros(len(tags), np.float32), 0.0
        for kind in kinds:
            own = np.equal(kind_of, kind)
            tried = np.where(own, BIASES[:, None], bias)
            found = np.concatenate([best(s, mask, tried).numpy() for s, mask, _ in seen], axis=1)
            scores = span_f1_of_ids(true, found, first, tags)
            chosen = np.argmax(scores - COST * abs(BIASES))
            bias, f1 = tried[chosen], float(scores[chosen])
        model.tag_bias.assign(bias)
        return f1

    return calibrate
