"""The experiments of the laboratory by name."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import TypeVar

from seqtasks.errors import InputError
from seqtasks.lab.experiment import LabExperiment
from seqtasks.wording import did_you_mean

T = TypeVar("T")

# Name on the command line -> the module of `seqtasks.lab` whose EXPERIMENT it is.
EXPERIMENTS = {
    "gradient-flow": "gradient_flow",
    "adding": "adding",
    "long-distance": "long_distance",
    "word-order": "word_order",
    "cells": "cells",
    "cost": "cost",
    "gates": "gates",
    "prediction": "prediction",
}


def find_experiment(name: str) -> LabExperiment:
    """The experiment of a name.

    Raises:
        InputError: there is none of that name; the message has those there are.
    """
    if name not in EXPERIMENTS:
        meant = did_you_mean(name, EXPERIMENTS, "`{}`")
        raise InputError(f"no experiment '{name}'. {meant}There are: {', '.join(EXPERIMENTS)}.")
    return importlib.import_module(f"seqtasks.lab.{EXPERIMENTS[name]}").EXPERIMENT


def chosen(there: dict[str, T], names: Sequence[str] | None, option: str) -> dict[str, T]:
    """Those entries whose names an option has; all of them if it is None.

    Raises:
        InputError: a name that is not there.
    """
    for name in names or ():
        if name not in there:
            raise InputError(
                f"{option}: expected names out of {', '.join(map(repr, there))}; found {name!r}"
            )
    return {name: there[name] for name in names or there}
