"""Linear recurrences on JAX: a loop over the steps on a CPU, an associative scan elsewhere."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from seqtasks.layers.kernels.linear import recurrence as linear
from seqtasks.layers.kernels.linear.recurrence import Numbers, conjugate, plus, times


def _loop(a: Numbers, b: Numbers, first: Numbers) -> Numbers:
    def body(h: Numbers, step: tuple) -> tuple:
        h = plus(times(step[0], h), step[1])
        return h, h

    return jax.lax.scan(body, first, (a, b))[1]


@jax.custom_vjp
def _recurrence(a: Numbers, b: Numbers, first: Numbers) -> Numbers:
    return jax.lax.platform_dependent(a, b, first, cpu=_loop, default=linear.associative)


def _save(a: Numbers, b: Numbers, first: Numbers) -> tuple:
    history = _recurrence(a, b, first)
    return history, (a, history, first)


def _gradient(saved: tuple, gradients: Numbers) -> tuple:
    a, history, first = saved
    following = tuple(jnp.concatenate([x[1:], jnp.zeros_like(x[:1])]) for x in conjugate(a))
    backwards = _recurrence(
        tuple(x[::-1] for x in following),
        tuple(g[::-1] for g in gradients),
        tuple(jnp.zeros_like(f) for f in first),
    )
    d = tuple(x[::-1] for x in backwards)
    before = tuple(jnp.concatenate([f[None], h[:-1]]) for f, h in zip(first, history, strict=True))
    d_first = times(tuple(x[0] for x in conjugate(a)), tuple(x[0] for x in d))
    return times(d, conjugate(before)), d, d_first


_recurrence.defvjp(_save, _gradient)


def scan(
    elements: linear.Elements,
    projected: Any,
    parameters: tuple,
    states: Numbers,
    mask: Any,
    training: bool,
) -> Numbers:
    """The states of every step [time, batch, units]: see `recurrence.scan`; time-major."""
    a, b = linear.held(*elements(projected, *parameters), mask)
    return _recurrence(a, b, states)
