"""Recipes: one module a task, with a docstring, a frozen `Config` and `build(config) -> Task`.

Recipes import what is heavy inside `build`, so that `train.py --help` answers at once.
"""

from types import SimpleNamespace

from tasks import generation, sentiment, tagging, translation

TASKS = {
    "sentiment": sentiment,
    "pos": SimpleNamespace(Config=tagging.Pos, build=tagging.build),
    "ner": SimpleNamespace(Config=tagging.Ner, build=tagging.build),
    "generation": generation,
    "translation": translation,
}
