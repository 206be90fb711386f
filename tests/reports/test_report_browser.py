"""Reports in a headless browser: no error, nothing from outside, usable by mouse and keyboard."""

import dataclasses
import json

import pytest

import seqtasks
from seqtasks.data.samples import sentiment
from seqtasks.reports import write_report

KINDS = [
    ("classification", "tags"),
    ("multilabel_classification", "tags"),
    ("tagging", "tags"),
    ("tagging", "spans"),
    ("tagging", "lemmas"),
    ("translation", "tags"),
    ("generation", "tags"),
]


@pytest.mark.parametrize(("kind", "targets"), KINDS)
def test_every_kind_opens(record, opened, tmp_path, kind, targets):
    made = record(kind, rows=80, targets=targets)
    page = opened(write_report(tmp_path, made))
    assert page.title() == f"Report of {made.name}"
    assert page.locator("section h2").count() >= 5
    assert page.locator("figure svg").count() >= 1
    opened(tmp_path / "report.html", width=360)


def test_a_cell_shows_its_texts(record, opened, tmp_path):
    made = record(rows=300)
    page = opened(write_report(tmp_path, made))
    labels = made.scores["labels"]
    hostile = made.rows[0]
    cell = f"{labels.index(hostile['reference'])}-{labels.index(hostile['prediction'])}"
    shown = page.locator("#confusions-shown")
    assert not shown.is_visible()
    for button in page.locator("button[data-cell]").all():
        button.focus()
        page.keyboard.press("Enter")
        count = int(button.get_attribute("data-count"))
        assert shown.locator("li").count() == min(count, 20)
        assert button.get_attribute("aria-pressed") == "true"
        assert page.locator("button[aria-pressed=true]").count() == 1
    page.locator(f'button[data-cell="{cell}"]').first.click()
    assert page.locator("img").count() == 0  # a text is never markup


def test_many_labels_and_rows(record, opened, tmp_path):
    made = record(rows=5_000, labels=200)
    opened(write_report(tmp_path, made))
    big = dataclasses.replace(record(rows=100_000, labels=5), functions=None)
    page = opened(write_report(tmp_path, big))
    cells = page.locator("#scores table tbody tr td:nth-child(2)").all_inner_texts()
    names = [
        name for name, v in big.scores.items() if isinstance(v, float) and "baseline" not in name
    ]
    assert cells == [f"{big.scores[name]:.4f}" for name in names]


def test_a_trained_run(finished, opened):
    folder, _ = finished
    page = opened(folder / "report.html")
    scores = json.loads((folder / "scores.json").read_text())
    shown = page.locator("#scores table tbody tr").first.inner_text().split()
    assert shown[:2] == ["accuracy", f"{scores['accuracy']:.4f}"]


ROWS = {
    "pos": [(f"a saw{n} dogs", "X Y Z") for n in range(40)],
    "ner": [(f"a saw{n} dogs", "B-A I-A O") for n in range(40)],
    "lemmas": [(f"a saw dogs {n}", f"a see dog {n}") for n in range(40)],
    "translation": [(f"number {n} .", f"số {n} .") for n in range(40)],
    "generation": [f"document {n} " * (n % 7 + 1) for n in range(120)],
    "language": [*sentiment.streams()["train"]][:120],
}
SMALL = {
    "translation": {"units": 8, "embedding_size": 8, "beams": 2, "vocabulary_size": 60},
    "generation": {"units": 8, "batch_size": 4, "length": 20},
    "language": {"members": ("ngram",)},
}


@pytest.mark.slow
@pytest.mark.parametrize("task", [*ROWS])
def test_every_task(opened, tmp_path, task):
    small = SMALL.get(task, {"members": ("linear",)})
    run = seqtasks.train(task, ROWS[task], out=tmp_path / "run", epochs=1, verbose=0, **small)
    page = opened(run.path / "report.html")
    titles = page.locator("h2").all_inner_texts()
    wanted = {
        "translation": "Translations",
        "generation": "Surprise",
        "language": "Confusions",
        "ner": "Score by label",
    }
    assert wanted.get(task, "Sentences") in titles
    name = next(name for name, value in run.scores.items() if isinstance(value, float))
    first = page.locator("#scores table tbody tr").first.inner_text().split()
    assert first[:2] == [name, f"{run.scores[name]:,.4f}"]
