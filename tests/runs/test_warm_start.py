"""Runs that begin from finished ones: they know at once what those knew."""

import random

import pytest

import seqtasks
from seqtasks.errors import InputError

COLOURS = ("red", "blue", "green")
SMALL = {"units": 8, "filters": 8, "members": ("recurrent", "convolutional"), "verbose": 0}


def rows(labels, seed, more=()):
    draw = random.Random(seed)
    chosen = [draw.choice(labels) for _ in range(240)]
    return [(f"{c} {draw.choice('abcdefgh')} {draw.choice(more or ['x'])}", c) for c in chosen]


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "first"
    options = {**SMALL, "epochs": 6, "learning_rate": 0.02}
    run = seqtasks.train("sentiment", rows(COLOURS, 1), out=out, **options)
    assert run.scores["accuracy"] > 0.9
    return run


@pytest.mark.slow
def test_an_epoch_of_no_learning_keeps_what_was_learned(first, tmp_path, capsys):
    """With a learning rate of next to nothing the new run is the old one, new words apart."""
    options = {**SMALL, "epochs": 1, "learning_rate": 1e-9, "ema_momentum": 0.0}
    data = rows(COLOURS, 2, ("new", "words"))
    warm = seqtasks.train(
        "sentiment",
        data,
        out=tmp_path / "warm",
        **{**options, "verbose": 2},
        warm_start=first.path,
    )
    said = capsys.readouterr().out
    assert f"tensors of weights kept from {first.path}" in said
    assert "tokens: 3 added to 15" in said
    assert warm.scores["accuracy"] > 0.9
    assert warm.evaluate(rows(COLOURS, 1)) == {
        **first.evaluate(rows(COLOURS, 1)),
        "scored_on": "train rows",
    }
    cold = seqtasks.train("sentiment", data, out=tmp_path / "cold", **options)
    assert cold.scores["accuracy"] < 0.7
    again = seqtasks.train(
        "sentiment", data, out=tmp_path / "warm", resume=True, **options, warm_start=first.path
    )
    assert again.scores["accuracy"] == warm.scores["accuracy"]


@pytest.mark.slow
def test_other_labels(first, tmp_path, capsys):
    data = [(text, {"red": "warm"}.get(label, "cold")) for text, label in rows(COLOURS, 3)]
    options = {**SMALL, "epochs": 5, "learning_rate": 0.02, "verbose": 2}
    warm = seqtasks.train(
        "sentiment", data, out=tmp_path / "warm", **options, warm_start=first.path
    )
    assert "the labels differ" in capsys.readouterr().out
    assert warm.scores["accuracy"] > 0.9
    assert warm.manifest.labels == ("cold", "warm")


def test_what_a_run_cannot_begin_from(first, tmp_path):
    data = rows(COLOURS, 2)
    out = {"out": tmp_path / "run", "verbose": 0}
    with pytest.raises(InputError, match=r"is a run of sentiment, which ner cannot .*ner, pos"):
        seqtasks.train("ner", warm_start=first.path, **out)
    with pytest.raises(InputError, match="reads other tokens than this run shall"):
        seqtasks.train("language", data, warm_start=first.path, **out)
    with pytest.raises(InputError, match="no such folder"):
        seqtasks.train("sentiment", data, warm_start=tmp_path / "none", **out)
    with pytest.raises(InputError, match=r"no weight of .* fits this network"):
        seqtasks.train("sentiment", data, members=("ngram",), warm_start=first.path, **out)
