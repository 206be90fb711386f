"""`predictions.jsonl`: the rows that the scores were computed from, once and in order."""

import json
import types

import keras
import numpy as np
import pytest
import sacrebleu
import tensorflow as tf
from sklearn.metrics import accuracy_score, f1_score

import seqtasks
from seqtasks.data import Splits, Stream
from seqtasks.data.samples import sentiment
from seqtasks.metrics import language_model_scores
from seqtasks.pipelines.scoring.labels import label_test_scores
from seqtasks.runs.manifest import Manifest, write_manifest
from seqtasks.runs.predictions_file import pool_predictions, writing_predictions

ROWS = list(sentiment.streams()["train"])[:120]


def lines_of(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@pytest.fixture(autouse=True)
def the_report_opens(tmp_path, opened_where_possible):
    """Of every run that is trained here, and has the scores of the run."""
    yield
    report = tmp_path / "run" / "report.html"
    if page := opened_where_possible(report) if report.exists() else None:
        scores = json.loads((report.parent / "scores.json").read_text("utf-8"))
        shown = page.locator("#scores table").first.locator("tbody tr").all_inner_texts()
        plain = [n for n, v in scores.items() if isinstance(v, float) and "baseline" not in n]
        assert [row.split()[:2] for row in shown] == [[n, f"{scores[n]:,.4f}"] for n in plain]
        assert page.locator("#settings pre").count() == 1


def trained(tmp_path, task, data, **options):
    run = seqtasks.train(task, data, out=tmp_path / "run", epochs=1, verbose=0, **options)
    return run, lines_of(run.path / "predictions.jsonl")


class TestWriting:
    def test_the_file_is_there_when_all_is_written(self, tmp_path):
        path = tmp_path / "predictions.jsonl"
        with writing_predictions(path) as write:
            write({"text": "phở\n\x00", "confidence": 0.5})
            write({"text": "\ud800", "tokens": ["a"], "score": float("nan")})
            assert not path.exists()
        assert lines_of(path) == [
            {"text": "phở\n\x00", "confidence": 0.5},
            {"text": "\ud800", "tokens": ["a"], "score": None},
        ]
        assert "phở" in path.read_text("utf-8")

    def test_no_rows_no_file(self, tmp_path):
        with writing_predictions(tmp_path / "predictions.jsonl"):
            pass
        assert not [*tmp_path.iterdir()]

    def test_a_failure_leaves_the_old_file(self, tmp_path):
        path = tmp_path / "predictions.jsonl"
        path.write_text("{}\n")
        with pytest.raises(KeyboardInterrupt), writing_predictions(path) as write:
            write({"text": "half"})
            raise KeyboardInterrupt
        assert path.read_text() == "{}\n"

    def test_pooled(self, tmp_path):
        for name, texts in (("fold-1", ["a", "b"]), ("fold-2", []), ("fold-3", ["c"])):
            (tmp_path / name).mkdir()
            with writing_predictions(tmp_path / name / "predictions.jsonl") as write:
                for text in texts:
                    write({"text": text})
            manifest = Manifest("sentiment", "classification", ("serving_default",), {}, 1, 1)
            write_manifest(tmp_path / name, manifest)
        members = [({"fold": n}, tmp_path / f"fold-{n}") for n in (1, 2, 3)]
        pool_predictions(tmp_path / "all.jsonl", members)
        assert lines_of(tmp_path / "all.jsonl") == [
            {"fold": 1, "text": "a"},
            {"fold": 1, "text": "b"},
            {"fold": 3, "text": "c"},
        ]


def test_the_test_split_is_read_once_for_scores_and_rows():
    read, written = [], []

    def rows():
        read.append(1)
        yield from enumerate(ROWS[:9], start=1)

    def serve(text):
        count = len(text)
        outputs = {"label": ["negative"] * count, "probabilities": [[0.75, 0.25]] * count}
        return {name: tf.constant(value) for name, value in outputs.items()}

    predictor = types.SimpleNamespace(signatures={"serving_default": serve})
    train, test = Stream("train", lambda: iter(enumerate(ROWS))), Stream("test", rows)
    label_test_scores(predictor, written.append, splits=Splits(train, train, test), seed=0)
    assert read == [1]
    assert written == [
        {"text": text, "reference": label, "prediction": "negative", "confidence": 0.75}
        for text, label in ROWS[:9]
    ]


def test_parts_of_documents_come_in_order_whatever_their_lengths():
    seen = []

    def read(texts, before):
        lengths = np.array([float(len(text)) for text in texts])
        return -lengths, lengths.astype(int), 0 * lengths.astype(int)

    texts = ["long " * 9000, "a", "some text", "b"]
    pieces = [(text, True) for text in texts]
    language_model_scores(read, pieces, on_part=lambda *part: seen.append(part))
    assert "".join(part[0] for part in seen) == "".join(texts)
    assert [part[1] for part in seen] == [True, False, True, True, True]
    assert all(part[2:] == (-len(part[0]), len(part[0])) for part in seen)


def test_labels(tmp_path):
    run, lines = trained(tmp_path, "sentiment", ROWS, members=("ngram",))
    assert len(lines) == run.scores["rows"]["test"]
    columns = [[line[name] for line in lines] for name in ("reference", "prediction")]
    assert run.scores["accuracy"] == accuracy_score(*columns)
    assert run.scores["macro_f1"] == pytest.approx(f1_score(*columns, average="macro"))
    for line, result in zip(lines, run([line["text"] for line in lines]), strict=True):
        assert line["prediction"] == result.label
        assert line["confidence"] == pytest.approx(result.probabilities[result.label], abs=1e-6)


@pytest.mark.slow
def test_several_labels(tmp_path):
    rows = [(text, f"{label}|long" if len(text) > 40 else label) for text, label in ROWS]
    run, lines = trained(tmp_path, "sentiment", rows, members=("ngram",), multilabel=True)
    exact = [set(line["reference"]) == set(line["prediction"]) for line in lines]
    assert run.scores["exact_match"] == pytest.approx(sum(exact) / len(exact))
    assert all(len(line["prediction"]) == len(line["confidence"]) for line in lines)


@pytest.mark.slow
@pytest.mark.parametrize("task", ["pos", "ner", "lemmas"])
def test_tags(tmp_path, task):
    seen = {"pos": "X Y Z", "ner": "B-A I-A O", "lemmas": "a see dog"}[task]
    rows = [(f"a saw{n} dogs", seen) for n in range(60)]
    if task == "lemmas":
        rows = [("a saw dogs .", "a see dog ."), ("dogs saw a .", "dog see a .")] * 30
        rows = [(f"{tokens} {n}", f"{lemmas} {n}") for n, (tokens, lemmas) in enumerate(rows)]
    small = {"members": ("linear",), "transitions": task == "ner"}
    run, lines = trained(tmp_path, task, rows, **small)
    assert len(lines) == run.scores["rows"]["test"]
    pairs = [
        (a == b)
        for line in lines
        for a, b in zip(line["reference"], line["prediction"], strict=True)
    ]
    assert run.scores["accuracy"] == pytest.approx(sum(pairs) / len(pairs))
    for line, result in zip(lines, run(tokens=[line["tokens"] for line in lines]), strict=True):
        found = [token.lemma if task == "lemmas" else token.tag for token in result.tokens]
        assert line["prediction"] == found
        confidence = [token.confidence for token in result.tokens]
        assert line["confidence"] == pytest.approx(confidence, abs=1e-6)


@pytest.mark.slow
def test_translations(tmp_path):
    rows = [(f"number {n} .", f"số {n} .") for n in range(40)]
    data = {"train": rows, "dev": rows[:9], "test": rows[:9]}
    small = {"units": 8, "embedding_size": 8, "beams": 2, "vocabulary_size": 60}
    run, lines = trained(tmp_path, "translation", data, **small)
    assert [(line["source"], line["reference"]) for line in lines] == rows[:9]
    predictions = [line["prediction"] for line in lines]
    bleu = sacrebleu.corpus_bleu(predictions, [[target for _, target in rows[:9]]])
    assert run.scores["bleu"] == pytest.approx(bleu.score)
    for line, result in zip(lines, run([source for source, _ in rows[:9]]), strict=True):
        assert line["prediction"] == result.translation
        assert line["score"] == pytest.approx(result.n_best[0].score, abs=1e-5)


@pytest.mark.slow
def test_documents(tmp_path):
    documents = [f"document {n} " * (n % 7 + 1) for n in range(120)]
    run, lines = trained(tmp_path, "generation", documents, units=8, batch_size=4)
    assert len(lines) == run.scores["rows"]["test"]
    assert [line["document"] for line in lines] == [*range(1, len(lines) + 1)]
    total = sum(line["nats_per_token"] * line["tokens"] for line in lines)
    tokens = sum(line["tokens"] for line in lines)
    assert tokens == run.scores["tokens"]
    assert run.scores["nats_per_token"] == pytest.approx(total / tokens, rel=1e-5)
    assert keras.ops.isfinite(total)
