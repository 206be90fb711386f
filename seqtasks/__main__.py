"""The `seqtasks` command: use what train.py has saved."""

from __future__ import annotations

import itertools
import json
import math
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from seqtasks.errors import InputError
from seqtasks.startup import start_quietly

if TYPE_CHECKING:
    from seqtasks.export import SavedPredictor

PIECE = 16  # tokens generated before they are printed


@dataclass(frozen=True)
class Predict:
    """Predictions of a saved run for texts, or for standard input, one text a line."""

    run: tyro.conf.Positional[Path]
    """Run folder, for example saved_models/sentiment."""
    texts: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="TEXT")] = ()
    """Texts, each one argument; none reads them from standard input."""
    json: bool = False
    """One JSON object a line, with all that is known: probabilities, places in the text."""
    tokens: bool = False
    """For taggers: texts are tokens joined by single spaces, not to be cut into words."""
    length: int = 300
    """Of generated text: most tokens."""
    temperature: float = 0.8
    """Of generated text: below 1 likelier, above 1 more varied; 0 is always the likeliest token."""
    top_k: int = 0
    """Of generated text: draw among so many likeliest tokens only; 0 draws among all."""
    top_p: float = 1.0
    """Of generated text: draw among the fewest likeliest tokens that hold this probability."""
    seed: int = 0
    """Of generated text: another draws another text."""

    nbest: int = 1
    """Of translations: so many of each text, with their scores."""
    show_attention: Path | None = None
    """Of translations: a PNG to draw, of where each token of the translation looked."""

    def __post_init__(self) -> None:
        """Refuse settings that mean nothing."""
        for option, value, good, expected in (
            ("--length", self.length, 0 < self.length <= 10_000_000, "1 to 10,000,000"),
            ("--temperature", self.temperature, 0 <= self.temperature < math.inf, "0 or more"),
            ("--top-k", self.top_k, self.top_k >= 0, "0 (all) or more"),
            ("--top-p", self.top_p, 0 < self.top_p <= 1, "more than 0 and at most 1"),
            ("--nbest", self.nbest, self.nbest > 0, "1 or more"),
        ):
            if not good:
                raise InputError(f"{option}: expected {expected}, found {value}")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; what a user did wrong becomes one message and exit status 1."""
    app = tyro.extras.SubcommandApp()
    app.command(Predict, name="predict")
    try:
        predict(app.cli(prog="seqtasks", description=__doc__, args=arguments))
    except (InputError, OSError) as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


def predict(command: Predict) -> None:
    """Print one line a text, as soon as its chunk is predicted."""
    start_quietly()
    from seqtasks import export

    predictor = export.SavedPredictor(command.run)
    can = predictor.more
    if command.tokens and "tokens" not in can:
        raise InputError(f"{command.run}: takes texts, not tokens: it is no tagger's run.")
    answer = generate if "extend" in can else translate if "align" in can else describe
    given = (os.fsencode(text).decode("utf-8", "replace") for text in command.texts)
    for chunk in _chunks(given if command.texts else _standard_input()):
        answer(command, predictor, chunk)


def describe(command: Predict, predictor: SavedPredictor, texts: list[str]) -> None:
    """Print labels or tags."""
    import tensorflow as tf

    from seqtasks.lines import lines_of

    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    serve = predictor.more["tokens"] if command.tokens else predictor.serve
    outputs = {name: value.numpy() for name, value in serve(text=tf.constant(texts)).items()}
    lines = lines_of(outputs)
    for i, text in enumerate(texts):
        output = {name: value[i] for name, value in outputs.items()}
        if command.json:
            print(json.dumps(lines.content(text, output), ensure_ascii=False))
        else:
            print(lines.plain(text, output, colour))
    sys.stdout.flush()


def translate(command: Predict, predictor: SavedPredictor, texts: list[str]) -> None:
    """Print translations; draw where the network looked, if asked to."""
    from seqtasks.translations import draw_attention, translation_lines

    lines = translation_lines(predictor.serve, texts, best=command.nbest, as_json=command.json)
    print("\n".join(lines), flush=True)
    if command.show_attention:
        draw_attention(predictor.more["align"], texts, command.show_attention)


def generate(command: Predict, predictor: SavedPredictor, texts: list[str]) -> None:
    """Print prompts and what is generated after them, as it is generated."""
    import tensorflow as tf

    functions = predictor.more
    settings = {
        "temperature": tf.constant(command.temperature, tf.float32),
        "top_k": tf.constant(command.top_k),
        "top_p": tf.constant(command.top_p, tf.float32),
        "seed": tf.constant(command.seed),
    }
    for text in texts:
        if not command.json:
            print(text, end="", flush=True)
        state, done, pieces = functions["prompt"](text=tf.constant([text])), 0, []
        while done < command.length and not (done and bool(state["over"][0])):
            piece = min(PIECE, command.length - done)
            state = functions["extend"](
                last=state["last"],
                state=state["state"],
                first=tf.constant(done),
                length=tf.constant(piece),
                **settings,
            )
            done += piece
            pieces.append(state["text"][0].numpy().decode())
            if not command.json:
                print(pieces[-1], end="", flush=True)
        if command.json:
            answer = {"text": text, "continuation": "".join(pieces)}
            print(json.dumps(answer, ensure_ascii=False))
        else:
            print()


def _standard_input() -> Iterator[str]:
    """Its lines; bytes that are not UTF-8 become U+FFFD, as every tokenizer makes them."""
    return (line.rstrip(b"\r\n").decode("utf-8", "replace") for line in sys.stdin.buffer)


def _chunks(texts: Iterable[str]) -> Iterator[list[str]]:
    """Chunks of up to 1,024 texts; single ones where a person types them."""
    stream, size = iter(texts), 1 if sys.stdin.isatty() else 1024
    while chunk := list(itertools.islice(stream, size)):
        yield chunk


if __name__ == "__main__":
    main()
