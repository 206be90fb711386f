"""CRF: a linear-chain conditional random field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from seqtasks.layers.argument_checks import check_sequences, check_tags, check_units
from seqtasks.layers.crf.chain_scores import (
    decode,
    finite,
    log_likelihood,
    offset,
    real_steps_of,
    relative,
    without_rows,
)
from seqtasks.layers.crf.conditional_log_probabilities import conditional_log_probabilities
from seqtasks.layers.crf.forward_backward import FORBIDDEN, expectations
from seqtasks.layers.crf.viterbi import best_paths


@keras.saving.register_keras_serializable(package="seqtasks")
class CRF(keras.layers.Layer):
    """A linear-chain conditional random field over tag sequences.

        s(y) = start[y_1] + Σ_t e_t[y_t] + Σ_t between[y_{t-1}, y_t] + end[y_T]
        p(y | e) = exp s(y) / Σ_y' exp s(y')

    In a model of your own, train with `log_likelihood` and decode with `viterbi` or `marginals`:

        def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
            return -keras.ops.mean(self.crf.log_likelihood(y_pred, y, mask=x != 0))

    This is what `seqtasks.models.Tagger` does; `docs/layers.md` has the whole model in 30 lines.

    In a functional model, call the layer: its output is the distribution p(y | e) as a chain of
    conditional distributions,

        c_t[i, j] = log p(y_t = j | y_{t-1} = i, e),    log p(y | e) = Σ_t c_t[y_{t-1}, y_t]

    which is all that `CRFLoss`, `CRFAccuracy` and `CRFDecoder` need, so that the model is compiled,
    fitted and saved like any other, without a class. It costs tags times the memory of the
    emissions, and time.

    Args:
        tags: number of tags.
        constraints: which tags may be first [tags], which (column) may follow which (row)
            [tags, tags], which may be last [tags]: three nested lists of booleans, for example
            `seqtasks.text.bio.allowed_transitions(labels, "bio")`. What is forbidden has
            probability 0, in training and in decoding. None permits everything.

    Call arguments:
        emissions: e [batch, time, tags], logits; -inf counts as -1e9, as forbidden tags do, so a
            step of nothing else says nothing about its tag.
        mask: bool [batch, time], True on real steps, or None.

    Returns:
        c [batch, time, tags, tags], float32. All rows of the first real step are log p(y_1 | e).

    Masking:
        Masked steps are left out of the sequence, wherever they are; the output there is zero.
        A row with no real step has one path, of score 0.

    Precision:
        Weights and computation are float32 whatever the policy; the emissions may be anything.

    Example:
        >>> chain = CRF(5)(keras.ops.ones((2, 7, 5)))

    Reference:
        Lafferty et al., Conditional random fields, 2001; Sutton and McCallum, An introduction to
        conditional random fields, 2012 (section 4.1).
    """

    def __init__(self, tags: int, constraints: Sequence | None = None, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.tags = check_units(tags, "CRF")
        self.constraints = self._checked(constraints)
        self.supports_masking = True
        self.start = self.add_weight((self.tags,), initializer="zeros", name="start")
        self.between = self.add_weight((self.tags,) * 2, initializer="zeros", name="between")
        self.end = self.add_weight((self.tags,), initializer="zeros", name="end")
        self.built = True  # the weights depend on no input: a model need not call the layer

    def _checked(self, constraints: Sequence | None) -> list | None:
        """The constraints as plain lists."""
        if constraints is None:
            return None
        tables = [np.asarray(table) for table in constraints]
        shapes = [(self.tags,), (self.tags, self.tags), (self.tags,)]
        if [table.shape for table in tables] != shapes:
            raise ValueError(
                f"CRF: expected `constraints` to be three tables of booleans, of shapes {shapes} "
                f"(start, between, end); received shapes {[table.shape for table in tables]}. "
                "seqtasks.text.bio.allowed_transitions makes them from the labels."
            )
        for table, place in ((tables[0], "first"), (tables[2], "last")):
            if not table.any():
                raise ValueError(
                    f"CRF: expected `constraints` to permit some tag to be {place}; received none. "
                    "Without one there is no path."
                )
        return [table.astype(bool).tolist() for table in tables]

    def _check_emissions(self, shape: tuple) -> None:
        check_sequences(shape, None, f"CRF {self.name!r}")
        if shape[-1] != self.tags:
            raise ValueError(
                f"CRF {self.name!r}: expected {self.tags} features on the last axis, a logit for "
                f"each tag; received shape {tuple(shape)}. "
                f"Put Dense({self.tags}) before the CRF."
            )

    def _scores(self, emissions: Any, mask: Any) -> tuple[Any, Any, Any]:
        """Arguments of `forward_backward.expectations`: unary, between, real.

        Emissions are taken relative to the highest of their step.
        """
        emissions = finite(emissions)
        self._check_emissions(emissions.shape)
        real = real_steps_of(mask, emissions, f"CRF {self.name!r}")
        weights = [ops.convert_to_tensor(w) for w in (self.start, self.between, self.end)]
        if self.constraints is not None:
            weights = [
                ops.where(ops.convert_to_tensor(permitted, dtype="bool"), weight, FORBIDDEN)
                for permitted, weight in zip(self.constraints, weights, strict=True)
            ]
        start, between, end = weights
        steps = ops.arange(ops.shape(real)[1], dtype="int32")
        first = ops.cast(ops.argmax(real, axis=1, keepdims=True), "int32")
        last = ops.cast(ops.argmax(ops.flip(real, axis=1), axis=1, keepdims=True), "int32")
        unary = (
            relative(emissions)
            + ops.where(ops.expand_dims(steps == first, -1), start, 0.0)
            + ops.where(ops.expand_dims(ops.flip(steps) == last, -1), end, 0.0)
        )
        return ops.where(ops.expand_dims(real, -1), unary, 0.0), between, real

    def call(self, emissions: Any, mask: Any = None) -> Any:
        if without_rows(emissions):
            self._check_emissions(emissions.shape)
            return ops.zeros((*emissions.shape, self.tags))
        return conditional_log_probabilities(*self._scores(emissions, mask))

    def log_likelihood(self, emissions: Any, tags: Any, mask: Any = None) -> Any:
        """Log-probability of the true tags.

        The gradient is computed by forward-backward in the same loop; it has no second derivative.

        Args:
            emissions: [batch, time, tags].
            tags: integers [batch, time]; or, for partially labelled data, bool [batch, time, tags],
                the tags that each step may have: the likelihood is summed over all such paths.
            mask: bool [batch, time] or None. On masked steps `tags` may be anything.

        Returns:
            log p(tags | emissions) [batch]; 0 with no real step; -1e9 or less where the true tags
            are forbidden by the constraints (`seqtasks.text.bio.repair` corrects such data), where
            one is no number of a tag, and where the constraints leave no path at all.

        Raises:
            ValueError: tags of another shape.
        """
        unary, between, real = self._scores(emissions, mask)
        tags = ops.convert_to_tensor(tags)
        check_tags(tags.shape, unary.shape, f"CRF {self.name!r}")
        return log_likelihood(unary, between, real, tags)

    def viterbi(self, emissions: Any, mask: Any = None) -> tuple[Any, Any]:
        """The best tags int32 [batch, time], 0 on masked steps, and their scores s(y) [batch]."""
        return decode(*self._scores(emissions, mask), finite(emissions))

    def k_best(self, emissions: Any, k: int, mask: Any = None) -> tuple[Any, Any]:
        """The k most likely tag sequences, the best first.

        Returns:
            Tags int32 [batch, k, time], 0 on masked steps, and scores s(y) [batch, k]. Where there
            are fewer than k permitted sequences, the rest have scores of -inf and tags 0.
        """
        k = check_units(k, "CRF.k_best")
        unary, between, real = self._scores(emissions, mask)
        if without_rows(unary):
            return ops.zeros((0, k, unary.shape[1]), "int32"), ops.zeros((0, k))
        paths, scores = best_paths(unary, between, real, k)
        return paths, scores + ops.expand_dims(offset(finite(emissions), real), -1)

    def marginals(self, emissions: Any, mask: Any = None) -> Any:
        """Posterior p(y_t = j | emissions) [batch, time, tags]; 0 on masked steps. No gradient."""
        scores = self._scores(emissions, mask)
        return scores[0] if without_rows(scores[0]) else expectations(*scores).unary

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        self._check_emissions(input_shape)
        return (*input_shape[:2], self.tags, self.tags)

    def compute_mask(self, emissions: Any, mask: Any = None) -> None:
        return None  # zeros in the output mark masked steps

    def get_config(self) -> dict:
        return {**super().get_config(), "tags": self.tags, "constraints": self.constraints}
