"""Recipes: one module a task, with a docstring, a frozen `Config` and `build(config) -> Task`.

Recipes import what is heavy inside `build`, so that `train.py --help` answers at once.
"""

from tasks import sentiment

TASKS = {"sentiment": sentiment}
