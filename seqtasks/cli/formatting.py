"""Results as lines to print."""

from __future__ import annotations

import functools

from seqtasks import results
from seqtasks.explanations import Explanation
from seqtasks.results import as_json

DIM, BOLD, RESET = "\033[2m", "\033[1m", "\033[0m"


@functools.singledispatch
def as_line(result: results.Result, colour: bool = False) -> str:
    """A result as a person reads it; one of an unknown kind as JSON."""
    return as_json(result)


@as_line.register
def _(result: results.Classification, colour: bool = False) -> str:
    return f"{result.label}\t{result.probabilities[result.label]:.3f}\t{result.text}"


@as_line.register
def _(result: results.MultilabelClassification, colour: bool = False) -> str:
    """`lecturer|positive<TAB>0.981|0.872<TAB>the text`; a text without labels begins with tabs."""
    shares = (f"{result.probabilities[label]:.3f}" for label in result.labels)
    return f"{'|'.join(result.labels)}\t{'|'.join(shares)}\t{result.text}"


@as_line.register
def _(result: results.Tagging, colour: bool = False) -> str:
    """`[Anna PER] sings`, or `Anna/PROPN sings/VERB` where the tags mark no spans."""
    if result.spans is None:
        form = f"{{}}{DIM}/{{}}{RESET}" if colour else "{}/{}"
        return " ".join(form.format(t.text, t.lemma or t.tag) for t in result.tokens)
    types = sorted({span.type for span in result.spans})
    marked, end = "", 0
    for span in result.spans:
        shade = 41 + types.index(span.type) % 6
        form = f"\033[97;{shade}m {{}} {BOLD}{{}}{RESET}" if colour else "[{} {}]"
        marked += result.text[end : span.start] + form.format(span.text, span.type)
        end = span.end
    return marked + result.text[end:]


@as_line.register
def _(result: results.Generation, colour: bool = False) -> str:
    return result.text + result.continuation


@as_line.register
def _(result: results.Translation, colour: bool = False) -> str:
    """The translation; of several, a line each with its score, under the source."""
    if len(result.n_best) <= 1:
        return result.translation
    lines = [f"{way.score:.3f}\t{way.translation}" for way in result.n_best]
    return "\n".join([f"{result.text}:", *lines])


def as_contributions(explanation: Explanation) -> str:
    """An explanation as a table: a line for each word, what it adds to the log-odds."""
    what = f"{explanation.target}: " if explanation.target is not None else ""
    title = f"  {what}{explanation.label}, log-odds {explanation.log_odds:+.2f}"
    if explanation.blank_log_odds is not None:
        title += f" ({explanation.blank_log_odds:+.2f} without any word)"
    columns = {
        "leave-one-out": [f"{word.leave_one_out:+.2f}" for word in explanation.words],
        "gradients": [_signed(word.integrated_gradients) for word in explanation.words],
        "attention": [_signed(word.attention, "") for word in explanation.words],
    }
    columns = {name: values for name, values in columns.items() if any(values)}
    words = [word.text for word in explanation.words]
    width = max(map(len, [*words, "word"]))
    lines = ["word".ljust(width) + "".join(f"  {name}" for name in columns)]
    for n, word in enumerate(words):
        cells = (values[n].rjust(len(name) + 2) for name, values in columns.items())
        lines.append(word.ljust(width) + "".join(cells))
    return "\n".join([title, *(f"    {line}" for line in lines)]) + "\n"


def _signed(value: float | None, sign: str = "+") -> str:
    return "" if value is None else f"{value:{sign}.2f}"
