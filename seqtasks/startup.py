"""Starts TensorFlow without its start-up messages. Import this before anything heavy."""

from __future__ import annotations

import os
import sys
import tempfile
import warnings


def start_quietly() -> None:
    """Import TensorFlow and Keras on the TensorFlow backend, saying nothing unless it fails.

    TensorFlow's libraries write to the process's standard error from C++ as they load, before any
    setting is read: it is put aside for those seconds, and shown if the import fails.
    """
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["KERAS_BACKEND"] = "tensorflow"
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as aside:
        os.dup2(aside.fileno(), 2)
        try:
            import tensorflow as tf

            tf.config.list_physical_devices()  # the first look for a GPU has messages too
            import keras  # noqa: F401
        except BaseException:
            aside.seek(0)
            os.write(stderr, aside.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
    tf.get_logger().setLevel("ERROR")
    warnings.filterwarnings("ignore", module="keras|tensorflow")
