"""SideBySide: what models that learn side by side have in common, whatever they make of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


class SideBySide(keras.Model):
    """Models with the same inputs and outputs; each learns by itself, `combine` makes one of them.

    One `fit` trains all members: the loss is the mean of their own losses, so none leans on
    another, and their mistakes differ.

    Args:
        members: models, each inputs -> logits.

    Call arguments:
        inputs: what the members take.
        training: True gives each member's own logits, along a new axis 1, for the loss.

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

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        logits = self.apart(inputs, training)
        return logits if training else self.combine(logits)

    def apart(self, inputs: Any, training: bool | None = None) -> Any:
        """Each member's own logits, [batch, members, ...]."""
        return ops.stack([member(inputs, training=training) for member in self.members], axis=1)

    def combine(self, logits: Any) -> Any:
        """Members' logits [batch, members, ...] -> those of all together [batch, ...]."""
        raise NotImplementedError

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        if not self._are_apart(y, y_pred):
            return super().compute_loss(x, y, y_pred, sample_weight, training)
        losses = [
            super(SideBySide, self).compute_loss(x, y, y_pred[:, k], sample_weight, training)
            for k in range(len(self.members))
        ]
        return ops.mean(ops.stack(losses))

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict:
        if self._are_apart(y, y_pred):
            y_pred = self.combine(y_pred)
        return super().compute_metrics(x, y, y_pred, sample_weight)

    def _are_apart(self, y: Any, y_pred: Any) -> bool:
        """Whether these are the members' own logits: one axis more than classes of integers y."""
        return len(y_pred.shape) == len(y.shape) + 2

    def get_config(self) -> dict:
        members = [keras.saving.serialize_keras_object(member) for member in self.members]
        return {**super().get_config(), "members": members}

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None) -> SideBySide:
        members = [keras.saving.deserialize_keras_object(m) for m in config.pop("members")]
        return cls(members, **config)
