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
