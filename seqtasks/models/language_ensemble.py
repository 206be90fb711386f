"""LanguageEnsemble: language models that learn side by side; their probabilities are averaged."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from seqtasks.models.side_by_side import SideBySide


@keras.saving.register_keras_serializable(package="seqtasks")
class LanguageEnsemble(SideBySide):
    """Language models of the same vocabulary that learn side by side.

        p(x_t | x_<t) = 1/K Σ_k p_k(x_t | x_<t)

    Where text is scarce, a second network helps more than one twice as large. It is used as a
    `LanguageModel` is.

    Args:
        members: `LanguageModel`s, all with or all without `rows`.

    Call arguments:
        inputs: ids [batch, time], or (ids, begins), as the members take them.
        training: True gives each member's own logits, for the loss.

    Returns:
        Log-probabilities of the token after each [batch, time, vocabulary_size]; logits [batch,
        members, time, vocabulary_size] in training.

    Reference:
        Zaremba, Sutskever and Vinyals, arXiv:1409.2329 (section 4.1).
    """

    def combine(self, logits: Any) -> Any:
        """Members' logits [batch, members, ...] -> log-probabilities [batch, ...]."""
        return ops.logsumexp(ops.log_softmax(logits, axis=-1), axis=1) - math.log(len(self.members))

    def get_initial_state(self, batch_size: Any) -> list:
        """The states before the first token, of one member after another, each [batch, units]."""
        return [s for member in self.members for s in member.get_initial_state(batch_size)]

    def read(self, ids: Any, states: list) -> tuple[Any, list]:
        """As `LanguageModel.read`."""
        return self._each("read", ids, states)

    def step(self, ids: Any, states: list) -> tuple[Any, list]:
        """As `LanguageModel.step`."""
        return self._each("step", ids, states)

    def _each(self, method: str, ids: Any, states: list) -> tuple[Any, list]:
        states, logits, after = list(states), [], []
        for member in self.members:
            count = len(member.get_initial_state(1))
            found, new = getattr(member, method)(ids, states[:count])
            logits, after, states = [*logits, found], [*after, *new], states[count:]
        return self.combine(ops.stack(logits, axis=1)), after
