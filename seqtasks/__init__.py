"""seqtasks: recurrent sequence models on Keras 3.

    import seqtasks

    run = seqtasks.train("ner", data="corpus/", out="runs/ner", epochs=5)
    run = seqtasks.load("runs/ner")
    run("Ms. Dover lives in Huế.").spans

`seqtasks.layers` are Keras layers for any project. Importing seqtasks imports neither TensorFlow
nor Keras; using it does.
"""

from __future__ import annotations

import importlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqtasks import layers
    from seqtasks.runs import Experiment, Run, train

    __version__: str

__all__ = ["Experiment", "Run", "__version__", "layers", "load", "train"]


def load(path: str | os.PathLike[str]) -> Run:
    """Load a finished run.

    Args:
        path: the folder that training left, for example "saved_models/ner".

    Returns:
        The run: call it with texts; `scores`, `evaluate(data)`, `model`, `tokenizer`.

    Raises:
        seqtasks.errors.InputError: no finished run there, a damaged one, or one of another version.
    """
    return _from_runs("Run")(path)


def _from_runs(name: str) -> Any:
    from seqtasks.startup import use_tensorflow

    use_tensorflow()
    return getattr(importlib.import_module("seqtasks.runs"), name)


def __getattr__(name: str) -> Any:
    """What is heavy is imported when it is first used."""
    if name in ("Experiment", "Run", "train"):
        return _from_runs(name)
    if name == "layers":
        return importlib.import_module("seqtasks.layers")
    if name == "__version__":
        from importlib import metadata

        return metadata.version("seqtasks")
    raise AttributeError(f"module 'seqtasks' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
