"""Predictor: strings in, predictions out; what is scored, exported and served."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import tensorflow as tf

Tensors = dict[str, tf.Tensor]
Signature = Callable[..., Tensors]

SERVING = "serving_default"  # the signature that every predictor has: text [batch] -> outputs


class Predictor(Protocol):
    """Tokenizer, model and decoding as one, while training and, reloaded, from a SavedModel.

    Attributes:
        kind: the kind of its predictions: "classification", "multilabel_classification",
            "tagging", "generation", "translation", or a name of your own. It says which results a
            `Run` makes of them; those of an unknown kind are given as they are.
        signatures: its functions by name, called with keyword arguments; they become the
            signatures of the SavedModel. `serving_default` takes `text`, raw strings [batch]
            (none, empty and ill-formed ones too), and gives tensors [batch, ...].
        settings: defaults of its functions that a user may override at prediction, such as the
            temperature of generated text, and what else a caller must know; plain numbers,
            strings and lists of them.
    """

    @property
    def kind(self) -> str:
        """The kind of its predictions."""
        ...

    @property
    def signatures(self) -> Mapping[str, Signature]:
        """Its functions by name."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """Defaults that a user may override at prediction."""
        ...
