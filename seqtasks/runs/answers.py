"""Outputs of a predictor -> results in Python, one function for each kind of prediction."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks import results
from seqtasks.errors import InputError
from seqtasks.predictors import SERVING, Predictor
from seqtasks.runs.inputs import split_columns

PIECE = 16  # tokens generated between two pieces of a stream
BLANK = "▁"  # marks the space before a subword


def answer(
    predictor: Predictor, texts: Sequence[str], options: Mapping[str, Any], owner: str
) -> list[results.Result]:
    """The results for some texts.

    Args:
        predictor: of a run.
        texts: raw texts.
        options: of prediction, by name; those not given are the run's own settings.
        owner: the run, for messages.

    Raises:
        InputError: an option that this kind of run does not have, or a value out of bounds.
    """
    function = ANSWERS.get(predictor.kind, _outputs)
    names = option_names(predictor.kind)
    for name, value in options.items():
        if name not in names:
            takes = f"It takes {', '.join(names)}." if names else "It takes no options."
            raise InputError(
                f"{owner}: '{name}' does not apply to a run of kind {predictor.kind}. {takes}"
            )
        _check(name, value)
    return function(predictor, texts, **options) if texts else []


def option_names(kind: str) -> list[str]:
    """The options of prediction that runs of a kind have."""
    parameters = inspect.signature(ANSWERS.get(kind, _outputs)).parameters.values()
    return [p.name for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY]


# What each number may be: the least and the most, both included.
LIMITS: dict[str, tuple[float, float]] = {
    "length": (1, 10_000_000),
    "temperature": (0, 1_000_000),
    "top_k": (0, 2**31 - 1),
    "seed": (0, 2**31 - 1),
    "n_best": (1, 1_000_000),
}


def _check(name: str, value: Any) -> None:
    if name == "top_p" and not 0 < value <= 1:
        raise InputError(f"top_p: expected more than 0 and at most 1, found {value}")
    least, most = LIMITS.get(name, (-np.inf, np.inf))
    if isinstance(value, int | float) and not least <= value <= most:
        raise InputError(f"{name}: expected {least:,} to {most:,}, found {value:,}")


def _call(function: Callable[..., Mapping[str, tf.Tensor]], **inputs: Any) -> dict[str, np.ndarray]:
    return {name: value.numpy() for name, value in function(**inputs).items()}


def _row(outputs: Mapping[str, np.ndarray], n: int) -> dict[str, Any]:
    """The outputs of one text as Python values."""

    def plain(value: Any) -> Any:
        if isinstance(value, list):
            return [plain(item) for item in value]
        return value.decode("utf-8", "replace") if isinstance(value, bytes) else value

    return {
        name: plain(value[n].tolist() if hasattr(value[n], "tolist") else value[n])
        for name, value in outputs.items()
    }


def _outputs(predictor: Predictor, texts: Sequence[str]) -> list[results.Result]:
    outputs = _call(predictor.signatures[SERVING], text=tf.constant(texts))
    return [results.Outputs(text, _row(outputs, n)) for n, text in enumerate(texts)]


def _classification(predictor: Predictor, texts: Sequence[str]) -> list[results.Result]:
    outputs = _call(predictor.signatures[SERVING], text=tf.constant(texts))
    classes = [name.decode() for name in outputs["classes"][0]]
    return [
        results.Classification(
            text,
            outputs["label"][n].decode(),
            dict(zip(classes, outputs["probabilities"][n].tolist(), strict=True)),
        )
        for n, text in enumerate(texts)
    ]


def _multilabel(predictor: Predictor, texts: Sequence[str]) -> list[results.Result]:
    outputs = _call(predictor.signatures[SERVING], text=tf.constant(texts))
    classes = [name.decode() for name in outputs["classes"][0]]
    return [
        results.MultilabelClassification(
            text,
            tuple(label.decode() for label in outputs["labels"][n] if label),
            dict(zip(classes, outputs["probabilities"][n].tolist(), strict=True)),
            dict(zip(classes, outputs["thresholds"][n].tolist(), strict=True)),
        )
        for n, text in enumerate(texts)
    ]


def _tagging(
    predictor: Predictor, texts: Sequence[str], *, tokens: bool = False
) -> list[results.Result]:
    names, inputs = predictor.settings.get("features", ()), {}
    if names and not tokens:
        raise InputError(
            f"this run tags tokens by {', '.join(names)} too, which a raw text does not have. Call "
            f"run(tokens=[...], features={{'{names[0]}': [...]}}), or use seqtasks predict with "
            "--conllu, or with --tokens and a tab before the values of each column."
        )
    if names:
        texts, columns = split_columns(texts, names)
        inputs["features"] = tf.constant(columns)
    function = predictor.signatures["tokens" if tokens else SERVING]
    outputs = _call(function, text=tf.constant(texts), **inputs)
    found: list[results.Result] = []
    for n in range(len(texts)):
        row = _row(outputs, n)
        count = sum(token != "" for token in row["tokens"])
        columns = [row[name][:count] for name in ("tokens", "tags", "starts", "ends", "confidence")]
        columns.append(row["lemmas"][:count] if "lemmas" in row else [None] * count)
        every = tuple(results.Token(*fields) for fields in zip(*columns, strict=True))
        spans = None
        if "span_types" in row:
            names = ("span_types", "span_texts", "span_starts", "span_ends", "span_confidence")
            count = sum(text != "" for text in row["span_texts"])
            parts = zip(*(row[name][:count] for name in names), strict=True)
            spans = tuple(results.Span(*fields) for fields in parts)
        found.append(results.Tagging(row["text"], every, spans))
    return found


def _settings(predictor: Predictor, given: Mapping[str, Any], rows: int) -> dict[str, tf.Tensor]:
    """The settings of generation, those given, else the run's own, one for each text."""
    dtypes = {"temperature": tf.float32, "top_p": tf.float32}
    values = {**predictor.settings, **{k: v for k, v in given.items() if v is not None}}
    return {
        name: tf.constant(value, dtypes.get(name, tf.int32), (rows,))
        for name, value in values.items()
    }


def _generation(
    predictor: Predictor,
    texts: Sequence[str],
    *,
    length: int | None = None,
    temperature: float | None = None,
    top_k: int | None = None,
    top_p: float | None = None,
    seed: int | None = None,
) -> list[results.Result]:
    given = {"length": length, "temperature": temperature, "top_k": top_k, "top_p": top_p}
    settings = _settings(predictor, {**given, "seed": seed}, len(texts))
    outputs = _call(predictor.signatures["generate"], text=tf.constant(texts), **settings)
    found = (text.decode("utf-8", "replace") for text in outputs["text"])
    return [results.Generation(*pair) for pair in zip(texts, found, strict=True)]


def continuation(predictor: Predictor, text: str, options: Mapping[str, Any]) -> Iterator[str]:
    """What comes after a prompt, piece by piece; together they are `Generation.continuation`."""
    for name, value in options.items():
        _check(name, value)
    settings = _settings(predictor, options, 1)
    length = int(settings.pop("length")[0])
    state = predictor.signatures["prompt"](text=tf.constant([text]))
    key, done = state["key"], 0
    while done < length and not (done and bool(state["over"][0])):
        piece = min(PIECE, length - done)
        state = predictor.signatures["extend"](
            last=state["last"],
            key=key,
            state=state["state"],
            first=tf.constant([done]),
            length=tf.constant([piece]),
            **settings,
        )
        done += piece
        yield state["text"][0].numpy().decode("utf-8", "replace")


def _translation(
    predictor: Predictor, texts: Sequence[str], *, n_best: int = 1, attention: bool = False
) -> list[results.Result]:
    most = predictor.settings["n_best"]
    if n_best > most:
        raise InputError(
            f"n_best: expected at most {most}, the number of beams the run was saved with, found "
            f"{n_best}. Ask for fewer, or train with more --beams."
        )
    outputs = _call(predictor.signatures[SERVING], text=tf.constant(texts))
    found: list[results.Result] = []
    for n, text in enumerate(texts):
        row = _row(outputs, n)
        ways = zip(row["n_best"][:n_best], row["scores"][:n_best], strict=True)
        hypotheses = tuple(results.Hypothesis(way, score) for way, score in ways if score > -np.inf)
        looked = _attention(predictor, text) if attention else None
        found.append(results.Translation(text, hypotheses, looked))
    return found


def _attention(predictor: Predictor, text: str) -> results.Attention:
    outputs = _call(predictor.signatures["align"], text=tf.constant([text]))
    source, target = (
        tuple(token.decode().replace(BLANK, "␣") for token in outputs[name][0] if token)
        for name in ("source", "target")
    )
    weights = outputs["attention"][0, : len(target), : len(source)]
    return results.Attention(source, target, weights)


ANSWERS: dict[str, Callable[..., list[results.Result]]] = {
    "classification": _classification,
    "multilabel_classification": _multilabel,
    "tagging": _tagging,
    "generation": _generation,
    "translation": _translation,
}
