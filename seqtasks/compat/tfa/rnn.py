"""`tfa.rnn.ESNCell`; the other cells of `tfa.rnn` are in `seqtasks.layers`."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from seqtasks.compat.tfa.argument_checks import check_fraction

States = list[Any]


@keras.saving.register_keras_serializable(package="seqtasks")
class ESNCell(keras.layers.Layer):
    """One step of an echo state network: a random recurrent network that is not trained.

        h_t = (1 - leaky) h_{t-1} + leaky tanh(x_t W + h_{t-1} U + b)

    The entries of U are 0 but for the fraction `connectivity`, and scaled to the spectral radius.
    What is trained is the layer that reads the states.

    Args:
        units: size of the state.
        connectivity: probability of a connection between two units.
        leaky: leaking rate, 0 to 1; 1 forgets at once.
        spectral_radius: largest absolute eigenvalue of U.
        use_norm2: scale by the largest singular value instead, an upper bound that costs less.
        use_bias: add b.
        activation: instead of tanh.
        kernel_initializer: of W.
        recurrent_initializer: of U, before it is thinned out and scaled.
        bias_initializer: of b.
        **kwargs: those of `keras.layers.Layer`.

    Call arguments:
        inputs: [batch, features].
        states: [h], [batch, units].

    Returns:
        h [batch, units] and [h].

    Example:
        >>> y = RNN(ESNCell(8))(keras.ops.ones((2, 5, 3)))

    Reference:
        Jaeger, The "echo state" approach to analysing and training recurrent neural networks, 2001.
    """

    def __init__(
        self,
        units: int,
        connectivity: float = 0.1,
        leaky: float = 1.0,
        spectral_radius: float = 0.9,
        use_norm2: bool = False,
        use_bias: bool = True,
        activation: Any = "tanh",
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"trainable": False, **kwargs})
        self.units = self.state_size = self.output_size = units
        self.connectivity = check_fraction(connectivity, "connectivity", "ESNCell")
        self.leaky = check_fraction(leaky, "leaky", "ESNCell")
        self.spectral_radius, self.use_norm2 = spectral_radius, use_norm2
        self.use_bias = use_bias
        self.activation = keras.activations.get(activation)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.recurrent_initializer = keras.initializers.get(recurrent_initializer)
        self.bias_initializer = keras.initializers.get(bias_initializer)

    def build(self, input_shape: tuple) -> None:
        """Draws the weights."""
        options = {"trainable": False}
        self.kernel = self.add_weight(
            (input_shape[-1], self.units),
            initializer=self.kernel_initializer,
            name="kernel",
            **options,
        )
        self.recurrent_kernel = self.add_weight(
            (self.units, self.units),
            initializer=self._reservoir,
            name="recurrent_kernel",
            **options,
        )
        self.bias = None
        if self.use_bias:
            self.bias = self.add_weight(
                (self.units,), initializer=self.bias_initializer, name="bias", **options
            )

    def _reservoir(self, shape: tuple, dtype: Any = None) -> Any:
        """Sparse random weights of the given spectral radius."""
        drawn = ops.convert_to_numpy(self.recurrent_initializer(shape, dtype="float32"))
        kept = ops.convert_to_numpy(keras.random.uniform(shape)) <= self.connectivity
        weights = np.where(kept, drawn, 0.0)
        size = (
            np.linalg.norm(weights, 2)
            if self.use_norm2
            else np.abs(np.linalg.eigvals(weights)).max()
        )
        scaled = weights * (self.spectral_radius / size) if size > 0 else weights
        return ops.convert_to_tensor(scaled, dtype=dtype)

    def call(self, inputs: Any, states: States, training: bool = False) -> tuple[Any, States]:
        """One step."""
        h = states[0] if isinstance(states, (list, tuple)) else states
        inner = ops.matmul(inputs, self.kernel) + ops.matmul(h, self.recurrent_kernel)
        if self.bias is not None:
            inner = inner + self.bias
        h = (1 - self.leaky) * h + self.leaky * self.activation(inner)
        return h, [h]

    def get_config(self) -> dict:
        """Return the arguments of `from_config`."""
        return {
            **super().get_config(),
            "units": self.units,
            "connectivity": self.connectivity,
            "leaky": self.leaky,
            "spectral_radius": self.spectral_radius,
            "use_norm2": self.use_norm2,
            "use_bias": self.use_bias,
            "activation": keras.activations.serialize(self.activation),
            "kernel_initializer": keras.initializers.serialize(self.kernel_initializer),
            "recurrent_initializer": keras.initializers.serialize(self.recurrent_initializer),
            "bias_initializer": keras.initializers.serialize(self.bias_initializer),
        }
