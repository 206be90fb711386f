"""Run by `test_backends.py` in its own process: outputs and gradients of the whole catalogue."""

import sys
from pathlib import Path

import keras
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from catalogue import (
    BATCH,
    FEATURES,
    LAYERS,
    OTHERS,
    SEVERAL,
    TIME,
    decoder_of_two_memories,
)

from seqtasks.layers import CRF, SequencePooling

NOISY = ("noise", "dropout", "zoneout", "weight drop", "RecurrentStack")


def gradients(layer, x, mask, training, factors):
    backend = keras.backend.backend()
    options = {} if isinstance(layer, (CRF, SequencePooling)) else {"training": training}
    if backend == "jax":
        import jax

        weights = [w.value for w in layer.trainable_variables]
        others = [w.value for w in layer.non_trainable_variables]

        def loss(x, weights):
            y, _ = layer.stateless_call(weights, others, x, mask=mask, **options)
            return (y * factors).sum(), y

        (dx, dw), y = jax.jit(jax.grad(loss, argnums=(0, 1), has_aux=True))(x, weights)
        return [y, dx, *dw]
    if backend == "torch":
        import torch

        for weight in layer.trainable_variables:
            weight.value.grad = None  # or it would add to that of the mask before
        x = torch.tensor(x, requires_grad=True)
        y = layer(x, mask=None if mask is None else torch.tensor(mask), **options)
        (y * torch.tensor(factors)).sum().backward()
        return [y.detach(), x.grad, *[w.value.grad for w in layer.trainable_variables]]
    import tensorflow as tf

    x = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = layer(x, mask=mask, **options)
        loss = tf.reduce_sum(y * factors)
    return [y, *tape.gradient(loss, [x, *[w.value for w in layer.trainable_variables]])]


def main(path):
    found = {}
    for name, row in LAYERS.items():
        layer, rng = row.make(), np.random.default_rng(0)
        layer.build((BATCH, TIME, FEATURES))
        for weight in layer.trainable_variables:
            weight.assign(rng.normal(size=weight.shape).astype("float32") * 0.5)
        x = rng.normal(size=(BATCH, TIME, FEATURES)).astype("float32")
        training = not any(word in name for word in NOISY)
        masks = {"none": None, "holes": rng.random((BATCH, TIME)) > 0.4}
        masks["holes"][1] = False
        for kind, mask in masks.items():
            shape = layer.compute_output_shape(x.shape)
            factors = np.random.default_rng(1).normal(size=shape).astype("float32")
            results = gradients(layer, x, mask, training, factors)
            for n, result in enumerate(results):
                found[f"{name}, mask {kind}, {n}"] = np.array(result)
        if not training:  # with noise nothing can be compared: it runs, and is finite
            y = keras.ops.convert_to_numpy(layer(x, training=True))
            if not np.isfinite(y).all():
                raise ValueError(f"{name}: expected finite outputs in training, received {y}")
    for name, row in {**OTHERS, **SEVERAL}.items():
        rng = np.random.default_rng(0)
        layer, x = row.make(), row.draw(rng)
        layer.build(x.shape if hasattr(x, "shape") else [one.shape for one in x])
        for weight in layer.trainable_variables:
            weight.assign(rng.normal(size=weight.shape).astype("float32") * 0.5)
        for n, result in enumerate(keras.tree.flatten(layer(x))):
            found[f"{name}, {n}"] = keras.ops.convert_to_numpy(result)
    layer, inputs, masks = decoder_of_two_memories()
    layer.build([x.shape for x in inputs])
    rng = np.random.default_rng(0)
    for weight in layer.trainable_variables:
        weight.assign(rng.normal(size=weight.shape).astype("float32") * 0.5)
    inputs, masks = ([keras.ops.convert_to_tensor(x) for x in each] for each in (inputs, masks))
    for training in (False, True):
        results = [layer(inputs, mask=masks, training=training), layer.losses[-1]]
        for n, result in enumerate(keras.tree.flatten(results)):
            found[f"decoder, {training}, {n}"] = keras.ops.convert_to_numpy(result)
    np.savez(path, **found)


if __name__ == "__main__":
    main(sys.argv[1])
