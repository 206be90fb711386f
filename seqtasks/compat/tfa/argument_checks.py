"""Checks of arguments; each error says what was expected, what was received and what to do."""

from __future__ import annotations

from typing import Any


def check_rank(tensor: Any, rank: int, name: str, axes: str, owner: str) -> None:
    """Raises unless a tensor has the axes that the argument `name` must have."""
    if len(tensor.shape) != rank:
        raise ValueError(
            f"{owner}: expected `{name}` of rank {rank}, {axes}; received shape "
            f"{tuple(tensor.shape)}. Pass an array with these axes."
        )


def check_fraction(value: float, name: str, owner: str) -> float:
    """Returns `value` when 0 <= value <= 1, else raises."""
    if not 0.0 <= value <= 1.0:
        raise ValueError(
            f"{owner}: expected 0 <= {name} <= 1, received {name}={value!r}. Pass a fraction."
        )
    return float(value)
