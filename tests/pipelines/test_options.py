"""Options: bounds, flat names, groups."""

import dataclasses
import json
import math

import pytest

from seqtasks import tasks
from seqtasks.errors import InputError
from seqtasks.pipelines.options import Options, flat, groups, with_options

EVERY_TASK = tasks.names()


@pytest.mark.parametrize("name", EVERY_TASK)
def test_names_are_unique_over_all_groups(name):
    names = [
        f.name for _, group in groups(tasks.find(name).config) for f in dataclasses.fields(group)
    ]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", EVERY_TASK)
def test_options_survive_json(name):
    config = tasks.find(name).config
    read = json.loads(json.dumps(flat(config)))
    assert with_options(config, read, name) == config


@pytest.mark.parametrize("name", EVERY_TASK)
def test_every_option_has_a_docstring(name):
    """tyro shows the string under a field, in the source of the group's class or of its base."""
    import inspect

    for _, group in groups(tasks.find(name).config):
        sources = "".join(
            inspect.getsource(c) for c in type(group).__mro__ if c.__module__ != "builtins"
        )
        for field in dataclasses.fields(group):
            after = sources.split(f"    {field.name}: ", 1)[1].splitlines()[1]
            assert after.strip().startswith('"""'), f"{type(group).__name__}.{field.name}"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"epochs": 0}, "--epochs: expected at least 1, found 0"),
        ({"epochs": 2.5}, "--epochs: expected a whole number, found 2.5"),
        ({"epochs": "3"}, "--epochs: expected a whole number, found '3'"),
        ({"epochs": True}, "--epochs: expected a whole number, found True"),
        ({"learning_rate": 0}, "--learning-rate: expected more than 0, found 0"),
        ({"learning_rate": math.nan}, "--learning-rate: expected more than 0, found nan"),
        ({"clip_norm": -1.0}, "--clip-norm: expected at least 0, found -1.0"),
        ({"seed": 5_000_000_000}, "--seed: expected at least 0 and at most 4,294,967,295"),
        ({"optimizer": "adamw"}, "--optimizer: expected one of 'adam', 'rmsprop', 'sgd'"),
        ({"patience": 0}, "--patience: expected at least 1"),
        ({"data": 3}, "--data: expected a text, found 3"),
        ({"epoch": 3}, r"Options has no option 'epoch'\. Did you mean epochs"),
    ],
)
def test_values_out_of_bounds_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        with_options(Options(), options, "Options")


@pytest.mark.parametrize(
    ("task", "options"),
    [
        ("sentiment", {"prior_correction": 0}),
        ("sentiment", {"clip_norm": 0, "ema_momentum": 0, "patience": None}),
        ("translation", {"length_penalty": 0, "coverage_penalty": 0, "scheduled_sampling": 1}),
        ("generation", {"temperature": 0}),
        ("ner", {"recall_margin": 0, "word_dropout_alpha": 0}),
    ],
)
def test_values_with_a_meaning_are_accepted(task, options):
    config = with_options(tasks.find(task).config, options, task)
    assert {name: flat(config)[name] for name in options} == options


@pytest.mark.parametrize(
    ("task", "options", "message"),
    [
        ("translation", {"scheduled_sampling": 5}, "--scheduled-sampling: expected"),
        ("sentiment", {"dropout": 1.0}, "--dropout: expected at least 0 and less than 1"),
        ("sentiment", {"members": ()}, "--members: expected at least one value"),
        ("sentiment", {"members": ["bert"]}, "--members: expected one of 'recurrent'"),
    ],
)
def test_other_bounds(task, options, message):
    with pytest.raises(InputError, match=message):
        with_options(tasks.find(task).config, options, task)


def test_lists_and_numpy_numbers_are_kept_as_python_has_them():
    import numpy as np

    config = with_options(
        tasks.find("sentiment").config, {"members": ["ngram"], "units": np.int64(7)}, "sentiment"
    )
    assert flat(config)["members"] == ("ngram",) and type(flat(config)["units"]) is int
    for given in ("balanced", ["balanced"], ("balanced",)):
        config = with_options(config, {"class_weight": given}, "sentiment")
        assert flat(config)["class_weight"] == ("balanced",)
