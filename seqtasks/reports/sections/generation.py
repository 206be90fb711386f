"""What a language model writes, and how much a text surprises it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from seqtasks.reports.page import Markup, element
from seqtasks.reports.page.elements import joined
from seqtasks.reports.record import RunRecord, scored_rows
from seqtasks.text.text_boundaries import word_break

TEMPERATURES = 0.5, 0.8, 1.0
LENGTH = 300  # tokens of a sample
PROMPT, SHADED = 40, 240  # characters
MOST = 8.0  # nats: the darkest shade


def generated_samples(record: RunRecord) -> Markup | None:
    """Continuations of the beginning of the scored text at three temperatures."""
    rows = scored_rows(record.rows)
    if record.kind != "generation" or record.functions is None or not rows:
        return None
    prompt = _beginning(rows[0]["text"], PROMPT)
    length = min(LENGTH, int(record.config.get("length", LENGTH)))
    parts = [
        joined(
            element("h3", f"Temperature {temperature:g}"),
            element(
                "div",
                element("mark", prompt),
                record.functions.answer(
                    prompt, temperature=temperature, length=length
                ).continuation,
                class_="sample",
            ),
        )
        for temperature in TEMPERATURES
    ]
    note = f"The marked text is the prompt: the beginning of the {record.split} split. Seed 0."
    return joined(element("p", note, class_="note"), parts)


def surprise(record: RunRecord) -> Markup | None:
    """The beginning of the scored text, each part shaded by its negative log-probability."""
    rows = scored_rows(record.rows)
    functions = record.functions
    if record.kind != "generation" or not rows:
        return None
    if functions is None or functions.log_probability is None:
        return None
    text = _beginning(rows[0]["text"], SHADED)
    characters = record.config.get("tokenizer", "character") == "character"
    parts = [*text] if characters else _words(text)
    ends = ["".join(parts[: n + 1]) for n in range(len(parts))]
    nats = -np.diff(functions.log_probability(ends), prepend=0.0)
    shaded = [
        element(
            "span",
            part,
            style=f"background:rgba(213,94,0,{min(max(value, 0) / MOST, 1):.2f})",
            title=f"{value:.2f} nats, probability {math.exp(-max(value, 0)):.3g}",
        )
        for part, value in zip(parts, nats.tolist(), strict=True)
    ]
    unit = "character" if characters else "word"
    worst = sorted(range(len(parts)), key=lambda n: -nats[n])[:5]
    said = ", ".join(f"{parts[n].strip()!r} {nats[n]:.1f}" for n in worst)
    note = (
        f"The darker, the less the model expected the {unit} after all before it: white is "
        f"certain, the darkest {MOST:g} nats or more. Mean {nats.mean():.2f} nats a {unit}; the "
        f"most surprising are {said}."
    )
    return joined(element("p", note, class_="note"), element("div", shaded, class_="shaded"))


def _beginning(text: str, size: int) -> str:
    """The first characters of a text, cut between words."""
    return text if len(text) <= size else text[: word_break(text, size) or size]


def _words(text: str) -> Sequence[str]:
    """A text cut before each blank that a word follows."""
    parts: list[str] = []
    for character in text:
        begins = character.isspace() and not (parts and parts[-1].isspace())
        if parts and not begins:
            parts[-1] += character
        else:
            parts.append(character)
    return parts
