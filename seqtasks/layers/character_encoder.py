"""CharacterEncoder: vectors of words from their characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="seqtasks")
class CharacterEncoder(keras.layers.Layer):
    """Convolutions over the characters of each word, max-pooled over positions.

        c = embed(ids)    y_w = max_t relu(b_w + Σ_{k<w} c_{t+k} W_k)    y = [y_w for each width w]

    Positions t include all windows that contain at least one character of the word; the padding in
    them lets filters detect prefixes and suffixes.

    Args:
        characters: number of character ids; 0 is padding.
        size: embedding size of a character.
        filters: number of filters of each width.
        widths: filter widths, in characters.

    Call arguments:
        ids: integers [batch, time, characters of a word], padded with 0 at the right.

    Returns:
        [batch, time, filters * number of widths].

    Masking:
        The number of padding characters or steps has no effect; a step without characters gives
        zeros.

    Example:
        >>> y = CharacterEncoder(20)(keras.ops.ones((2, 5, 8), "int32"))

    Reference:
        dos Santos and Zadrozny, Learning character-level representations for part-of-speech
        tagging, 2014; Kim et al., arXiv:1508.06615.
    """

    def __init__(
        self,
        characters: int,
        size: int = 24,
        filters: int = 50,
        widths: Sequence[int] = (3,),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.characters, self.size, self.filters = characters, size, filters
        self.widths = tuple(widths)
        self.embedding = keras.layers.Embedding(
            characters, size, keras.initializers.RandomUniform(-0.3, 0.3), dtype=self.dtype_policy
        )
        self.supports_masking = True

    def build(self, ids_shape: tuple) -> None:
        self.embedding.build(ids_shape)
        self.kernels = [
            self.add_weight((width * self.size, self.filters), name=f"kernel_{width}")
            for width in self.widths
        ]
        self.biases = [
            self.add_weight((self.filters,), "zeros", name=f"bias_{width}") for width in self.widths
        ]

    def call(self, ids: Any) -> Any:
        batch, time, length = ops.shape(ids)
        most = max(self.widths) - 1
        ids = ops.pad(ops.reshape(ids, (-1, length)), [[0, 0], [most, most]])
        real = ops.cast(ids != 0, self.compute_dtype)  # [words, places]
        vectors = self.embedding(ids) * real[:, :, None]
        outputs = []
        for width, kernel, bias in zip(self.widths, self.kernels, self.biases, strict=True):
            places = length + 2 * most - width + 1
            windows = ops.concatenate([vectors[:, k : k + places] for k in range(width)], axis=-1)
            seen = ops.max(
                ops.stack([real[:, k : k + places] for k in range(width)]), axis=0
            )  # 1 where the window contains a character
            found = ops.relu(ops.matmul(windows, kernel) + bias) * seen[:, :, None]
            outputs.append(ops.max(found, axis=1))
        return ops.reshape(
            ops.concatenate(outputs, axis=-1), (batch, time, self.filters * len(self.widths))
        )

    def compute_output_shape(self, ids_shape: tuple) -> tuple:
        return (*ids_shape[:-1], self.filters * len(self.widths))

    def get_config(self) -> dict:
        names = ("characters", "size", "filters", "widths")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
