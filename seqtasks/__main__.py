"""The `seqtasks` command: use what train.py has saved."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro

from seqtasks.errors import InputError
from seqtasks.startup import start_quietly


@dataclass(frozen=True)
class Predict:
    """Predictions of a saved run for texts, or for standard input, one text a line."""

    run: tyro.conf.Positional[Path]
    """Run folder, for example saved_models/sentiment."""
    texts: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="TEXT")] = ()
    """Texts, each one argument; none reads them from standard input."""
    json: bool = False
    """One JSON object a line, with the probabilities of all classes."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; what a user did wrong becomes one message and exit status 1."""
    app = tyro.extras.SubcommandApp()
    app.command(Predict, name="predict")
    command = app.cli(prog="seqtasks", description=__doc__, args=arguments)
    try:
        predict(command)
    except (InputError, OSError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def predict(command: Predict) -> None:
    """Print one line a text, as soon as its chunk is predicted."""
    start_quietly()
    import tensorflow as tf

    from seqtasks import export

    predictor = export.SavedPredictor(command.run)
    for chunk in _chunks(command.texts or _standard_input()):
        outputs = {
            name: value.numpy() for name, value in predictor.serve(tf.constant(chunk)).items()
        }
        for i, text in enumerate(chunk):
            print(_line(text, {name: value[i] for name, value in outputs.items()}, command.json))
        sys.stdout.flush()


def _standard_input() -> Iterator[bytes]:
    return (line.rstrip(b"\r\n") for line in sys.stdin.buffer)


def _chunks(texts: Iterable[str | bytes]) -> Iterator[list[str | bytes]]:
    """Chunks of up to 1,024 texts; single ones where a person types them."""
    stream, size = iter(texts), 1 if sys.stdin.isatty() else 1024
    while chunk := list(itertools.islice(stream, size)):
        yield chunk


def _line(text: str | bytes, output: dict, as_json: bool) -> str:
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    label = output["label"].decode()
    classes = [name.decode() for name in output["classes"]]
    probabilities = dict(zip(classes, output["probabilities"].tolist(), strict=True))
    if as_json:
        content = {"text": text, "label": label, "probabilities": probabilities}
        return json.dumps(content, ensure_ascii=False)
    return f"{label}\t{probabilities[label]:.3f}\t{text}"


if __name__ == "__main__":
    main()
