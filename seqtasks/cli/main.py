"""The `seqtasks` command: which subcommand runs, and how it ends."""

from __future__ import annotations

import errno
import importlib
import os
import sys
from importlib import metadata

from seqtasks.errors import InputError
from seqtasks.wording import did_you_mean

# Subcommand -> the module and function that run it, and what it does.
COMMANDS = {
    "train": ("seqtasks.cli.train_command", "train", "train a task, save it and score it"),
    "data": ("seqtasks.cli.data_command", "data", "describe and check a corpus"),
    "predict": ("seqtasks.cli.predict_command", "predict", "predictions of a saved run for texts"),
    "serve": ("seqtasks.cli.serve_command", "serve", "saved runs over HTTP, with a page"),
    "evaluate": ("seqtasks.cli.evaluate_command", "evaluate", "scores of a saved run on a corpus"),
    "report": ("seqtasks.cli.report_commands", "report", "make the report of a saved run again"),
    "compare": ("seqtasks.cli.report_commands", "compare", "saved runs beside each other"),
    "info": ("seqtasks.cli.run_commands", "info", "what a saved run is, and its scores"),
    "tasks": ("seqtasks.cli.run_commands", "tasks", "the tasks there are"),
    "lab": ("seqtasks.cli.lab_command", "lab", "experiments on recurrence, with figures"),
}

USAGE = """usage: seqtasks COMMAND ...

Recurrent sequence models on Keras 3: train a task on your own text, and use what was trained.

{commands}
  --version  print the version
  --help     print this; `seqtasks COMMAND --help` describes a command

example:
  seqtasks train sentiment
  seqtasks predict saved_models/sentiment "the soup was not at all bad"
"""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; what a user did wrong becomes one message and exit status 1."""
    given = sys.argv[1:] if arguments is None else arguments
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")  # an ASCII terminal shows escapes, not failure
    try:
        _dispatch(given)
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except (InputError, OSError) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            sys.exit(
                f"error: the disk is full ({error}). Free some space and give the command again; "
                "`seqtasks train` goes on from its checkpoint with --resume."
            )
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def _dispatch(arguments: list[str]) -> None:
    if not arguments or arguments[0] in ("--help", "-h", "help"):
        lines = (f"  {name:10} {title}" for name, (*_, title) in COMMANDS.items())
        print(USAGE.format(commands="\n".join(lines)), end="")
        sys.exit(0 if arguments else 2)
    name, *rest = arguments
    if name == "--version":
        print(f"seqtasks {metadata.version('seqtasks')}")
        return
    if name not in COMMANDS:
        meant = did_you_mean(name, COMMANDS, "`seqtasks {}`")
        raise InputError(f"no command '{name}'. {meant}There are: {', '.join(COMMANDS)}.")
    module, function, _ = COMMANDS[name]
    getattr(importlib.import_module(module), function)(rest)
