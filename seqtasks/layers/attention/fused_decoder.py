"""The fused loop of a decoder with input feeding, where there is one."""

from __future__ import annotations

import functools
from typing import Any

import keras
from keras import ops

from seqtasks.layers.attention.memory import Memory
from seqtasks.layers.kernels.dispatch import project
from seqtasks.layers.recurrent.cells.standard_cells import as_computed, fused_weights


def fused_decoder(cell: Any, inputs: Any, states: list, memory: Memory) -> tuple[Any, list] | None:
    """Trains an `AttentionCell` with input feeding on a whole sequence, without dropout.

    Args:
        cell: the `AttentionCell`. On TensorFlow there is a loop for those around `LSTMCell`,
            `GRUCell` and `SimpleRNNCell`, whose attention has a `fused_score`.
        inputs: [batch, time, features].
        states: a and the states of the inner cell, each [batch, size].
        memory: projected by the cell's attention.

    Returns:
        Outputs [batch, time, units] and the final states; None where there is no such loop.
    """
    name = getattr(cell.cell, "fused_name", lambda training: None)(True)
    score = cell.attention.fused_score()
    dropped = getattr(cell.cell, "dropout", 0) or cell.attention.dropout
    wide = cell.compute_dtype in ("float32", "float64")
    if not wide or dropped or name is None or score is None:
        return None
    if keras.backend.backend() != "tensorflow":
        return None
    from seqtasks.layers.kernels.tensorflow_attention import Reader, scan

    cast = functools.partial(as_computed, cell)
    weights, features = fused_weights(cell.cell), inputs.shape[-1]
    reader = Reader(
        weights.kernel[features:],
        weights.recurrent_kernel,
        weights.recurrent_bias,
        cast(cell.combine.kernel),
        cast(cell.combine.bias),
        memory.key,
        memory.value,
        tuple(map(cast, score[1])),
    )
    projected = project(cast(inputs), weights._replace(kernel=weights.kernel[:features]))
    first = tuple(map(cast, states))
    outputs, last = scan(name, score[0], projected, first, memory.mask, reader)
    return ops.transpose(outputs, (1, 0, 2)), list(last)
