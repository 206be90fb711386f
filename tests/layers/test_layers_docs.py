"""The examples of `docs/layers.md` and of the docstrings run as they stand."""

import re
from pathlib import Path

import keras
import pytest

from seqtasks import layers

PAGE = (Path(__file__).parents[2] / "docs" / "layers.md").read_text(encoding="utf-8")
SECTIONS = re.findall(r"### (\d+\. [^\n]+)\n(.*?)(?=\n##|\Z)", PAGE, flags=re.DOTALL)
EXAMPLES = {
    f"{title}, {n}": code
    for title, text in SECTIONS
    for n, code in enumerate(re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL), start=1)
}
TABLES = {"ATTENTIONS", "CELLS"}  # of names: no examples of their own


@pytest.mark.parametrize("title", EXAMPLES)
def test_the_example_runs(title):
    exec(EXAMPLES[title], {"__name__": "example"})


def test_no_code_of_the_page_is_left_out():
    assert len(EXAMPLES) == PAGE.count("```python")
    assert len({title.partition(".")[0] for title in EXAMPLES}) == len(SECTIONS) == 19


def test_the_page_names_every_layer():
    for name in layers.__all__:
        assert f"`{name}" in PAGE, name
        used = any(re.search(rf"\b{name}\b", code) for code in EXAMPLES.values())
        assert used or name in TABLES, name
    for name in (*layers.CELLS, *layers.ATTENTIONS):
        assert f'`"{name}"`' in PAGE, name


@pytest.mark.parametrize("name", [name for name in layers.__all__ if name not in TABLES])
def test_the_example_of_the_docstring_runs(name):
    (line,) = re.findall(r">>> (.+)", getattr(layers, name).__doc__)
    exec(line, {**vars(layers), "keras": keras})
