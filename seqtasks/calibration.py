"""How ready a tagger is to see a span, settled on the validation split."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.metrics import span_f1
from seqtasks.models import Tagger

BIASES = (-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0)


def outside_calibrator(
    model: Tagger, batches: Iterable[tuple[Any, Any]], tags: Sequence[str]
) -> Callable[[], float]:
    """What sets a model's `outside_bias` to that of `BIASES` with the highest F1 of spans.

    What a network learns to be sure of in training it is less sure of elsewhere, and how much less
    differs from corpus to corpus: this is the threshold of a classifier, chosen for F1.

    Args:
        model: with an `outside` tag.
        batches: features and the ids of the true tags.
        tags: what the ids stand for.

    Returns:
        A function that does it with the model as it then is and returns that F1. Of equals the bias
        closest to 0 is taken.
    """
    features_like = tf.TensorSpec([None, None, None], tf.int32)

    @tf.function(input_signature=[features_like], autograph=False)  # traced once for all epochs
    def predictions(features: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return model.best_by_bias(features, BIASES)

    names = np.array(tags)

    def calibrate() -> float:
        references: list[list[str]] = []
        found: list[list[list[str]]] = [[] for _ in BIASES]
        for features, true, *_ in batches:
            ids, mask = (x.numpy() for x in predictions(features))
            for row, real in enumerate(mask):
                references.append(names[np.asarray(true)[row][real]].tolist())
                for n, of_bias in enumerate(ids[:, row]):
                    found[n].append(names[of_bias[real]].tolist())
        scores = [span_f1(references, predicted)["f1"] for predicted in found]
        best = max(range(len(BIASES)), key=lambda n: (scores[n], -abs(BIASES[n])))
        model.outside_bias.assign(BIASES[best])
        return scores[best]

    return calibrate
