"""What a decoder is fed and what it is to give."""

import numpy as np
import tensorflow as tf

from seqtasks.text import teacher_forced, with_end


def test_a_batch_for_teacher_forcing():
    target = with_end(tf.ragged.constant([[7, 8], [], [9]], dtype=tf.int32)).to_tensor()
    source = tf.constant([[5, 6], [4, 0], [0, 0]])
    (fed_source, fed), expected, weights = teacher_forced(source, target)
    np.testing.assert_array_equal(fed_source, source)
    np.testing.assert_array_equal(expected, [[7, 8, 3], [3, 0, 0], [9, 3, 0]])
    np.testing.assert_array_equal(fed, [[2, 7, 8], [2, 3, 0], [2, 9, 3]])
    np.testing.assert_array_equal(weights, [[1, 1, 1], [1, 0, 0], [1, 1, 0]])


def test_a_small_batch_is_filled_with_rows_that_do_not_count():
    ids = tf.constant([[4, 3]])
    (source, fed), target, weights = teacher_forced(ids, ids, rows=3)
    for column in (source, target):
        np.testing.assert_array_equal(column, [[4, 3], [0, 0], [0, 0]])
    assert fed.shape == (3, 2)
    np.testing.assert_array_equal(weights, [[1, 1], [0, 0], [0, 0]])
