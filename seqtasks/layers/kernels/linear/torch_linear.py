"""Linear recurrences on PyTorch: chunks on a CPU, an associative scan elsewhere."""

from __future__ import annotations

import math
from typing import Any

import torch

from seqtasks.layers.kernels.linear import recurrence as linear
from seqtasks.layers.kernels.linear.recurrence import Numbers, conjugate, plus, times


def _chunks(x: torch.Tensor, length: int, fill: float) -> torch.Tensor:
    """[time, batch, units] -> [chunks, length, batch, units], filled up at the end."""
    missing = -x.shape[0] % length
    x = torch.cat([x, x.new_full((missing, *x.shape[1:]), fill)]) if missing else x
    return x.reshape(-1, length, *x.shape[1:])


def _chunked(a: Numbers, b: Numbers, first: Numbers) -> Numbers:
    """All chunks from zero at the same time; then what enters each; then all again from there."""
    steps = a[0].shape[0]
    length = max(1, math.isqrt(steps))
    a = tuple(_chunks(x, length, 0.0 if n else 1.0) for n, x in enumerate(a))
    b = tuple(_chunks(x, length, 0.0) for x in b)
    product, end = tuple(x[:, 0] for x in a), tuple(x[:, 0] for x in b)
    for t in range(1, length):
        step = tuple(x[:, t] for x in a), tuple(x[:, t] for x in b)
        product, end = linear.compose((product, end), step)
    states, entering = first, []
    for c in range(a[0].shape[0]):
        entering.append(states)
        states = plus(times(tuple(p[c] for p in product), states), tuple(e[c] for e in end))
    h = tuple(torch.stack(part) for part in zip(*entering, strict=True))
    history = tuple(torch.empty_like(x) for x in b)
    for t in range(length):
        h = plus(times(tuple(x[:, t] for x in a), h), tuple(x[:, t] for x in b))
        for whole, part in zip(history, h, strict=True):
            whole[:, t] = part
    return tuple(x.reshape(-1, *x.shape[2:])[:steps] for x in history)


class _Recurrence(torch.autograd.Function):
    """Takes and returns flat numbers: the parts of a, of b, of the first state -> of h."""

    @staticmethod
    def forward(ctx: Any, parts: int, *numbers: Any) -> Numbers:
        a, b, first = (numbers[n * parts : (n + 1) * parts] for n in range(3))
        on_cpu = a[0].device.type == "cpu"
        history = _chunked(a, b, first) if on_cpu else linear.associative(a, b, first)
        ctx.parts = parts
        ctx.save_for_backward(*a, *history, *first)
        return history

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple:
        a, history, first = (ctx.saved_tensors[n * ctx.parts :][: ctx.parts] for n in range(3))
        following = tuple(torch.cat([x[1:], torch.zeros_like(x[:1])]) for x in conjugate(a))
        backwards = _Recurrence.apply(
            ctx.parts,
            *(x.flip(0) for x in following),
            *(g.flip(0) for g in gradients),
            *map(torch.zeros_like, first),
        )
        d = tuple(x.flip(0) for x in backwards)
        before = tuple(torch.cat([f[None], h[:-1]]) for f, h in zip(first, history, strict=True))
        d_first = times(tuple(x[0] for x in conjugate(a)), tuple(x[0] for x in d))
        return None, *times(d, conjugate(before)), *d, *d_first


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
    return _Recurrence.apply(len(a), *a, *b, *states)
