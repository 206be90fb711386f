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
from seqtasks.layers.attention.coverage_attention import mean_coverage_loss
from seqtasks.layers.attention.make_attention import make_attention
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
        copy: for `PointerGenerator`: a is followed by one more feature, the probability p of
            generating an id, and the attention weights are always returned.
        coverage_loss: weight of the mean of `coverage_loss` in the model's loss; 0 adds none.
        **kwargs: those of `keras.layers.Layer`.

    Call arguments:
        inputs: [targets, memory], [batch, target, features] and [batch, source, memory features];
            or the targets alone, which are then their own memory. With `MultiSourceAttention`
            [targets, memory 1, memory 2, ...].
        mask: bool [batch, target] and [batch, source], True on real steps, in a list; or None.
        return_attention_scores: return the attention weights too. The sequence is then stepped,
            which is slower; so it is with `copy` and `coverage_loss`.
        training: passed to the cell and the attention.

    Returns:
        a [batch, target, units]; with `return_attention_scores` the weights
        [batch, target, source] too (a list for several memories). With `copy` always both, a and p
        [batch, target, units + 1].

    Masking:
        Masked steps of the memory get no weight and are left out of s_0. At masked steps of the
        targets states are kept and the output is zero.

    Example:
        >>> a = AttentionDecoder(8)([keras.ops.ones((2, 5, 3)), keras.ops.ones((2, 7, 4))])

    Reference:
        Bahdanau, Cho and Bengio, arXiv:1409.0473; Luong, Pham and Manning, arXiv:1508.04025;
        See, Liu and Manning, arXiv:1704.04368 (copy, coverage).
    """

    def __init__(
        self,
        units: int,
        cell: Any = "lstm",
        attention: Any = "bilinear",
        input_feeding: bool = True,
        copy: bool = False,
        coverage_loss: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.copy = bool(copy)
        self.coverage_loss = check_weight(coverage_loss, "coverage_loss", "AttentionDecoder")
        self.units = check_units(units, "AttentionDecoder")
        self.cell_name = name_of_cell(cell)
        self.attention = make_attention(
            attention, self.units, "AttentionDecoder", dtype=self.dtype_policy
        )
        self.input_feeding = bool(input_feeding)
        self.supports_masking = True

    def build(self, input_shape: Any) -> None:
        targets, *memories = self._shapes(input_shape)
        features = [shape[-1] for shape in memories]
        cell = make_cell(self.cell_name, self.units, "AttentionDecoder", dtype=self.dtype_policy)
        self.cell = AttentionCell(
            cell,
            self.attention,
            self._one_or_all(features),
            self.units,
            self.input_feeding,
            self.copy,
            dtype=self.dtype_policy,
        )
        self.rnn = RNN(self.cell, return_sequences=True, dtype=self.dtype_policy)
        self.rnn.build((None, None, targets[-1]))
        self.pools = [SequencePooling("mean", dtype=self.dtype_policy) for _ in features]
        for n, pool in enumerate(self.pools):
            pool.build((None, None, features[n]))
        self.bridge = Bridge(self.cell.inner_sizes, dtype=self.dtype_policy)
        self.bridge.build((None, sum(features)))

    def _one_or_all(self, memories: list) -> Any:
        """A list as it is if attention takes several memories, else its one element."""
        return memories if hasattr(self.attention, "attentions") else memories[0]

    def _shapes(self, input_shape: Any) -> list[tuple]:
        """The shapes of targets and memories."""
        alone = not isinstance(input_shape[0], (list, tuple))
        shapes = [input_shape] * 2 if alone else list(input_shape)
        if len(shapes) != 1 + len(getattr(self.attention, "attentions", [None])):
            raise ValueError(
                f"AttentionDecoder {self.name!r}: expected [targets, memory], received "
                f"{len(shapes)} inputs. Pass the embedded targets and the encoder's outputs, of "
                "each encoder with MultiSourceAttention."
            )
        for shape in shapes:
            check_sequences(shape, None, f"AttentionDecoder {self.name!r}")
        return list(map(tuple, shapes))

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        return_attention_scores: bool = False,
        training: bool = False,
    ) -> Any:
        alone = not isinstance(inputs, (list, tuple))
        targets, *memories = [inputs] * 2 if alone else inputs
        self._shapes([tuple(x.shape) for x in (targets, *memories)])
        real, *seen = [mask] * 2 if alone else [*(mask or ()), *[None] * len(inputs)]
        memory, seen = self._one_or_all(memories), self._one_or_all(seen[: len(memories)])
        real = None if real is None else ops.cast(ops.convert_to_tensor(real), "bool")
        if real is not None:
            check_mask(real.shape, targets.shape, f"AttentionDecoder {self.name!r}")
        both = return_attention_scores or self.copy
        if both or self.coverage_loss:
            outputs, weights = self._stepped(targets, memory, real, seen, training)
            if self.coverage_loss:
                self.add_loss(self.coverage_loss * mean_coverage_loss(weights, real))
            return (outputs, weights) if both else outputs
        states = self.cell.start(memory, seen, self._first(memory, seen))
        outputs = self.rnn(targets, initial_state=states, mask=real, training=training)
        if real is None:
            return outputs
        return ops.where(real[..., None], outputs, ops.zeros_like(outputs))

    def _first(self, memory: Any, mask: Any) -> States:
        """The cell's first states, from the means of the memories."""
        masks = mask if isinstance(mask, (list, tuple)) else [mask] * len(self.pools)
        each = zip(self.pools, keras.tree.flatten(memory), masks, strict=True)
        means = [pool(one, mask=real) for pool, one, real in each]
        return self.bridge(ops.concatenate(means, axis=-1))

    def _stepped(
        self, targets: Any, memory: Any, real: Any, memory_mask: Any, training: bool
    ) -> tuple[Any, Any]:
        """Outputs [batch, target, features] and weights [batch, target, source], step by step."""
        states, projected = self.start(memory, memory_mask)

        def one(x: Any, before: States) -> tuple[Any, States]:
            output, new, weights = self.step(x, before, projected, training)
            return ops.concatenate([output, *keras.tree.flatten(weights)], axis=-1), new

        if training:
            self.attention.draw()
        found = step_loop(one, ops.cast(targets, self.compute_dtype), states, real)
        self.attention.reset_draw()
        end, parts = self.cell.output_size, []
        for read in projected if isinstance(projected, list) else [projected]:
            begin, end = end, end + ops.shape(read.mask)[1]
            parts.append(found[..., begin:end])
        return found[..., : self.cell.output_size], self._one_or_all(parts)

    def start(self, memory: Any, mask: Any = None) -> tuple[States, Any]:
        """The states before the first token, and the memory made ready for `step`.

        Args:
            memory: [batch, source, memory features], or a list of several.
            mask: bool [batch, source], True on real steps, or None; or a list.

        Returns:
            States, each [batch, size]; and keys, values and mask of the memory or memories.
        """
        first = self._first(memory, mask)
        fed = ops.zeros_like(ops.repeat(first[0][:, :1], self.units, axis=1))
        first = [fed, *first] if self.input_feeding else first
        projected = self.attention.project(memory, mask=mask)
        return [*first, *self.attention.first_states(projected)], projected

    def step(
        self, inputs: Any, states: States, memory: Any, training: bool = False
    ) -> tuple[Any, States, Any]:
        """One step of decoding.

        Args:
            inputs: the embedded token before, [batch, features].
            states: from `start` or from the step before.
            memory: from `start`. Several adjacent rows of `inputs` may share a row of it.
            training: passed to the cell and the attention.

        Returns:
            a_t [batch, units] (with `copy` and p_t, [batch, units + 1]), the states after it, and
            the attention weights [batch, source].
        """
        return self.cell.read(inputs, states, memory, training)

    def compute_output_shape(self, input_shape: Any) -> Any:
        targets, *memories = self._shapes(input_shape)
        shape = (*targets[:2], self.units + self.copy)
        weights = [(*targets[:2], memory[1]) for memory in memories]
        return (shape, self._one_or_all(weights)) if self.copy else shape

    def compute_output_spec(
        self,
        inputs: Any,
        mask: Any = None,
        return_attention_scores: bool = False,
        training: bool = False,
    ) -> Any:
        shapes = inputs.shape if hasattr(inputs, "shape") else [x.shape for x in inputs]
        targets, *memories = self._shapes(shapes)
        sizes = [self.units + self.copy, *(memory[1] for memory in memories)]
        outputs, *weights = (
            keras.KerasTensor((*targets[:2], size), dtype=self.compute_dtype) for size in sizes
        )
        both = return_attention_scores or self.copy
        return (outputs, self._one_or_all(weights)) if both else outputs

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        return mask[0] if isinstance(mask, (list, tuple)) else mask

    def get_config(self) -> dict:
        return {
            **super().get_config(),
            "units": self.units,
            "cell": self.cell_name,
            "attention": keras.saving.serialize_keras_object(self.attention),
            "input_feeding": self.input_feeding,
            "copy": self.copy,
            "coverage_loss": self.coverage_loss,
        }

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> AttentionDecoder:
        attention = keras.saving.deserialize_keras_object(config["attention"], custom_objects)
        return cls(**{**config, "attention": attention})
