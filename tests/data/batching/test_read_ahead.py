"""No data set of ours waits for tf.data's autotuner."""

import numpy as np
import tensorflow as tf

from seqtasks.data import Stream, TokenFile, contiguous_batches, length_batches


def test_batches_of_both_kinds_are_not_autotuned():
    rows = Stream("there", lambda: iter([(1, ("a b",)), (2, ("c",))]))
    by_length = length_batches(
        rows, lambda x: (tf.strings.unicode_decode(x, "UTF-8"),), batch_size=2
    )
    text = iter([("a b c d e f g h", True)])
    tokens = TokenFile(text, lambda texts: [np.arange(4, 4 + len(x)) for x in texts], 20)
    for dataset in (by_length, contiguous_batches(tokens, rows=2, steps=3)):
        assert dataset.options().autotune.enabled is False
        assert dataset.map(lambda *x: x).options().autotune.enabled is False
        assert len(list(dataset)) > 0
