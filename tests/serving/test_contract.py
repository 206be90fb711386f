"""The table of signatures in `docs/serving.md`, held against the SavedModels themselves."""

import re
from pathlib import Path

import keras
import pytest

from seqtasks.features import WordFeatures
from seqtasks.models import LinearTagger, MultilabelEnsemble, RecurrentClassifier, Tagger
from seqtasks.predictors import LemmaPredictor, MultilabelPredictor
from seqtasks.runs import Run
from seqtasks.runs.manifest import Manifest, write_manifest
from seqtasks.runs.saved_predictor import export
from seqtasks.text import Lemmatizer, Tokenizer, split_words

PAGE = Path(__file__).parent.parent.parent / "docs" / "serving.md"
ARGUMENT = re.compile(r"`(\w+)` (\w+) \[([\w, ]+)\]")


def documented():
    """Inputs and outputs, name -> (dtype, names of the axes), by kind and signature."""
    found = {}
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if not (line.startswith("| ") and len(cells) == 4 and "[batch" in line):
            continue
        kind, signatures, *sides = cells
        for name in re.findall(r"`(\w+)`", signatures):
            found[kind, name] = [
                {key: (dtype, axes.split(", ")) for key, dtype, axes in ARGUMENT.findall(side)}
                for side in sides
            ]
    return found


CONTRACT = documented()


def expected(*kinds):
    """What rows of the table say together, by signature."""
    names = {name for kind, name in CONTRACT if kind in kinds}
    return {
        name: [
            {k: v for kind in kinds for k, v in CONTRACT.get((kind, name), ({}, {}))[n].items()}
            for n in (0, 1)
        ]
        for name in names
    }


def multilabel():
    keras.utils.set_random_seed(0)
    tokenizer = Tokenizer.fit(["good bad"], split_words, max_size=9, max_length=30)
    network = RecurrentClassifier(
        len(tokenizer.vocabulary), 2, embedding_size=4, units=4, pooling=["attention"]
    )
    model = MultilabelEnsemble([network])
    model.build((None, None))
    return MultilabelPredictor(tokenizer, model, ["a", "b"])


def lemmas():
    pairs = [("Cats", "cat"), ("ran", "run"), ("a", "a")]
    lemmatizer = Lemmatizer.fit(pairs)
    features = WordFeatures.fit(["Cats ran a"], max_words=9)
    count = len(lemmatizer.rules)
    model = Tagger([LinearTagger(count, buckets=9)], count, transitions=False)
    model.build((None, None, features.width))
    return LemmaPredictor(features, model, [(None, rule) for rule in lemmatizer.rules], lemmatizer)


def saved(path, predictor):
    path.mkdir()
    export(path, predictor)
    signatures = (*predictor.signatures,)
    write_manifest(path, Manifest("any", predictor.kind, signatures, predictor.settings, 1, 1))
    return path


SPANS, LEMMAS = "tagging of spans, beside these", "tagging of lemmas, beside these"
POOLED = "both, where a network pools by attention"


@pytest.mark.parametrize(
    ("kinds", "make"),
    [
        (["classification"], "sentiment"),
        (["multilabel_classification", POOLED], multilabel),
        (["tagging", SPANS], "ner"),
        (["tagging", LEMMAS], lemmas),
        (["translation"], "translation"),
        (["generation"], "generation"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_signatures_are_those_of_the_page(runs, tmp_path, kinds, make):
    run = Run(runs[make] if isinstance(make, str) else saved(tmp_path / "run", make()))
    assert run.kind == kinds[0]
    signatures = run.predictor.signatures
    page = expected(*kinds)
    assert {*signatures} == {*page}
    for name, function in signatures.items():
        inputs, outputs = page[name]
        given = function.structured_input_signature[1]
        for told, specs in ((inputs, given), (outputs, function.structured_outputs)):
            assert {*told} == {*specs}, name
            for key, (dtype, axes) in told.items():
                assert (specs[key].dtype.name, specs[key].shape.rank) == (dtype, len(axes)), key
                assert axes[0] == "batch" and specs[key].shape[0] is None


def test_the_table_is_read():
    assert len(CONTRACT) == 18
    assert {*CONTRACT["generation", "prompt"][1]} == {"state", "last", "key"}
