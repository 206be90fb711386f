"""SpanF1: `span_f1` counted batch by batch, in the graph of `fit`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
from keras import ops

from seqtasks.metrics.span_ids import span_tables


def _to_front(values: Any, wanted: Any) -> tuple[Any, Any]:
    """The wanted steps of each row, moved to its front, and which steps those are."""
    steps = ops.shape(wanted)[1]
    place = ops.arange(steps, dtype="int32")
    order = ops.argsort(ops.where(wanted, place, place + steps), axis=1)
    count = ops.sum(ops.cast(wanted, "int32"), axis=1, keepdims=True)
    return [ops.take_along_axis(value, order, axis=1) for value in values], place < count


def _before(values: Any, first: Any) -> Any:
    """Values one step later, `first` at the first step."""
    return ops.concatenate([ops.full_like(values[:, :1], first), values[:, :-1]], axis=1)


@keras.saving.register_keras_serializable(package="seqtasks")
class SpanF1(keras.metrics.Metric):
    """F1 of whole spans over all batches since the last reset: `span_f1`'s, to the last digit.

    Drives `keras.callbacks.EarlyStopping(monitor="val_span_f1", mode="max")`.

    Args:
        labels: the tag that each id stands for, of any tagging scheme; other ids must not occur.
        decoder: makes ids [batch, time] of what the model puts out, for example
            `seqtasks.layers.CRFDecoder()`; None where these are ids already, or scores
            [batch, time, labels].
        name: of the metric.
        **kwargs: those of `keras.metrics.Metric`.

    Call arguments:
        y_true: integers [batch, time]; negative ones are left out.
        y_pred: what `decoder` takes.
        sample_weight: [batch], [batch, time] or None; steps of weight 0 are left out. No other
            weighting is made. A Keras mask that comes with `y_pred` leaves steps out too.
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
        self._kinds, self._inside, self._open = span_tables(self.labels)
        self.correct, self.predicted, self.support = (
            self.add_weight((), initializer="zeros", name=name)
            for name in ("correct", "predicted", "support")
        )

    def _read(self, ids: Any, real: Any) -> tuple[Any, Any, Any]:
        """Of each step: the type of its span (-1: none), whether it goes on, whether it begins."""
        ids = ops.where(real, ids, 0)
        look_up = [
            ops.take(ops.convert_to_tensor(table, dtype="int32"), ids)
            for table in (self._kinds, self._inside, self._open)
        ]
        kind, inside, still_open = (
            ops.where(real, x, no) for x, no in zip(look_up, (-1, 0, 0), strict=True)
        )
        goes_on = (inside * _before(still_open, 0) > 0) & ops.equal(kind, _before(kind, -1))
        return kind, goes_on, ops.logical_and(kind >= 0, ops.logical_not(goes_on))

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
        true_kind, true_on, true_begins = self._read(y_true, real)
        kind, on, begins = self._read(y_pred, real)
        self.support.assign_add(ops.sum(ops.cast(true_begins, self.dtype)))
        self.predicted.assign_add(ops.sum(ops.cast(begins, self.dtype)))

        # A span is right if both begin it at one step, and at the next step where not both go on,
        # neither does.
        together = true_begins & begins & ops.equal(true_kind, kind)
        neither = ops.logical_not(ops.logical_or(true_on, on))
        (together, neither), events = _to_front(
            (together, neither), ops.logical_not(ops.logical_and(true_on, on))
        )
        ends = ops.concatenate([neither[:, 1:], ops.ones_like(neither[:, :1])], axis=1)
        last = ops.logical_not(ops.concatenate([events[:, 1:], ops.zeros_like(events[:, :1])], 1))
        right = together & events & (ends | last)
        self.correct.assign_add(ops.sum(ops.cast(right, self.dtype)))

    def result(self) -> Any:
        """F1 as a fraction of 1; 0 where there is nothing to count."""
        spans = self.predicted + self.support
        return 2 * self.correct / ops.maximum(spans, 1)

    def get_config(self) -> dict:
        """The constructor's arguments."""
        decoder = keras.saving.serialize_keras_object(self.decoder)
        return {**super().get_config(), "labels": self.labels, "decoder": decoder}

    @classmethod
    def from_config(cls, config: dict) -> SpanF1:
        """The metric of such arguments."""
        decoder = keras.saving.deserialize_keras_object(config["decoder"])
        return cls(**{**config, "decoder": decoder})
