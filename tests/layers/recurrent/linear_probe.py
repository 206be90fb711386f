"""Run by `test_parallel_recurrence.py` in its own process: numerical gradients of two orders."""

import keras
import numpy as np

RNG = np.random.default_rng(0)


def numbers(parts, *shape):
    return tuple(RNG.uniform(0.1, 0.6, size=shape) for _ in range(parts))


def main():
    for parts in (1, 2):
        given = *numbers(parts, 7, 2, 3), *numbers(parts, 7, 2, 3), *numbers(parts, 2, 3)
        if keras.backend.backend() == "jax":
            import jax
            from jax.test_util import check_grads

            from seqtasks.layers.kernels.linear.jax_linear import _recurrence

            jax.config.update("jax_enable_x64", True)

            def call(*given, parts=parts):
                return _recurrence(*(given[n * parts :][:parts] for n in range(3)))

            check_grads(call, given, order=2, modes=["rev"])
        else:
            import torch

            from seqtasks.layers.kernels.linear.torch_linear import _Recurrence

            given = [torch.tensor(x, requires_grad=True) for x in given]

            def call(*given, parts=parts):
                return _Recurrence.apply(parts, *given)

            assert torch.autograd.gradcheck(call, given)
            assert torch.autograd.gradgradcheck(call, given)


if __name__ == "__main__":
    main()
