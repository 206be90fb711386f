"""AttentionDecoder: a recurrent decoder that attends to a memory, as one layer."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import (
    check_mask,
    check_sequences,
    check_units,
    check_weight,
)
from seqtasks.layers.attention.attention_cell import AttentionCell
from seqtasks.layers.attention.coverage_attention import coverage_loss
from seqtasks.layers.attention.make_attention import make_attention
from seqtasks.layers.attention.memory_attention import Memory
from seqtasks.layers.pooling import SequencePooling
from seqtasks.layers.recurrent.bridge import Bridge
from seqtasks.layers.recurrent.cells.make_cell import make_cell, name_of_cell
from seqtasks.layers.recurrent.rnn import RNN
from seqtasks.layers.step_loop import step_loop

States = list[Any]


@keras.saving.register_keras_serializable(package="seqtasks")
class AttentionDecoder(keras.layers.Layer):
    """A recurrent decoder with attention: the second half of an encoder-decoder.

        s_0 = tanh(mean_t(memory_t) W + b)            a_t, s_t = AttentionCell(x_t, s_{t-1}; memory)

    For training (teacher forcing) call it with the whole target sequence: x_t embeds the token
    before the one that a_t is to predict. To decode, take steps: `start`, then `step` for each
    token.

    Args:
        units: size of the outputs a and of the cell.
        cell: the recurrent cell, as `RecurrentStack` takes it: a name or a class.
        attention: a name in `ATTENTIONS`, or an attention layer.
        input_feeding: concatenate a_{t-1} to x_t.
        coverage_loss: weight of the loss that `coverage_loss` computes of the attention weights,
            the mean over all steps, which is added to the model's; 0 adds none.
        **kwargs: those of `keras.layers.Layer`.

    Call arguments:
        inputs: [targets, memory], [batch, target, features] and [batch, source, memory features];
            or the targets alone, which are then their own memory.
        mask: bool [batch, target] and [batch, source], True on real steps, in a list; None for
            either or both.
        return_attention_scores: return the attention weights too. The sequence is then stepped,
            which is slower; so it is with `coverage_loss`.
        training: passed to the cell and the attention.

    Returns:
        a [batch, target, units]; with `return_attention_scores` the weights
        [batch, target, source] too.

    Masking:
        Masked steps of the memory get no weight and are left out of s_0. At masked steps of the
        targets states are kept and the output is zero.

    Example:
        >>> a = AttentionDecoder(8)([keras.ops.ones((2, 5, 3)), keras.ops.ones((2, 7, 4))])

    Reference:
        Bahdanau, Cho and Bengio, arXiv:1409.0473; Luong, Pham and Manning, arXiv:1508.04025.
    """

    def __init__(
        self,
        units: int,
        cell: Any = "lstm",
        attention: Any = "bilinear",
        input_feeding: bool = True,
        coverage_loss: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.coverage_loss = check_weight(coverage_loss, "coverage_loss", "AttentionDecoder")
        self.units = check_units(units, "AttentionDecoder")
        self.cell_name = name_of_cell(cell)
        self.attention = make_attention(
            attention, self.units, "AttentionDecoder", dtype=self.dtype_policy
        )
        self.input_feeding = bool(input_feeding)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        targets, memory = self._shapes(input_shape)
        self._features, self._memory_features = targets[-1], memory[-1]
        cell = make_cell(self.cell_name, self.units, "AttentionDecoder", dtype=self.dtype_policy)
        self.cell = AttentionCell(
            cell,
            self.attention,
            self._memory_features,
            self.units,
            self.input_feeding,
            dtype=self.dtype_policy,
        )
        self.rnn = RNN(self.cell, return_sequences=True, dtype=self.dtype_policy)
        self.rnn.build((None, None, self._features))
        self.pool = SequencePooling("mean", dtype=self.dtype_policy)
        self.pool.build((None, None, self._memory_features))
        self.bridge = Bridge(self.cell.inner_sizes, dtype=self.dtype_policy)
        self.bridge.build((None, self._memory_features))

    def _shapes(self, input_shape: Any) -> tuple[tuple, tuple]:
        """The shapes of targets and memory."""
        alone = not isinstance(input_shape[0], (list, tuple))
        shapes = [input_shape] * 2 if alone else list(input_shape)
        if len(shapes) != 2:
            raise ValueError(
                f"AttentionDecoder {self.name!r}: expected [targets, memory], received "
                f"{len(shapes)} inputs. Pass the embedded targets and the encoder's outputs."
            )
        for shape in shapes:
            check_sequences(shape, None, f"AttentionDecoder {self.name!r}")
        return tuple(shapes[0]), tuple(shapes[1])

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        return_attention_scores: bool = False,
        training: bool = False,
    ) -> Any:
        alone = not isinstance(inputs, (list, tuple))
        targets, memory = [inputs] * 2 if alone else inputs
        masks = [mask] * 2 if alone else [*(mask or ()), None, None][:2]
        real = None if masks[0] is None else ops.cast(ops.convert_to_tensor(masks[0]), "bool")
        if real is not None:
            check_mask(real.shape, targets.shape, f"AttentionDecoder {self.name!r}")
        weights = None
        if return_attention_scores or self.coverage_loss:
            outputs, weights = self._stepped(targets, memory, real, masks[1], training)
            if self.coverage_loss:
                losses = ops.cast(coverage_loss(weights), "float32")
                count = ops.sum(ops.ones_like(losses) if real is None else ops.cast(real, "int32"))
                mean = ops.sum(losses) / ops.maximum(ops.cast(count, "float32"), 1.0)
                self.add_loss(self.coverage_loss * mean)
        else:
            first = self.bridge(self.pool(memory, mask=masks[1]))
            states = self.cell.start(memory, masks[1], first)
            outputs = self.rnn(targets, initial_state=states, mask=real, training=training)
        if real is not None:
            outputs = ops.where(real[..., None], outputs, ops.zeros_like(outputs))
        return (outputs, weights) if return_attention_scores else outputs

    def _stepped(
        self, targets: Any, memory: Any, real: Any, memory_mask: Any, training: bool
    ) -> tuple[Any, Any]:
        """Outputs [batch, target, units] and weights [batch, target, source], step by step."""
        states, projected = self.start(memory, memory_mask)
        targets = ops.cast(targets, self.compute_dtype)
        if real is None:
            real = ops.ones_like(targets[:, :, 0])
        marked = ops.concatenate([targets, ops.cast(real, targets.dtype)[..., None]], axis=-1)

        def one(x: Any, before: States) -> tuple[Any, States]:
            output, new, weights = self.step(x[:, :-1], before, projected, training)
            kept = x[:, -1:] > 0
            new = [ops.where(kept, n, old) for n, old in zip(new, before, strict=True)]
            return ops.where(kept, ops.concatenate([output, weights], axis=-1), 0.0), new

        if training:
            self.attention.draw()
        found = step_loop(one, marked, states)
        self.attention.reset_draw()
        size = self.cell.output_size
        return found[..., :size], found[..., size:]

    def start(self, memory: Any, mask: Any = None) -> tuple[States, Memory]:
        """The states before the first token, and the memory made ready for `step`.

        Args:
            memory: [batch, source, memory features].
            mask: bool [batch, source], True on real steps, or None.

        Returns:
            States, each [batch, size]; and keys, values and mask of the memory.
        """
        first = self.bridge(self.pool(memory, mask=mask))
        fed = [ops.zeros_like(ops.repeat(first[0][:, :1], self.units, axis=1))]
        fed = fed if self.input_feeding else []
        projected = self.attention.project(memory, mask=mask)
        return [*fed, *first, *self.attention.first_states(projected)], projected

    def step(
        self, inputs: Any, states: States, memory: Memory, training: bool = False
    ) -> tuple[Any, States, Any]:
        """One step of decoding.

        Args:
            inputs: the embedded token before, [batch, features].
            states: from `start` or from the step before.
            memory: from `start`. Several adjacent rows of `inputs` may share a row of it.
            training: passed to the cell and the attention.

        Returns:
            a_t [batch, units], the states after it, and the attention weights [batch, source].
        """
        return self.cell.read(inputs, states, memory, training)

    def compute_output_shape(self, input_shape: Any) -> tuple:
        return (*self._shapes(input_shape)[0][:2], self.units)

    def compute_output_spec(
        self,
        inputs: Any,
        mask: Any = None,
        return_attention_scores: bool = False,
        training: bool = False,
    ) -> Any:
        shapes = inputs.shape if hasattr(inputs, "shape") else [x.shape for x in inputs]
        targets, memory = self._shapes(shapes)
        outputs = keras.KerasTensor((*targets[:2], self.units), dtype=self.compute_dtype)
        if not return_attention_scores:
            return outputs
        return outputs, keras.KerasTensor((*targets[:2], memory[1]), dtype=self.compute_dtype)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return mask[0] if isinstance(mask, (list, tuple)) else mask

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "units": self.units,
            "cell": self.cell_name,
            "attention": keras.saving.serialize_keras_object(self.attention),
            "input_feeding": self.input_feeding,
            "coverage_loss": self.coverage_loss,
        }

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> AttentionDecoder:
        attention = keras.saving.deserialize_keras_object(config["attention"], custom_objects)
        return cls(**{**config, "attention": attention})
