"""A small run that nobody has trained, exported as runs are; and shards of rows."""

import gzip
import json
import random

import keras
import numpy as np
import pytest

from seqtasks.models import ClassifierEnsemble, ConvolutionalClassifier
from seqtasks.predictors import LabelPredictor
from seqtasks.runs.manifest import Manifest, write_manifest
from seqtasks.runs.saved_predictor import export
from seqtasks.text import Tokenizer

WORDS = "the soup was not at all bad good fine món phở không hề ngon".split()


@pytest.fixture(scope="session")
def small_run(tmp_path_factory):
    """The folder of a run, as far as prediction reads it."""
    folder = tmp_path_factory.mktemp("offline") / "run"
    folder.mkdir()
    keras.utils.set_random_seed(2)
    tokenizer = Tokenizer.fit([" ".join(WORDS)], "words", max_size=50, max_length=30)
    sizes = {"vocabulary_size": len(tokenizer.vocabulary), "labels": 2, "embedding_size": 8}
    model = ClassifierEnsemble([ConvolutionalClassifier(**sizes, filters=4, widths=[2, 3])])
    model.build((None, None))
    rng = np.random.default_rng(2)
    for weight in model.trainable_weights:
        weight.assign(rng.normal(size=weight.shape))
    predictor = LabelPredictor(tokenizer, model, ["bad", "good"])
    export(folder, predictor)
    signatures = (*predictor.signatures,)
    labels = ("bad", "good")
    write_manifest(folder, Manifest("sentiment", predictor.kind, signatures, {}, 1, 1, labels))
    return folder


@pytest.fixture
def write_shards():
    """`write_shards(folder, shards, rows)`: JSON lines, every second one gzipped; 1 % is bad."""

    def write(folder, shards, rows):
        folder.mkdir(parents=True)
        rng, number, good, bad = random.Random(3), 0, set(), []
        for shard in range(shards):
            name = f"part-{shard:03d}.jsonl" + (".gz" if shard % 2 else "")
            opened = gzip.open if shard % 2 else open
            with opened(folder / name, "wt", encoding="utf-8") as file:
                for line in range(1, rows + 1):
                    number += 1
                    row = {"id": number, "text": " ".join(rng.choices(WORDS, k=8)), "by": ["x", {}]}
                    if number % 100 == 50:
                        bad.append((name, line))
                        wrong = ["{broken", json.dumps({"id": number}), "[1]"][number // 100 % 3]
                        file.write(wrong + "\n")
                    else:
                        good.add(number)
                        file.write(json.dumps(row, ensure_ascii=False) + "\n")
        return good, bad

    return write


@pytest.fixture
def read_output():
    """`read_output(folder)`: ids of the rows in the output in order of files, and bad rows."""

    def read(folder):
        ids, bad = [], []
        for path in sorted(folder.glob("part-*.jsonl*")):
            opened = gzip.open if path.name.endswith(".gz") else open
            with opened(path, "rt", encoding="utf-8") as file:
                rows = [json.loads(line) for line in file]
            assert all(row["by"] == ["x", {}] and row["prediction"]["label"] for row in rows)
            ids += [row["id"] for row in rows]
        for path in folder.glob("bad/*.jsonl"):
            for row in map(json.loads, path.read_text("utf-8").splitlines()):
                assert row["reason"].startswith("expected")
                bad.append((row["file"], row["row"]))
        return ids, sorted(bad)

    return read
