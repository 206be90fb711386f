"""Translations on the command line: lines, JSON, and pictures of where the network looked."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf

from seqtasks.errors import InputError
from seqtasks.plots import attention_map
from seqtasks.text import BLANK


def translation_lines(
    serve: Callable[[tf.Tensor], dict[str, tf.Tensor]],
    texts: Sequence[str],
    *,
    best: int = 1,
    as_json: bool = False,
) -> list[str]:
    """The translations of each text, ready to be printed.

    Args:
        serve: of a `Translator`.
        texts: the source sentences.
        best: how many translations of each; more than one stand each in its line, indented but
            for the first, with its score before it.
        as_json: one JSON object a text instead.

    Raises:
        InputError: more translations wanted than the run gives.
    """
    outputs = serve(tf.constant(texts))
    found, scores = outputs["n_best"].numpy(), outputs["scores"].numpy()
    if best > found.shape[1]:
        raise InputError(
            f"--nbest {best}: expected at most {found.shape[1]}, the beams that the run was saved "
            "with. Ask for fewer, or train with more --beams."
        )
    lines = []
    for text, row, values in zip(texts, found[:, :best], scores[:, :best], strict=True):
        ways = [
            {"translation": way.decode(), "score": round(float(value), 4)}
            for way, value in zip(row, values, strict=True)
            if value > -float("inf")
        ]
        if as_json:
            content: dict[str, Any] = {"text": text, **(ways[0] if ways else {})}
            lines.append(
                json.dumps(content | ({"n_best": ways} if best > 1 else {}), ensure_ascii=False)
            )
        elif best == 1:
            lines.append(row[0].decode())
        else:
            lines += [f"{way['score']:.3f}\t{way['translation']}" for way in ways]
    return lines


def draw_attention(
    align: Callable[..., dict[str, tf.Tensor]], texts: Sequence[str], path: Path
) -> list[Path]:
    """A picture a text of where each token of its translation looked.

    Args:
        align: of a `Translator`.
        texts: the source sentences.
        path: of the first picture; the others are numbered: out.png, out-2.png, ...

    Returns:
        What was written.
    """
    written = []
    for number, text in enumerate(texts, start=1):
        outputs = {name: v.numpy()[0] for name, v in align(text=tf.constant([text])).items()}
        sides = [
            [token.decode().replace(BLANK, "␣") for token in outputs[name] if token]
            for name in ("source", "target")
        ]
        if not all(sides):
            raise InputError("--show-attention: expected a text with words in it, found none.")
        weights = outputs["attention"][: len(sides[1]), : len(sides[0])]
        one = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
        attention_map(one, weights, *sides)
        written.append(one)
    return written
