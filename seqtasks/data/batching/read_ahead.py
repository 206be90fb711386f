"""How every data set of ours is run by tf.data."""

from __future__ import annotations

import tensorflow as tf


def read_ahead(dataset: tf.data.Dataset, elements: int) -> tf.data.Dataset:
    """The data set with a thread that reads up to `elements` ahead, and no autotuning.

    tf.data's autotuner wakes after 10 ms, 20 ms, 40 ms and so on up to 60 s, and an iterator that
    ends waits until it does: passes of 6 s lasted 10.2 s, as often as not. There is nothing here
    for it to tune.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return dataset.prefetch(elements).with_options(options)
