"""SpanF1: `span_f1` as a streaming Keras metric."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from seqtasks.text.bio import continuation_table, span_type_numbers


def _to_front(values: Any, wanted: Any) -> tuple[Any, Any]:
    """Moves the wanted steps of each row to its front: the values, and which steps are wanted."""
    steps = ops.shape(wanted)[1]
    position = ops.arange(steps, dtype="int32")
    order = ops.argsort(ops.where(wanted, position, position + steps), axis=1)
    count = ops.sum(ops.cast(wanted, "int32"), axis=1, keepdims=True)
    return [ops.take_along_axis(value, order, axis=1) for value in values], position < count


def _before(values: Any, first: Any) -> Any:
    """The values of the step before; `first` at the first step."""
    return ops.concatenate([ops.full_like(values[:, :1], first), values[:, :-1]], axis=1)


@keras.saving.register_keras_serializable(package="seqtasks")
class SpanF1(keras.metrics.Metric):
    """F1 of whole spans over all batches since the last reset, equal to that of `span_f1`.

    Usable with `keras.callbacks.EarlyStopping(monitor="val_span_f1", mode="max")`.

    Args:
        labels: the tag of each id, of any tagging scheme; other ids must not occur.
        decoder: maps model outputs to ids [batch, time], for example
            `seqtasks.layers.CRFDecoder()`; None if they are ids already, or scores
            [batch, time, labels].
        name: of the metric.
        **kwargs: those of `keras.metrics.Metric`.

    Call arguments:
        y_true: integers [batch, time]; negative ones are ignored.
        y_pred: the input of `decoder`.
        sample_weight: [batch], [batch, time] or None; steps of weight 0 are ignored, all other
            weights count the same. Steps masked by a Keras mask of `y_pred` are ignored too.
    """

    def __init__(
        self,
        labels: Sequence[str],
        decoder: Callable | None = None,
        name: str = "span_f1",
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        self.labels, self.decoder = list(labels), decoder
        self._continued = continuation_table(self.labels)
        self._types = span_type_numbers(self.labels)
        self.correct, self.predicted, self.support = (
            self.add_weight((), initializer="zeros", name=name)
            for name in ("correct", "predicted", "support")
        )

    def _read(self, ids: Any, real: Any) -> tuple[Any, Any, Any]:
        """Of each step: its span type (-1 for none), whether it continues a span, or begins one.

        Real steps come first in each row, so the step before a real one is real.
        """
        ids = ops.where(real, ids, 0)
        span_type = ops.take(ops.convert_to_tensor(self._types, dtype="int32"), ids)
        span_type = ops.where(real, span_type, -1)
        table = ops.reshape(ops.convert_to_tensor(self._continued, dtype="bool"), (-1,))
        continued = ops.take(table, _before(ids, 0) * len(self.labels) + ids)
        continued = continued & real & _before(real, False)
        return span_type, continued, ops.logical_and(span_type >= 0, ops.logical_not(continued))

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Counts the spans of one batch."""
        mask = getattr(y_pred, "_keras_mask", None)
        y_true, y_pred = ops.cast(y_true, "int32"), ops.convert_to_tensor(y_pred)
        y_pred = y_pred if self.decoder is None else self.decoder(y_pred)
        y_pred = ops.argmax(y_pred, axis=-1) if len(y_pred.shape) == 3 else y_pred
        real = y_true >= 0
        if mask is not None:
            real = ops.logical_and(real, ops.cast(mask, "bool"))
        if sample_weight is not None:
            weighted = ops.not_equal(ops.convert_to_tensor(sample_weight), 0)
            weighted = weighted if len(weighted.shape) == 2 else ops.expand_dims(weighted, 1)
            real = ops.logical_and(real, weighted)
        (y_true, y_pred), real = _to_front((y_true, ops.cast(y_pred, "int32")), real)
        true_type, true_on, true_begins = self._read(y_true, real)
        span_type, on, begins = self._read(y_pred, real)
        self.support.assign_add(ops.sum(ops.cast(true_begins, self.dtype)))
        self.predicted.assign_add(ops.sum(ops.cast(begins, self.dtype)))

        # A span is correct if both begin it at the same step, and at the next step where they do
        # not both continue, neither does.
        together = true_begins & begins & ops.equal(true_type, span_type)
        neither = ops.logical_not(ops.logical_or(true_on, on))
        (together, neither), events = _to_front(
            (together, neither), ops.logical_not(ops.logical_and(true_on, on))
        )
        ends = ops.concatenate([neither[:, 1:], ops.ones_like(neither[:, :1])], axis=1)
        last = ops.logical_not(ops.concatenate([events[:, 1:], ops.zeros_like(events[:, :1])], 1))
        right = together & events & (ends | last)
        self.correct.assign_add(ops.sum(ops.cast(right, self.dtype)))

    def result(self) -> Any:
        """F1 as a fraction of 1; 0 where there are no spans."""
        spans = self.predicted + self.support
        return 2 * self.correct / ops.maximum(spans, 1)

    def get_config(self) -> dict:
        """The constructor's arguments."""
        decoder = keras.saving.serialize_keras_object(self.decoder)
        return {**super().get_config(), "labels": self.labels, "decoder": decoder}

    @classmethod
    def from_config(cls, config: dict) -> SpanF1:
        """The metric with these arguments."""
        decoder = keras.saving.deserialize_keras_object(config["decoder"])
        return cls(**{**config, "decoder": decoder})
