"""Starts TensorFlow and Keras for tasks: on the TensorFlow backend, and quietly where asked."""

from __future__ import annotations

import os
import sys
import tempfile
import warnings

from seqtasks.errors import InputError


def use_tensorflow() -> None:
    """Make sure that Keras runs, or will run, on TensorFlow: tasks are TensorFlow graphs.

    Raises:
        InputError: Keras was imported on another backend.
    """
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    if "keras" in sys.modules:
        import keras

        backend = keras.backend.backend()
        if backend != "tensorflow":
            raise InputError(
                f"Keras runs on {backend} in this process. Tasks need TensorFlow (layers run on "
                "any backend): set KERAS_BACKEND=tensorflow before Keras is imported."
            )
    elif backend != "tensorflow":
        print(
            f"note: KERAS_BACKEND={backend} is not used: tasks run on TensorFlow (layers on any "
            "backend)",
            file=sys.stderr,
        )
    os.environ["KERAS_BACKEND"] = "tensorflow"
    if "tensorflow" not in sys.modules:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def start_quietly() -> None:
    """Import TensorFlow and Keras for a command line, printing nothing unless the import fails.

    TensorFlow's libraries write to the process's standard error from C++ as they load, before any
    setting is read: it is redirected for those seconds, and shown if the import fails.
    """
    use_tensorflow()
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as redirected:
        os.dup2(redirected.fileno(), 2)
        try:
            import tensorflow as tf

            tf.config.list_physical_devices()  # the first look for a GPU has messages too
            import keras  # noqa: F401
        except BaseException:
            redirected.seek(0)
            os.write(stderr, redirected.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
    tf.get_logger().setLevel("ERROR")
    warnings.filterwarnings("ignore", module="keras|tensorflow")
