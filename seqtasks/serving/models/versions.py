"""ModelVersion: a loaded run, and how its requests are computed in batches."""

from __future__ import annotations

import os
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from google.protobuf import json_format
from tensorflow.core.protobuf import saved_model_pb2

from seqtasks.errors import InputError
from seqtasks.results import Result
from seqtasks.runs import Run, answers, folder

Arrays = dict[str, np.ndarray]
WARM_UP = ["", "Warm up.", "Some words of different lengths, so that a batch has padding."]


class ModelVersion:
    """A run that is loaded and has answered once.

    Args:
        path: of the run.
        number: counts the versions that a server has loaded of it, from 1.

    Attributes:
        run: the loaded run.
        identity: of the folder's content, see `identity_of`.
        inputs: of each signature by name.
        joined_by: of each signature the key of requests that may share a batch, or None.

    Raises:
        InputError: no finished run, or a damaged one, or one that is being replaced.
    """

    def __init__(self, path: Path, number: int) -> None:
        self.number, self.identity = number, identity_of(path)
        self.run = Run(path)
        self.signature_def = _signature_defs(folder.locate(path))
        if identity_of(path) != self.identity:
            raise InputError(f"{path}: was replaced while it was loaded. Load it again.")
        self._functions: dict[str, Any] = dict(self.run.predictor.signatures)
        self.inputs: dict[str, Mapping[str, tf.TensorSpec]] = {
            name: function.structured_input_signature[1]
            for name, function in self._functions.items()
        }
        self._fixed = {
            name: {k: _is_fixed(spec) for k, spec in function.structured_outputs.items()}
            for name, function in self._functions.items()
        }
        self.joined_by = {name: self._key(name) for name in self._functions}
        self._warm_up()

    def _key(self, signature: str) -> Hashable | None:
        """Key of requests to a signature that may share a batch; None: each is run alone.

        Joined are rows, which do not see each other, where outputs have a fixed shape or are
        padded with "" or -1, as those of our own kinds are: then a joined request gets what it
        gets alone.
        """
        specs = self.inputs[signature].values()
        outputs = self._functions[signature].structured_outputs.values()
        fixed = all(self._fixed[signature].values())
        padded = self.run.kind in answers.ANSWERS and all(s.shape.rank in (1, 2) for s in outputs)
        batched = all(spec.shape.rank and spec.shape[0] is None for spec in specs)
        if not (batched and (fixed or padded)):
            return None
        return ("signature", self.number, signature)

    def call(self, signature: str, requests: Sequence[Arrays]) -> list[Arrays]:
        """Outputs of a signature for several requests, computed together.

        Args:
            signature: its name.
            requests: of each request the inputs by name, [rows, ...].

        Returns:
            For each the outputs by name, padded as they would be alone.
        """
        inputs = {
            name: _joined([request[name] for request in requests], spec.dtype)
            for name, spec in self.inputs[signature].items()
        }
        found = self._functions[signature](**inputs)
        outputs = {name: value.numpy() for name, value in found.items()}
        if len(requests) == 1:
            return [outputs]
        ends = np.cumsum([len(next(iter(request.values()))) for request in requests])
        fixed = self._fixed[signature]
        return [
            {
                name: value[start:end] if fixed[name] else without_padding(value[start:end])
                for name, value in outputs.items()
            }
            for start, end in zip([0, *ends[:-1]], ends, strict=True)
        ]

    def answer(
        self, options: Mapping[str, Any], requests: Sequence[Sequence[str]]
    ) -> list[list[Result]]:
        """The results of several requests of equal options, computed together.

        Args:
            options: of prediction.
            requests: the texts of each.
        """
        texts = [text for request in requests for text in request]
        found = iter(answers.answer(self.run.predictor, texts, options, str(self.run.task)))
        return [[next(found) for _ in request] for request in requests]

    def _warm_up(self) -> None:
        """Run the signatures of strings once, so that no client waits for the first call."""
        for name, specs in self.inputs.items():
            if all(spec.dtype == tf.string and spec.shape.rank == 1 for spec in specs.values()):
                self._functions[name](**{key: tf.constant(WARM_UP) for key in specs})
        if self.run.kind == "generation":
            self.run(WARM_UP, length=1)
            next(self.run.continue_text(WARM_UP[1], length=1))


def identity_of(path: Path) -> tuple[int, int, int]:
    """Identity of a run: inode, modification time and size of its manifest.

    Raises:
        InputError: no finished run there.
    """
    found = os.stat(folder.locate(path) / folder.MANIFEST)
    return found.st_ino, found.st_mtime_ns, found.st_size


def _is_fixed(spec: tf.TensorSpec) -> bool:
    return bool(spec.shape.rank) and spec.shape[1:].is_fully_defined()


def without_padding(values: np.ndarray) -> np.ndarray:
    """[rows, time] without the last columns that hold nothing but padding, "" or -1."""
    if values.dtype.kind in "OSU":
        real = values != b""
    else:
        real = values != -1
    used = np.flatnonzero(real.any(axis=0))
    return values[:, : used[-1] + 1 if used.size else 0]


def _joined(values: Sequence[np.ndarray], dtype: tf.DType) -> tf.Tensor:
    whole = values[0] if len(values) == 1 else np.concatenate(values)
    if dtype == tf.string:
        return tf.reshape(tf.constant(whole.ravel().tolist(), tf.string), whole.shape)
    return tf.constant(whole, dtype)


def _signature_defs(path: Path) -> dict[str, Any]:
    """The signatures as the SavedModel declares them, in the JSON form of their protocol buffer."""
    content = saved_model_pb2.SavedModel()
    content.ParseFromString((path / folder.SAVED_MODEL / "saved_model.pb").read_bytes())
    return {
        name: json_format.MessageToDict(
            definition,
            preserving_proto_field_name=True,
            always_print_fields_with_no_presence=True,
        )
        for name, definition in content.meta_graphs[0].signature_def.items()
        if not name.startswith("__")  # the initialiser of tables is no function of the model
    }
