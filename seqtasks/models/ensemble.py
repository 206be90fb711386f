"""Ensembles: models trained together on the same batches, whose outputs are combined."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

import keras
from keras import ops


@runtime_checkable
class Adaptable(Protocol):
    """A model that computes statistics of the training data before it is trained.

    As in `keras.layers.Normalization`, the statistics become weights that gradients leave alone.
    """

    def adapt(self, batches: Iterable[tuple[Any, Any]]) -> None:
        """Set these weights from all training batches (inputs, targets), in one pass over them."""


class Ensemble(keras.Model):
    """Models with the same inputs and the same outputs; `combine` makes one output of theirs.

    One `fit` trains all members, each as if alone: the loss is the mean of the members' own losses,
    so no member relies on another and their errors differ. In evaluation it is the loss of the
    combined logits; metrics always take the combined logits.

    Args:
        members: models, inputs -> logits [batch, ...].

    Call arguments:
        inputs: what the members take.
        training: passed on to the members.
        presence: float [batch, time], passed on to the members where it is given: how much of each
            word is there, to explain what was predicted.

    Returns:
        A dict: `logits` [batch, ...], the members' logits combined; `member_logits`
        [batch, members, ...], each member's own.

    Reference:
        Hansen and Salamon, Neural network ensembles, 1990.
    """

    def __init__(self, members: Sequence[keras.Model], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not members:
            raise ValueError(
                f"{type(self).__name__}: expected at least one model as `members`, received none."
            )
        self.members = list(members)

    def build(self, input_shape: Any = None) -> None:
        for member in self.members:
            if not member.built and input_shape is None:
                member.build()  # a None passed on, Keras would take for a shape to export
            elif not member.built:
                member.build(input_shape)
        self.built = True

    def adapt(self, batches: Iterable[tuple[Any, Any]]) -> None:
        """Call `adapt` of all members that are `Adaptable`.

        Args:
            batches: (inputs, targets) of all training data, iterated anew for each such member.
        """
        for member in self.members:
            if isinstance(member, Adaptable):
                member.adapt(batches)

    def call(
        self, inputs: Any, training: bool | None = None, presence: Any = None
    ) -> dict[str, Any]:
        member_logits = self.member_logits(inputs, training, presence)
        return {"logits": self.combine(member_logits), "member_logits": member_logits}

    def member_logits(self, inputs: Any, training: bool | None = None, presence: Any = None) -> Any:
        """Each member's own logits, [batch, members, ...]."""
        given = {} if presence is None else {"presence": presence}
        logits = [member(inputs, training=training, **given) for member in self.members]
        return ops.stack(logits, axis=1)

    def combine(self, member_logits: Any) -> Any:
        """Members' logits [batch, members, ...] -> the ensemble's [batch, ...]."""
        raise NotImplementedError

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The mean of the members' losses in training, else the loss of the combined logits."""
        if not training:
            return super().compute_loss(x, y, y_pred["logits"], sample_weight, training)
        losses = [
            super(Ensemble, self).compute_loss(
                x, y, y_pred["member_logits"][:, n], sample_weight, training
            )
            for n in range(len(self.members))
        ]
        return ops.mean(ops.stack(losses))

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict:
        """Metrics of the combined logits."""
        return super().compute_metrics(x, y, y_pred["logits"], sample_weight)

    def compute_output_shape(self, input_shape: Any) -> dict[str, tuple]:
        shape = self.members[0].compute_output_shape(input_shape)
        return {"logits": shape, "member_logits": (shape[0], len(self.members), *shape[1:])}

    def get_config(self) -> dict:
        members = [keras.saving.serialize_keras_object(member) for member in self.members]
        return {**super().get_config(), "members": members}

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> Ensemble:
        members = [keras.saving.deserialize_keras_object(m) for m in config.pop("members")]
        return cls(members, **config)


@keras.saving.register_keras_serializable(package="seqtasks")
class LanguageModelEnsemble(Ensemble):
    """Language models of the same vocabulary, whose probabilities are averaged.

        p(x_t | x_<t) = 1/K Σ_k p_k(x_t | x_<t)

    Where text is scarce, a second network helps more than one twice as large. `read`, `step` and
    `get_initial_state` are those of `LanguageModel`.

    Args:
        members: `LanguageModel`s, all with or all without `rows`.

    Call arguments:
        inputs: ids [batch, time], or (ids, begins), as the members take them.
        training: passed on to the members.

    Returns:
        A dict: `logits` [batch, time, vocabulary_size], the log-probabilities of the next token;
        `member_logits` [batch, members, time, vocabulary_size].

    Reference:
        Zaremba, Sutskever and Vinyals, arXiv:1409.2329 (section 4.1).
    """

    def combine(self, member_logits: Any) -> Any:
        """Members' logits [batch, members, ...] -> log-probabilities [batch, ...]."""
        log_probabilities = ops.log_softmax(member_logits, axis=-1)
        return ops.logsumexp(log_probabilities, axis=1) - math.log(len(self.members))

    def get_initial_state(self, batch_size: Any) -> list:
        """The states before the first token, of one member after another, each [batch, units]."""
        return [s for member in self.members for s in member.get_initial_state(batch_size)]

    def read(self, ids: Any, states: list) -> tuple[Any, list]:
        """As `LanguageModel.read`, with the combined log-probabilities."""
        return self._each(lambda member, given: member.read(ids, given), states)

    def step(self, ids: Any, states: list) -> tuple[Any, list]:
        """As `LanguageModel.step`, with the combined log-probabilities."""
        return self._each(lambda member, given: member.step(ids, given), states)

    def _each(self, run: Callable, states: list) -> tuple[Any, list]:
        """Runs each member on its own states: the combined logits, and all states after."""
        states, logits, after = list(states), [], []
        for member in self.members:
            count = len(member.get_initial_state(1))
            own, new = run(member, states[:count])
            logits, after, states = [*logits, own], [*after, *new], states[count:]
        return self.combine(ops.stack(logits, axis=1)), after
