"""`seqtasks predict RUN [TEXT ...]`: predictions of a saved run, one line a text."""

from __future__ import annotations

import functools
import itertools
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from seqtasks.errors import InputError
from seqtasks.startup import start_quietly

if TYPE_CHECKING:
    from seqtasks.results import Result
    from seqtasks.runs import Run

CHUNK = 1024  # texts predicted together where nobody waits for each


@dataclass(frozen=True)
class GenerationOptions:
    """For runs that generate text; the run's own settings unless given."""

    length: int | None = None
    """Maximum number of tokens."""
    temperature: float | None = None
    """Softmax temperature: below 1 more probable, above 1 more varied; 0 takes the best token."""
    top_k: int | None = None
    """Sample among this many most probable tokens; 0 samples among all."""
    top_p: float | None = None
    """Sample among the fewest tokens that hold this probability; 1 samples among all."""
    seed: int | None = None
    """Random seed of sampling."""


@dataclass(frozen=True)
class TranslationOptions:
    """For runs that translate."""

    nbest: int | None = None
    """Translations of each text, with their scores (default: the best one)."""
    show_attention: Path | None = None
    """PNG, PDF or SVG file to draw the attention weights of each translation in."""


@dataclass(frozen=True)
class FileOptions:
    """For whole files, shard by shard; finished shards are skipped, so the same command goes on."""

    input: tuple[str, ...] = ()
    """Files, folders or patterns ('in/*.jsonl'): JSON lines, TSV, Parquet; .gz too."""
    output: Path | None = None
    """Folder of the predictions: a file of JSON lines for each file."""
    engine: Literal["local", "ray"] = "local"
    """Run on the cores of this machine, or on a Ray cluster (an extra: ray)."""
    workers: int | None = None
    """Processes, or actors on Ray (default: one for each core)."""
    address: str | None = None
    """Address of the Ray cluster (default: that of the environment, else this machine)."""
    text_field: str = "text"
    """Field of a row that holds its text; with --tokens its tokens, joined or as a list."""
    output_field: str = "prediction"
    """Field of a row that gets the prediction."""


@dataclass(frozen=True)
class Predict:
    """Predictions of a saved run for texts, or for standard input, one text a line."""

    run: tyro.conf.Positional[Path]
    """Folder of the run, for example saved_models/sentiment."""
    texts: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="TEXT")] = ()
    """Texts, each one argument; without any, standard input is read."""
    json: bool = False
    """Print one JSON object a line with everything that is known: probabilities, places."""
    explain: bool = False
    """For classifiers and taggers: what each word adds to the log-odds of each label or span."""
    tokens: bool = False
    """For taggers: texts are tokens joined by single spaces, not to be cut into words."""
    conllu: bool = False
    """For taggers: write CoNLL-U; without TEXT, standard input is CoNLL-U too and keeps all its
    other columns."""
    generation: GenerationOptions = GenerationOptions()
    translation: TranslationOptions = TranslationOptions()
    files: FileOptions = FileOptions()

    @property
    def options(self) -> dict[str, Any]:
        """The options of prediction that were given, by their names in Python."""
        found = {**vars(self.generation), "n_best": self.translation.nbest}
        found |= {"tokens": self.tokens or None}
        found |= {"attention": True if self.translation.show_attention else None}
        return {name: value for name, value in found.items() if value is not None}


def predict(arguments: list[str]) -> None:
    """Print one line a text, as soon as its chunk is predicted.

    Raises:
        InputError: no such run, or an option that does not apply to it.
    """
    command = tyro.cli(
        Predict, prog="seqtasks predict", args=arguments, config=(tyro.conf.OmitArgPrefixes,)
    )
    if command.translation.show_attention:
        _check_picture(command.translation.show_attention)
    if command.files.input or command.files.output:
        _predict_files(command)
        return
    given = (os.fsencode(text).decode("utf-8", "replace") for text in command.texts)
    texts = given if command.texts else _standard_input()
    start_quietly()
    from seqtasks.runs import Run

    run = Run(command.run)
    if command.conllu:
        _print_conllu(run, texts, command)
        return
    if run.kind == "generation" and not command.json and not command.explain:
        _stream_generation(run, texts, command.options)
        return
    if command.explain:
        _print_explained(run, texts, command)
        return
    interactive = not command.texts and sys.stdin.isatty()
    results = run.stream(texts, chunk_size=1 if interactive else CHUNK, **command.options)
    _print(results, command)


def _predict_files(command: Predict) -> None:
    """Predict files into a folder, and print how far it is."""
    files = command.files
    if not files.input or files.output is None:
        raise InputError("--input and --output: expected both, the files and a folder.")
    shown = {"TEXT": command.texts, "--json": command.json, "--conllu": command.conllu}
    shown |= {"--explain": command.explain, "--show-attention": command.translation.show_attention}
    if wrong := [name for name, given in shown.items() if given]:
        raise InputError(f"--input and {wrong[0]}: expected one of them. Leave one out.")
    if files.workers is not None and files.workers < 1:
        raise InputError(f"--workers: expected at least 1, found {files.workers}.")
    start_quietly()
    from seqtasks.offline import make_job, predict_files

    job = make_job(
        command.run,
        files.input,
        files.output,
        text_field=files.text_field,
        output_field=files.output_field,
        options=command.options,
    )
    say = functools.partial(print, flush=True)
    predict_files(job, engine=files.engine, workers=files.workers, address=files.address, say=say)


def _print(results: Iterator[Result], command: Predict) -> None:
    from seqtasks.cli.formatting import as_json, as_line

    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    numbered = enumerate(results, start=1)
    while chunk := list(itertools.islice(numbered, CHUNK if not sys.stdin.isatty() else 1)):
        for number, result in chunk:
            print(as_json(result) if command.json else as_line(result, colour))
            if command.translation.show_attention:
                _draw(result, number, command.translation.show_attention)
        sys.stdout.flush()


def _print_explained(run: Run, texts: Iterator[str], command: Predict) -> None:
    """Print each prediction, and under it the contributions of words."""
    from seqtasks.cli.formatting import as_contributions, as_line
    from seqtasks.results import json_line
    from seqtasks.runs.inputs import split_columns

    names = run.predictor.settings.get("features", ()) if command.tokens else ()
    for text in texts:
        result = next(run.stream([text], **command.options))
        if command.tokens:
            (words,), (values,) = split_columns([text], names)
            features = {k: v.split() for k, v in zip(names, values, strict=True)} or None
            explanations = run.explain(tokens=words.split(), features=features)
        else:
            explanations = run.explain(text)
        if command.json:
            why = [explanation.to_dict() for explanation in explanations]
            print(json_line({**result.to_dict(), "explanations": why}), flush=True)
            continue
        print(as_line(result, colour=False))
        print("".join(map(as_contributions, explanations)), flush=True)


def _print_conllu(run: Run, texts: Iterator[str], command: Predict) -> None:
    from seqtasks.cli.conllu import annotated, as_conllu

    if command.json:
        raise InputError("--conllu and --json: expected one form of output. Leave one out.")
    if command.explain:
        raise InputError("--conllu and --explain: expected one form of output. Leave one out.")
    if command.texts:
        lines = as_conllu(run, run.stream(texts, **command.options))
    else:
        lines = annotated(run, texts)
    for line in lines:
        print(line)


def _stream_generation(run: Run, texts: Iterator[str], options: dict[str, Any]) -> None:
    """Print prompts and what comes after them, as it is generated."""
    for text in texts:
        print(text, end="", flush=True)
        for piece in run.continue_text(text, **options):
            print(piece, end="", flush=True)
        print()


def _check_picture(path: Path) -> None:
    """Refuse what cannot be drawn to before anything is computed."""
    if path.suffix.lower() not in (".png", ".pdf", ".svg"):
        raise InputError(
            f"--show-attention {path}: expected a file name that ends in .png, .pdf or .svg."
        )
    if not path.absolute().parent.is_dir():
        raise InputError(f"--show-attention {path}: no such folder. Make it, or choose another.")


def _draw(result: Any, number: int, path: Path) -> None:
    """A picture a text, numbered from the second on: out.png, out-2.png ..."""
    from seqtasks.plots import attention_map

    looked = result.attention
    if not looked.source or not looked.target:
        raise InputError("--show-attention: expected a text with words in it, found none.")
    one = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
    attention_map(one, looked.weights, looked.source, looked.target)


def _standard_input() -> Iterator[str]:
    """Its lines; bytes that are not UTF-8 become U+FFFD, as every tokenizer makes them."""
    if sys.stdin is None or sys.stdin.closed:
        raise InputError("no texts were given, and standard input is closed. Give texts.")
    return (line.rstrip(b"\r\n").decode("utf-8", "replace") for line in sys.stdin.buffer)
