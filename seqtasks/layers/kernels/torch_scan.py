"""Whole-sequence kernel on PyTorch: its own (oneDNN on a CPU, cuDNN on a GPU), Keras's weights."""

from __future__ import annotations

from typing import Any

import torch

from seqtasks.layers.kernels.dispatch import Tensors, Weights

_KERNELS = {"lstm": torch.lstm, "gru": torch.gru, "tanh": torch.rnn_tanh, "relu": torch.rnn_relu}


def _parameters(name: str, weights: Weights) -> list:
    """Keras's [size, gates] kernels as PyTorch's [gates, size]; its GRU puts r before z."""
    kernel, recurrent_kernel, bias, recurrent_bias = weights
    bias = kernel.new_zeros(kernel.shape[1]) if bias is None else bias
    recurrent_bias = torch.zeros_like(bias) if recurrent_bias is None else recurrent_bias
    parameters = [kernel, recurrent_kernel, bias, recurrent_bias]
    if name == "gru":
        chunks = [p.chunk(3, dim=-1) for p in parameters]
        parameters = [torch.cat([r, z, h], dim=-1) for z, r, h in chunks]
    return [p.t().contiguous() if p.ndim == 2 else p for p in parameters]


def scan(
    name: str, inputs: Any, states: Tensors, mask: Any, weights: Weights, training: bool
) -> tuple[Any, Tensors]:
    """Runs a cell over a sequence: see `seqtasks.layers.kernels.dispatch.scan`."""
    parameters = _parameters(name, weights)
    if mask is not None:
        return _scan_masked(name, inputs, states, mask, parameters, training)
    first = [s[None].contiguous() for s in states]
    first = first if name == "lstm" else first[0]
    outputs, *last = _KERNELS[name](inputs, first, parameters, True, 1, 0.0, training, False, True)
    return outputs, tuple(s[0] for s in last)


def _scan_masked(
    name: str, inputs: Any, states: Tensors, mask: Any, parameters: list, training: bool
) -> tuple[Any, Tensors]:
    """With a mask: moves each row's real steps to the front, packs them, restores the order."""
    lengths = mask.sum(1)
    order = torch.argsort((~mask).int(), dim=1, stable=True)
    inputs = inputs.gather(1, order[:, :, None].expand_as(inputs))
    packed = torch.nn.utils.rnn.pack_padded_sequence(  # requires at least one step in each row
        inputs, lengths.clamp(min=1).cpu(), batch_first=True, enforce_sorted=False
    )
    first = [s[packed.sorted_indices][None].contiguous() for s in states]
    first = first if name == "lstm" else first[0]
    data, *last = _KERNELS[name](
        packed.data, packed.batch_sizes, first, parameters, True, 1, 0.0, training, False
    )
    packed = packed._replace(data=data)
    outputs, _ = torch.nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)
    empty = (lengths == 0)[:, None]
    last = [n[0][packed.unsorted_indices] for n in last]
    last = [torch.where(empty, s, n) for s, n in zip(states, last, strict=True)]
    position = (mask.cumsum(1) - 1).clamp(min=0)[:, :, None]  # the last real step, up to here
    outputs = outputs.gather(1, position.expand(-1, -1, outputs.shape[2]))
    started = mask.cumsum(1)[:, :, None] > 0
    return torch.where(started, outputs, states[0][:, None]), tuple(last)
