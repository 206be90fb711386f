"""Checks of arguments; each error says what was expected, what was received and what to do."""

from __future__ import annotations

import numbers
from typing import Any


def check_units(units: Any, owner: str) -> int:
    """Returns `units` when it is a positive whole number, else raises."""
    if not isinstance(units, numbers.Integral) or isinstance(units, bool) or units <= 0:
        raise ValueError(
            f"{owner}: expected `units` to be a positive integer, received units={units!r}. "
            "Pass the size of the state, for example units=128."
        )
    return int(units)


def check_rate(rate: float, name: str, owner: str) -> float:
    """Returns a dropout `rate` when 0 <= rate < 1, else raises."""
    if not isinstance(rate, numbers.Real) or not 0.0 <= rate < 1.0:
        raise ValueError(
            f"{owner}: expected 0 <= {name} < 1, received {name}={rate!r}. "
            f"Pass the fraction to drop, for example {name}=0.1."
        )
    return float(rate)


def check_weight(weight: float, name: str, owner: str) -> float:
    """Returns the `weight` of a loss or of noise when it is 0 or more, else raises."""
    if not isinstance(weight, numbers.Real) or not weight >= 0:
        raise ValueError(
            f"{owner}: expected {name} >= 0, received {name}={weight!r}. Pass a number, for "
            f"example {name}=1.0; 0 turns it off."
        )
    return float(weight)


def check_choice(value: Any, choices: tuple, name: str, owner: str) -> Any:
    """Returns `value` when it is one of `choices`, else raises."""
    if value not in choices:
        raise ValueError(
            f"{owner}: expected `{name}` to be one of {choices}, received {name}={value!r}. "
            f"Pass one of these."
        )
    return value


def check_sequences(shape: tuple, features: int | None, owner: str) -> None:
    """Raises unless `shape` is [batch, time, features]."""
    if len(shape) != 3:
        raise ValueError(
            f"{owner}: expected inputs of rank 3, [batch, time, features]; received rank "
            f"{len(shape)}, shape {tuple(shape)}. Add the missing axis with keras.ops.expand_dims, "
            "or wrap the layer in keras.layers.TimeDistributed if there is one axis too many."
        )
    if shape[2] is None:
        raise ValueError(
            f"{owner}: expected a known number of features on the last axis of [batch, time, "
            f"features]; received shape {tuple(shape)}. Give Input a shape like (None, 128)."
        )
    if features is not None and shape[2] != features:
        raise ValueError(
            f"{owner}: expected {features} features on the last axis, the number it was built "
            f"with; received {shape[2]}, shape {tuple(shape)}. Feed {features} features or make "
            "a new layer."
        )


def check_mask(mask_shape: tuple, shape: tuple, owner: str) -> None:
    """Raises unless `mask_shape` is [batch, time] of the inputs' `shape`."""
    fits = len(mask_shape) == 2 and all(
        received is None or expected is None or received == expected
        for received, expected in zip(mask_shape, shape[:2], strict=True)
    )
    if not fits:
        raise ValueError(
            f"{owner}: expected a boolean mask of shape [batch, time] = {tuple(shape[:2])}, "
            f"received shape {tuple(mask_shape)}. Pass one True or False for each step, "
            "for example mask = ids != 0."
        )


def check_shape(received: tuple, expected: tuple, name: str, advice: str, owner: str) -> None:
    """Raises unless the argument `name` has the expected shape, as far as both are known."""
    fits = len(received) == len(expected) and all(
        one is None or other is None or one == other
        for one, other in zip(received, expected, strict=True)
    )
    if not fits:
        raise ValueError(
            f"{owner}: expected `{name}` of shape {tuple(expected)}, received shape "
            f"{tuple(received)}. {advice}"
        )


def check_tags(tags_shape: tuple, shape: tuple, owner: str) -> None:
    """Raises unless `tags_shape` is [batch, time], or [batch, time, tags] as the emissions are."""
    known = [
        received is None or expected is None or received == expected
        for received, expected in zip(tags_shape, shape, strict=False)
    ]
    if len(tags_shape) not in (2, 3) or not all(known):
        raise ValueError(
            f"{owner}: expected tags as integers of shape [batch, time] = {tuple(shape[:2])}, or "
            f"the permitted ones as booleans of shape {tuple(shape[:3])}; received shape "
            f"{tuple(tags_shape)}. Pass one tag for each step."
        )


def check_chain_tags(tags_shape: tuple, chain_shape: tuple, owner: str) -> None:
    """Raises unless labels are integers [batch, time] beside a CRF's output."""
    if len(chain_shape) != 4 or chain_shape[2] != chain_shape[3]:
        raise ValueError(
            f"{owner}: expected as `y_pred` the output of a CRF layer, [batch, time, tags, tags]; "
            f"received shape {tuple(chain_shape)}. Let the CRF be the model's last layer."
        )
    if len(tags_shape) != 2:
        advice = "Pass numpy.argmax(y, axis=-1) of one-hot tags." if len(tags_shape) == 3 else ""
        raise ValueError(
            f"{owner}: expected as `y_true` integers [batch, time]; received shape "
            f"{tuple(tags_shape)}. {advice}".rstrip()
        )
