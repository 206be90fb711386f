"""Normal noise for the steps of a loop, from one seed drawn before it."""

from __future__ import annotations

import math
from typing import Any

from keras import ops

from seqtasks.layers.dropout import counter, hash_key, hashed


def normal_noise(like: Any, seed: Any, number: Any) -> Any:
    """Standard normal numbers, other ones for each step.

    Args:
        like: a tensor of the shape and dtype of the noise.
        seed: drawn before the loop, `SeedGenerator.next()`: a loop on JAX cannot draw any.
        number: number of the step, whole numbers in any dtype, broadcastable to `like`.

    Reference:
        Box and Muller, A note on the generation of random normal deviates, 1958.
    """
    key = hashed(hash_key(seed) + ops.cast(number, "int32"))
    bits = hashed(key + counter(ops.shape(like)))
    first, second = (
        (ops.cast(ops.bitwise_and(x, 0xFFFFFF), "float32") + 0.5) / (1 << 24)
        for x in (bits, hashed(bits))
    )
    normal = ops.sqrt(-2 * ops.log(first)) * ops.cos(2 * math.pi * second)
    return ops.cast(normal, like.dtype)
