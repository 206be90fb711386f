"""Time and memory of a call, measured."""

from __future__ import annotations

import ctypes
import gc
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from seqtasks.layers import compiled_loops

PROCESS = Path("/proc/self")


def training_step(
    layer: keras.layers.Layer, shape: tuple[int, ...], compiled: bool = True
) -> Callable[[], Any]:
    """A call that runs a layer over normal inputs and computes the gradients of all its weights.

    Args:
        layer: sequences [batch, time, features] -> anything.
        shape: batch, time, features.
        compiled: let recurrent layers compile their loops.
    """
    inputs = tf.random.stateless_normal(shape, (0, 0))
    layer(inputs[:, :2])  # makes the weights
    weights = [weight.value for weight in layer.trainable_weights]

    @tf.function
    def gradients() -> Any:
        with compiled_loops(compiled), tf.GradientTape() as tape:
            loss = tf.reduce_mean(layer(inputs, training=True) ** 2)
        return tape.gradient(loss, weights)

    return lambda: tf.nest.map_structure(lambda gradient: gradient.numpy(), gradients())


def step_costs(
    make: Callable[[], keras.layers.Layer], shape: tuple[int, ...], repeats: int = 5
) -> tuple[float, float | None]:
    """Milliseconds of a layer's training step, and the megabytes that it holds at once.

    Memory is that of a step whose loops are not compiled: TensorFlow does not count that of others.

    Args:
        make: makes the layer.
        shape: batch, time, features.
        repeats: calls of which the shortest time is taken.
    """
    elapsed = milliseconds(training_step(make(), shape), repeats)
    plain = training_step(make(), shape, compiled=False)
    plain()  # traces it
    return elapsed, peak_megabytes(plain)


def milliseconds(call: Callable[[], Any], repeats: int = 5) -> float:
    """The shortest time of several calls, after one that is not counted.

    The shortest has least of what other processes take, as `timeit` says.
    """
    call()
    times = []
    for _ in range(repeats):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return 1000 * min(times)


def peak_megabytes(call: Callable[[], Any], repeats: int = 3) -> float | None:
    """By how much a call raises the memory in use, at its highest, in 10^6 bytes.

    The sum of what TensorFlow's pool for large tensors counts and of the growth of the process, in
    which the small ones are. Call it once before, so that the pool need not grow. The smallest of
    several calls has least of what other threads of the process take.

    Args:
        call: to measure.
        repeats: calls of which the smallest growth is taken.

    Returns:
        Megabytes, to about one; None where they cannot be told (but on Linux, with oneDNN).
    """
    try:
        return min([_growth(call) for _ in range(repeats)])
    except (OSError, ValueError, AttributeError, StopIteration):
        return None


def _growth(call: Callable[[], Any]) -> float:
    """The growth of memory in one call, in 10^6 bytes."""
    device = "GPU:0" if tf.config.list_physical_devices("GPU") else "CPU:0"
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)  # give back what earlier calls have freed
    (PROCESS / "clear_refs").write_text("5")  # the highest so far is that of now
    tf.config.experimental.reset_memory_stats(device)
    pooled = tf.config.experimental.get_memory_info(device)["current"]
    resident = _kilobytes("VmRSS")
    call()
    pooled = tf.config.experimental.get_memory_info(device)["peak"] - pooled
    return (pooled + max(_kilobytes("VmHWM") - resident, 0) * 1024) / 1e6


def _kilobytes(name: str) -> int:
    lines = (PROCESS / "status").read_text("ascii", errors="replace").splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(name + ":")))
