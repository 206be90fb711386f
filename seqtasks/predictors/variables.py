"""What a predictor holds of a model, so that its SavedModel is whole."""

from __future__ import annotations

import keras
import tensorflow as tf


def raw_variables(model: keras.Model) -> list[tf.Variable]:
    """All variables that the model's functions may read, for an attribute of a `tf.Module`.

    Keras variables are invisible to session-based loaders; their raw variables are not. The states
    of dropout are among them: `keras.layers.RNN` draws noise before it knows whether it trains.
    """
    return [variable.value for variable in model.variables]
