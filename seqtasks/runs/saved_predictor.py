"""SavedPredictor: the predictor of a finished run, from its SavedModel."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from seqtasks.atomic_files import replacing
from seqtasks.errors import InputError
from seqtasks.predictors import SERVING, Predictor, Signature
from seqtasks.runs.folder import SAVED_MODEL
from seqtasks.runs.manifest import Manifest, checked
from seqtasks.runs.stored_weights import Storage, with_stored_weights


class SavedPredictor:
    """The predictor of a finished run; a `seqtasks.predictors.Predictor`.

    Args:
        folder: the run folder.
        manifest: of the run.

    Raises:
        InputError: the SavedModel is missing or damaged.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        path = checked(folder, manifest, SAVED_MODEL)
        try:
            # Held, because a function of a SavedModel does not keep its variables alive.
            self._loaded = tf.saved_model.load(path)
            self._signatures = {name: self._loaded.signatures[name] for name in manifest.signatures}
        except (OSError, KeyError, ValueError, tf.errors.OpError) as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0][:300]
            raise InputError(
                f"{path}: cannot be loaded ({reason}). Copy the run again, or train it again."
            ) from error
        self._manifest = manifest

    @property
    def kind(self) -> str:
        """The kind of its predictions."""
        return self._manifest.kind

    @property
    def settings(self) -> Mapping[str, Any]:
        """Defaults of prediction."""
        return self._manifest.settings

    @property
    def signatures(self) -> Mapping[str, Signature]:
        """Its functions by name; arguments go by name too."""
        return self._signatures


def export(
    folder: Path,
    predictor: Predictor,
    model: keras.Model | None = None,
    storage: Storage = "none",
) -> None:
    """Write `saved_model/`: strings in, predictions out.

    It holds plain TensorFlow operations: TensorFlow Serving, `saved_model_cli run` and
    `tf.saved_model.load` run it without seqtasks or Keras.

    Args:
        folder: of the run.
        predictor: to export.
        model: that it holds; needed where weights are stored in fewer bits.
        storage: of weights: see `StoredWeight`; "none" stores them as they are.

    Raises:
        InputError: the predictor has no `serving_default`, or the disk is full.
    """
    if SERVING not in predictor.signatures:
        raise InputError(
            f"the predictor of kind '{predictor.kind}' has the signatures "
            f"{', '.join(predictor.signatures)}. Expected '{SERVING}' among them."
        )
    whole, signatures = predictor, dict(predictor.signatures)
    if model is not None and storage != "none":
        whole, signatures = with_stored_weights(predictor, model, storage)
    try:
        with replacing(folder / SAVED_MODEL) as unfinished:
            tf.saved_model.save(whole, unfinished, signatures)
    except AssertionError as error:  # TensorFlow's, of a resource that nothing holds
        if storage == "none":
            raise
        raise InputError(
            f"--quantize: the predictor of kind '{predictor.kind}' has a signature that calls a "
            "tf.function. Make a seqtasks.predictors.SharedFunction of what several signatures "
            "call, or train without --quantize."
        ) from error
    except tf.errors.OpError as error:
        raise InputError(
            f"{folder / SAVED_MODEL}: could not be written ({error.message}). Is the disk full? "
            "Free some space and go on with --resume: the training is in the checkpoint."
        ) from error
