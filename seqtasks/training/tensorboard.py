"""Histories for TensorBoard: the metrics of each epoch, and samples as text."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path

import tensorflow as tf

from seqtasks.errors import InputError


def check_tensorboard(folder: str | None) -> None:
    """Refuse `--tensorboard` before anything is computed where TensorBoard is not installed.

    Raises:
        InputError: it is not; the message names the extra.
    """
    if folder is not None and importlib.util.find_spec("tensorboard") is None:
        raise InputError(
            f"--tensorboard {folder}: expected the package tensorboard, found none. Install it: "
            'pip install "seqtasks[tensorboard]", or leave the option out: history.csv in the '
            "folder of the run has the same numbers."
        )


class TensorBoardWriter:
    """Writes event files that TensorBoard reads.

    Args:
        folder: of the run's event files.
    """

    def __init__(self, folder: Path) -> None:
        self._writer = tf.summary.create_file_writer(str(folder))

    def write(self, epoch: int, metrics: Mapping[str, float], sample: str = "") -> None:
        """Write an epoch.

        Args:
            epoch: counted from 1.
            metrics: by name; those of validation begin with `val_`.
            sample: what the model writes; "" for none.
        """
        with self._writer.as_default(step=epoch):
            for name, value in metrics.items():
                split = "validation" if name.startswith("val_") else "training"
                tf.summary.scalar(f"{name.removeprefix('val_')}/{split}", value)
            if sample:
                tf.summary.text("sample", sample)
        self._writer.flush()
