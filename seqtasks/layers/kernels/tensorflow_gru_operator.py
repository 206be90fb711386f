"""GRU in the operations that tf2onnx converts to ONNX's GRU.

tf2onnx knows the loop of TensorFlow's old Keras: both products with their biases inside the loop,
each split into three gates. Keras 3 slices the gates and adds the biases otherwise, so that its own
GRU becomes a loop in ONNX.
"""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from seqtasks.layers.kernels.dispatch import Weights
from seqtasks.layers.kernels.tensorflow_inference import array


def gru_for_converters(inputs: Any, first: Any, weights: Weights) -> tuple[Any, tuple]:
    """GRU over [batch, time, features] without a mask: h of every step, and the last.

    z, r = σ(x W + b + h U + b')      ĥ = tanh(x W_h + b_h + r ∘ (h U_h + b'_h))
    h' = z ∘ h + (1 - z) ∘ ĥ
    """
    none = tf.zeros([weights.kernel.shape[1]], inputs.dtype)
    bias = none if weights.bias is None else weights.bias
    recurrent_bias = none if weights.recurrent_bias is None else weights.recurrent_bias
    steps = tf.shape(inputs)[1]
    rows = tf.TensorArray(inputs.dtype, size=steps).unstack(tf.transpose(inputs, [1, 0, 2]))

    def body(t: Any, h: Any, outputs: tf.TensorArray) -> tuple:
        x = tf.nn.bias_add(tf.matmul(rows.read(t), weights.kernel), bias)
        inner = tf.nn.bias_add(tf.matmul(h, weights.recurrent_kernel), recurrent_bias)
        (x_z, x_r, x_h), (u_z, u_r, u_h) = tf.split(x, 3, axis=1), tf.split(inner, 3, axis=1)
        z, r = tf.sigmoid(x_z + u_z), tf.sigmoid(x_r + u_r)
        h = z * h + (1 - z) * tf.tanh(x_h + r * u_h)
        return t + 1, h, outputs.write(t, h)

    loop = (tf.constant(0), first, array(first, first.shape[1], steps))
    _, last, outputs = tf.while_loop(lambda t, *_: t < steps, body, loop)
    return tf.transpose(outputs.stack(), [1, 0, 2]), (last,)
