"""MonotonicAttention: attention that moves through the memory in one direction only."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from seqtasks.layers.argument_checks import check_choice, check_weight
from seqtasks.layers.attention.memory import Memory
from seqtasks.layers.attention.memory_attention import MemoryAttention
from seqtasks.layers.attention.monotonic_alignments import (
    expected_in_parallel,
    expected_in_steps,
    greedy,
)
from seqtasks.layers.attention.recurrent_attention import RecurrentAttention
from seqtasks.layers.normal_noise import normal_noise

States = list[Any]
MODES = {"parallel": expected_in_parallel, "recursive": expected_in_steps}
PERIOD = 256  # a step number below it is exact in every policy; the noise of a step recurs after it


@keras.saving.register_keras_serializable(package="seqtasks")
class MonotonicAttention(RecurrentAttention):
    """Monotonic attention: reads the memory from left to right, and never goes back.

        p_ts = σ(e_ts + r + ε)            the probability of stopping at s, ε ~ N(0, noise²)
        a_ts = p_ts q_ts                  q_ts = (1 - p_t,s-1) q_t,s-1 + a_t-1,s

    e are the scores of `score`, r is learned, and a_0 is the first step of the memory. a are the
    expected weights of a reader that starts where it stopped last time and passes over each step
    with probability 1 - p. Outside of training it is that reader: it stops at the first step with
    p > 1/2. Once it has passed over the last step, this and all later weights are zero.

    Args:
        score: an `AdditiveAttention`, `BilinearAttention` or `DotProductAttention`, for e.
        mode: how expected weights are computed: "parallel", by cumulative sums and products, is
            fast, and inexact where the product of 1 - p falls below 1e-10; "recursive" goes step by
            step through the memory.
        hard: stop at one step outside of training; False takes the expected weights there too.
        noise: standard deviation of ε in training, which teaches p to be near 0 or 1.
        score_bias: initial value of r; below 0 more of the memory is passed over at first.
        seed: random seed of ε; None takes one from Keras.

    Call arguments:
        inputs: as in `AdditiveAttention`.
        mask: as in `AdditiveAttention`.
        return_attention_scores: also return the attention weights.
        use_causal_mask: query t attends to the steps up to t only.
        training: True takes expected weights, with noise.

    Returns:
        [batch, target, value features]; with `return_attention_scores` also [batch, target,
        source]. Weights sum to 1 at most.

    Masking:
        Masked steps of the value are passed over. At masked steps of the query the result is zero,
        and the reader does not move.

    Example:
        >>> y = MonotonicAttention(BilinearAttention(), noise=1.0)(keras.ops.ones((2, 5, 3)))

    Reference:
        Raffel et al., Online and linear-time attention by enforcing monotonic alignments,
        arXiv:1704.00784.
    """

    state_sizes = (1, 1)  # the weights of the query before, as long as the source; the step number

    def __init__(
        self,
        score: MemoryAttention,
        mode: str = "parallel",
        hard: bool = True,
        noise: float = 0.0,
        score_bias: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("dtype", getattr(score, "dtype_policy", None))
        super().__init__(0.0, seed, **kwargs)
        if getattr(type(score), "attend", None) is not MemoryAttention.attend or score.dropout:
            raise ValueError(
                f"MonotonicAttention: expected as `score` an attention layer with one softmax and "
                f"no dropout, received {score!r}. Pass, for example, BilinearAttention()."
            )
        self.score = score
        self.mode = check_choice(mode, tuple(MODES), "mode", "MonotonicAttention")
        self.noise = check_weight(noise, "noise", "MonotonicAttention")
        self.hard, self.score_bias = bool(hard), float(score_bias)
        self.generator = keras.random.SeedGenerator(seed)
        self._drawn: Any = None

    def build(self, input_shape: Any) -> None:
        super().build(input_shape)
        if not self.score.built:
            self.score.build(input_shape)

    def _build(self, query_features: int, key_features: int) -> None:
        first = keras.initializers.Constant(self.score_bias)
        self.bias = self.add_weight((), first, name="bias")

    def key_size(self, query_features: int, key_features: int) -> int:
        """Size of a projected key."""
        return self.score.key_size(query_features, key_features)

    def _keys(self, key: Any) -> Any:
        return self.score._keys(key)

    def first_states(self, memory: Memory) -> States:
        at_first = ops.arange(ops.shape(memory.mask)[1]) == 0
        start = ops.ones_like(memory.mask) * ops.cast(at_first, memory.mask.dtype)
        return [start, ops.zeros_like(memory.mask[:, :1])]

    def draw(self) -> None:
        if self.noise and self._drawn is None:
            self._drawn = self.generator.next()

    def reset_draw(self) -> None:
        self._drawn = None

    def _align(
        self, query: Any, memory: Memory, states: States, visible: Any, training: bool
    ) -> tuple[Any, States]:
        previous, number = ops.cast(states[0], "float32"), states[1]
        energies = self.score.energies(query, memory.key) + ops.cast(self.bias, "float32")
        if training and self.noise:
            seed = self.generator.next() if self._drawn is None else self._drawn
            energies = energies + self.noise * normal_noise(energies, seed, number)
        if self.hard and not training:
            weights = greedy(energies, previous, visible)
        else:
            weights = MODES[self.mode](energies, previous, visible)
        weights = ops.cast(weights, self.compute_dtype)
        return weights, [weights, ops.mod(number + 1, PERIOD)]

    def get_config(self) -> dict:
        names = ("mode", "hard", "noise", "score_bias")
        config = {**super().get_config(), **{name: getattr(self, name) for name in names}}
        config.pop("dropout")
        return {**config, "score": keras.saving.serialize_keras_object(self.score)}

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> MonotonicAttention:
        score = keras.saving.deserialize_keras_object(config["score"], custom_objects)
        return cls(**{**config, "score": score})
