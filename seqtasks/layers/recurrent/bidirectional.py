"""Bidirectional: a recurrent layer in both directions."""

from __future__ import annotations

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="seqtasks")
class Bidirectional(keras.layers.Bidirectional):
    """Runs a recurrent layer in both directions and merges the outputs.

        y_t = merge(→h_t, ←h_t)

    Args:
        layer: a recurrent layer; a copy with `go_backwards` reads the sequence from its end.
        merge_mode: "concat", "sum", "mul", "ave", or None for both outputs.
        **options: those of `keras.layers.Bidirectional` (`backward_layer`, `weights`).

    Call arguments:
        sequences: [batch, time, features].
        initial_state: states of the forward layer, then of the backward one.
        mask: bool [batch, time], True on real steps, or None.
        training: passed to both layers.

    Returns:
        With `return_sequences` [batch, time, 2 * units] ("concat") or [batch, time, units], else
        without the time axis; with `return_state` followed by the states of both layers.

    Masking:
        Any mask. The backward layer starts at the last real step. With `return_sequences` the
        outputs at masked steps are zero.

    Example:
        >>> y = Bidirectional(LSTM(8, return_sequences=True))(keras.ops.ones((2, 5, 3)))

    Reference:
        Schuster and Paliwal, Bidirectional recurrent neural networks, 1997.
    """

    def __init__(self, layer: Any, merge_mode: str | None = "concat", **options: Any) -> None:
        super().__init__(layer, merge_mode=merge_mode, **options)
        self.supports_masking = True  # Keras 3.16 says no
        # Keras copies the layer by serializing it; while a file is loaded it knows what it has
        # serialized by id(), so the original must live on lest another object get its id. In a
        # function it is not tracked as a layer of ours.
        self._original = lambda: layer

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        mask = mask[0] if isinstance(mask, (list, tuple)) else mask
        mask = mask if self.return_sequences else None
        outputs = [mask, mask] if self.merge_mode is None else [mask]
        if self.return_state:
            states = keras.tree.flatten(self.forward_layer.state_size)
            return outputs + [None] * 2 * len(states)
        return outputs if self.merge_mode is None else mask
