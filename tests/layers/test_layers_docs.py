"""The examples of `docs/layers.md` and of the docstrings run as they stand."""

import re
from pathlib import Path

import keras
import pytest

from seqtasks import layers

PAGE = (Path(__file__).parents[2] / "docs" / "layers.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"### (\d+\. [^\n]+)\n\n```python\n(.*?)```", PAGE, flags=re.DOTALL))


@pytest.mark.parametrize("title", EXAMPLES)
def test_the_example_runs(title):
    exec(EXAMPLES[title], {})


def test_the_page_names_every_layer():
    for name in layers.__all__:
        assert f"`{name}" in PAGE, name
        assert any(re.search(rf"\b{name}\(", code) for code in EXAMPLES.values()) or name in (
            "SimpleRNNCell",
            "LayerNormGRUCell",
        )


@pytest.mark.parametrize("name", layers.__all__)
def test_the_example_of_the_docstring_runs(name):
    (line,) = re.findall(r">>> (.+)", getattr(layers, name).__doc__)
    exec(line, {**vars(layers), "keras": keras})
