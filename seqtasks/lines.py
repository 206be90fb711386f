"""One prediction as a line to print, or as JSON: one pair of functions for each kind of output."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

Output = Mapping[str, Any]  # what `serve` gives, of one text


class Lines(NamedTuple):
    """How one kind of prediction is shown.

    Attributes:
        plain: (text, output, whether in colour) -> a line.
        content: (text, output) -> what its JSON holds.
    """

    plain: Callable[[str, Output, bool], str]
    content: Callable[[str, Output], dict[str, Any]]


def lines_of(output: Output) -> Lines:
    """The functions for what a run's predictor gives, told by the names of its outputs."""
    for name, lines in KINDS.items():
        if name in output:
            return lines
    raise ValueError(f"Expected an output out of {', '.join(KINDS)}. Received {list(output)}.")


def _probabilities(output: Output) -> dict[str, float]:
    classes = (name.decode() for name in output["classes"])
    return dict(zip(classes, output["probabilities"].tolist(), strict=True))


def _label(text: str, output: Output, colour: bool) -> str:
    label = output["label"].decode()
    return f"{label}\t{_probabilities(output)[label]:.3f}\t{text}"


def _label_content(text: str, output: Output) -> dict[str, Any]:
    label = output["label"].decode()
    return {"text": text, "label": label, "probabilities": _probabilities(output)}


def _items(output: Output, names: Mapping[str, str], padded_by: str) -> list[dict[str, Any]]:
    """Columns padded with "" and -1 as a list of records.

    Args:
        output: of one text.
        names: of the record's entries: of the columns.
        padded_by: the column that is "" from where the padding begins.
    """
    count = int(np.sum(output[padded_by] != b""))
    columns = []
    for name in names.values():
        values = output[name][:count].tolist()
        columns.append([v.decode() if isinstance(v, bytes) else v for v in values])
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


TOKEN = {"text": "tokens", "tag": "tags", "start": "starts", "end": "ends"}
TOKEN |= {"confidence": "confidence"}
SPAN = {name: f"span_{name}s" for name in ("type", "text", "start", "end")}
SPAN |= {"confidence": "span_confidence"}


def _tags_content(text: str, output: Output) -> dict[str, Any]:
    content: dict[str, Any] = {"text": output["text"].decode()}  # that places are counted in
    content["tokens"] = _items(output, TOKEN, "tokens")
    if "span_types" in output:
        content["spans"] = _items(output, SPAN, "span_texts")
    return content


def _tags(text: str, output: Output, colour: bool) -> str:
    """`[Anna PER] sings`, or `Anna/PROPN sings/VERB` where the tags mark no spans."""
    content = _tags_content(text, output)
    text = content["text"]
    if "spans" not in content:
        form = "{}\033[2m/{}\033[0m" if colour else "{}/{}"
        return " ".join(form.format(token["text"], token["tag"]) for token in content["tokens"])
    types = sorted({span["type"] for span in content["spans"]})
    marked, end = "", 0
    for span in content["spans"]:
        shade = 41 + types.index(span["type"]) % 6
        form = f"\033[97;{shade}m {{}} \033[1m{{}}\033[0m" if colour else "[{} {}]"
        marked += text[end : span["start"]] + form.format(span["text"], span["type"])
        end = span["end"]
    return marked + text[end:]


KINDS = {
    "label": Lines(_label, _label_content),
    "tags": Lines(_tags, _tags_content),
}
