"""`seqtasks compare`: tables, p-values, pages, and runs that cannot be tested."""

import dataclasses
import json

import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.significance import PairedTest as SacrePairedTest
from sklearn.metrics import accuracy_score

from seqtasks.cli import main
from seqtasks.errors import InputError
from seqtasks.reports import compare_runs, comparison_page
from seqtasks.runs.json_files import write_json
from seqtasks.runs.manifest import Manifest, write_manifest
from seqtasks.runs.predictions_file import writing_predictions

KINDS = [
    ("classification", "tags"),
    ("multilabel_classification", "tags"),
    ("tagging", "spans"),
    ("translation", "tags"),
    ("generation", "tags"),
]


def another(record, rows, name="<b>other</b>"):
    """A run scored on the same rows with other predictions."""
    changed = [
        {**one, **{k: v for k, v in two.items() if k not in SAME}}
        for one, two in zip(record.rows, rows, strict=True)
    ]
    config = {**record.config, "units": 5}
    return dataclasses.replace(record, name=name, rows=changed, config=config)


SAME = "text", "tokens", "source", "reference"


def two_runs(record, kind="classification", targets="tags", rows=80):
    """The second has half of the first one's predictions, and is right elsewhere."""
    first = record(kind, rows=rows, targets=targets)
    answer = "reference" if kind != "generation" else "text"
    better = [
        {**row, "prediction": row[answer]} if n % 2 else row for n, row in enumerate(first.rows)
    ]
    if kind == "generation":
        better = [{**row, "nats_per_token": 1.0 + n % 2} for n, row in enumerate(first.rows)]
    if kind == "multilabel_classification":
        better = [{**row, "confidence": [0.5] * len(row["prediction"])} for row in better]
    return first, another(first, better)


def write_folder(folder, record):
    folder.mkdir()
    for name in ("config", "scores"):
        write_json(folder / f"{name}.json", getattr(record, name))
    with writing_predictions(folder / "predictions.jsonl") as write:
        for row in record.rows:
            write(row)
    write_manifest(folder, Manifest("sentiment", record.kind, ("serving_default",), {}, 2, 3))


@pytest.mark.parametrize(("kind", "targets"), KINDS)
def test_pages_open(record, opened, tmp_path, kind, targets):
    found = compare_runs(two_runs(record, kind, targets), resamples=50)
    (tmp_path / "page.html").write_text(comparison_page(found), "utf-8", errors="replace")
    page = opened(tmp_path / "page.html")
    assert page.locator("#scores tbody tr").count() == len(found.scores)
    assert page.locator("#settings tbody tr").all_inner_texts() == ["units\t4\t5"]
    assert page.locator("#rows-1 table").count() == (2 if kind == "generation" else 1)
    opened(tmp_path / "page.html", width=360)


def test_the_table_and_the_page(record, tmp_path, capsys):
    first, second = two_runs(record, rows=120)
    for name, made in (("first", first), ("second", second)):
        write_folder(tmp_path / name, made)
    folders = [str(tmp_path / name) for name in ("first", "second")]
    out = tmp_path / "page.html"
    main(["compare", *folders, "--out", str(out)])
    printed = capsys.readouterr().out
    assert "paired bootstrap against" in printed and "units: 4 | 5" in printed
    assert f"page: {out}" in printed and "Where" in out.read_text("utf-8")
    main(["compare", *folders, "--out", str(out), "--json", "--test", "randomization"])
    content = json.loads(capsys.readouterr().out)
    sides = [
        [row[side] for row in made.rows]
        for made, side in ((first, "prediction"), (second, "prediction"))
    ]
    references = [row["reference"] for row in first.rows]
    gain = accuracy_score(references, sides[1]) - accuracy_score(references, sides[0])
    test = content["tests"][0]["accuracy"]
    assert test["difference"] == pytest.approx(gain) and test["p"] < 0.01
    assert content["settings"] == {"units": [4, 5]} and content["runs"] == folders


def test_p_of_translations_is_that_of_sacrebleu(record):
    first, second = two_runs(record, "translation")
    references = [row["reference"] for row in first.rows]
    systems = [(r.name, [row["prediction"] for row in r.rows]) for r in (first, second)]
    _, theirs = SacrePairedTest(systems, {"bleu": BLEU()}, [references], "bs", n_samples=200)()
    found = compare_runs((first, second), resamples=200)
    assert found.tests[0]["bleu"].p == pytest.approx(theirs["BLEU"][1].p_value)


def test_gains_are_the_rows_that_differ(record):
    first, second = two_runs(record)
    gains = compare_runs((first, second), resamples=5).gains(1)
    wrong = [n for n, r in enumerate(first.rows) if n % 2 and r["reference"] != r["prediction"]]
    assert gains == [(1.0, n) for n in wrong]


def test_what_cannot_be_compared_is_said(record, tmp_path):
    first = record(rows=20)
    with pytest.raises(InputError, match="at least two runs"):
        compare_runs([first])
    with pytest.raises(InputError, match=r"found tagging of spans\. Compare runs of one kind"):
        compare_runs([first, record("tagging", rows=9, targets="spans")])
    with pytest.raises(SystemExit, match="--resamples: expected at least 1"):
        main(["compare", "a", "b", "--resamples", "0"])
    with pytest.raises(SystemExit, match="no such folder"):
        main(["compare", str(tmp_path / "a"), str(tmp_path / "b")])
    other = record(rows=20, seed=9, name="other")
    scores = {**first.scores, "split": "validation"}
    for changed, why in (
        (other, "were scored on different rows"),
        (dataclasses.replace(other, rows=[]), "other has no stored predictions"),
        (dataclasses.replace(other, scores=scores), "other on validation"),
    ):
        found = compare_runs([first, changed], resamples=5)
        assert found.tests == [{}] and why in found.untested[0]
        assert why in comparison_page(found)
    several = compare_runs([first, first, first], resamples=5)
    assert "one in twenty" in comparison_page(several) and len(several.tests) == 2
