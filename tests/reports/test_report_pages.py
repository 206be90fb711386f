"""Reports as files: numbers, escapes, sizes, errors as CSV, and what a run without parts shows."""

import csv
import dataclasses
import html.parser
import io
import json
import re

import pytest
from report_kinds import KINDS

from seqtasks.cli import main
from seqtasks.errors import InputError
from seqtasks.reports import read_rows, write_report
from seqtasks.reports.page import bar_chart, element, line_chart, number
from seqtasks.reports.sections.provenance import command_line

VOID = {"meta", "link", "br", "img"}


class Reader(html.parser.HTMLParser):
    """Holds that every element is closed, and collects elements and the cells of tables."""

    def __init__(self, page):
        super().__init__()
        self.open, self.elements, self.rows, self.text = [], [], [], ""
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
        if self.open and self.rows and {"td", "th"} & {*self.open}:
            self.rows[-1][-1] += data


def page_of(record, folder):
    return Reader(write_report(folder, record).read_text("utf-8"))


@pytest.mark.parametrize(("kind", "targets"), KINDS)
def test_every_kind_has_a_page_with_its_scores(record, tmp_path, kind, targets):
    made = record(kind, rows=60, targets=targets)
    page = page_of(made, tmp_path)
    cells = {row[0]: row[1:] for row in page.rows if row}
    plain = {k: v for k, v in made.scores.items() if isinstance(v, float)}
    for name, value in plain.items():
        if not name.startswith("baseline_"):
            assert cells[name][0] == number(value) and cells[name][2] == number(value / 2)
    for name, value in made.statistics.score().items():
        assert value == pytest.approx(made.scores.get(name, value)), name
        low, high = (
            float(end) for end in cells.get(name, ["", f"{value} – {value}"])[1].split(" – ")
        )
        assert low - 1e-4 <= value <= high + 1e-4
    assert "<run>" in page.text and "corpus <1>" in page.text and "epoch 2 of 3" in page.text
    outside = [
        a for _, a in page.elements if re.match("(https?:)?//", a.get("src") or a.get("href") or "")
    ]
    assert not outside and not [a for tag, a in page.elements if "onerror" in a or tag == "img"]


def test_the_page_of_a_confusion_matrix(record, tmp_path):
    made = record(rows=300)
    page = page_of(made, tmp_path)
    counted = {a["data-cell"]: int(a["data-count"]) for tag, a in page.elements if "data-cell" in a}
    matrix = made.scores["confusion_matrix"]
    assert counted == {
        f"{i}-{j}": n for i, row in enumerate(matrix) for j, n in enumerate(row) if n
    }
    raw = (tmp_path / "report.html").read_text("utf-8")
    texts = json.loads(re.search(r'id="confusions-cells">(.*?)</script>', raw)[1])
    for cell, found in texts.items():
        assert 0 < len(found) <= min(20, counted[cell])
    first, labels = made.rows[0], made.scores["labels"]
    cell = f"{labels.index(first['reference'])}-{labels.index(first['prediction'])}"
    own = [
        r
        for r in made.rows
        if (r["reference"], r["prediction"]) == (first["reference"], first["prediction"])
    ]
    best = max(own, key=lambda row: row["confidence"])
    assert texts[cell][0] == best["text"][:300].replace("\ud800", "?")


def test_errors_are_all_in_the_csv_the_most_confident_first(record, tmp_path):
    made = record(rows=200)
    write_report(tmp_path, made)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "errors.csv").read_text("utf-8"))))
    wrong = [row for row in made.rows if row["reference"] != row["prediction"]]
    assert [float(row["confidence"]) for row in rows] == sorted(
        (row["confidence"] for row in wrong), reverse=True
    )
    assert {row["reference"] for row in rows} == {row["reference"] for row in wrong}
    tagged = record("tagging", rows=50, targets="spans")
    write_report(tmp_path, tagged)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "errors.csv").read_text("utf-8"))))
    assert len(rows) == round((1 - tagged.scores["accuracy"]) * tagged.scores["tokens"])


@pytest.mark.parametrize("kind", ["classification", "multilabel_classification", "tagging"])
def test_words_are_shaded_by_what_they_add(record, tmp_path, kind):
    """The n-th word of each text adds n nats, the first, third ... less than nothing."""
    made = record(kind)
    assert 5 <= page_of(made, tmp_path).text.count("Log-odds +1.50; the most by ") <= 6
    row = next(row for row in made.rows if row["reference"] != row["prediction"])
    five = {"tokens": [*"abcde"]} if kind == "tagging" else {"text": "a b c d e"}
    if kind == "tagging":
        five |= {"reference": [*"XXXXX"], "prediction": [*"XXXXY"], "confidence": [1.0] * 5}
    made = dataclasses.replace(made, rows=[{**row, **five}], total_rows=1)
    page = page_of(made, tmp_path)
    shades = [a["style"] for tag, a in page.elements if "nats" in a.get("title", "")]
    colours = ["213,94,0", "213,94,0", "0,114,178", "213,94,0", "0,114,178"]
    assert shades == [f"background:rgba({c},{n * 0.2:.2f})" for n, c in enumerate(colours)]
    assert "the most by 'e' +4.00, 'd' -3.00, 'c' +2.00." in page.text
    if kind == "classification":
        assert f"true {row['reference']}, predicted <l>" in page.text


def test_of_a_sentence_the_wrong_tokens_are_explained(record, tmp_path):
    row = {"tokens": ["a", "b", "c"], "reference": ["X", "Y", "X"], "prediction": ["X", "Z", "X"]}
    made = record("tagging", rows=3)
    made = dataclasses.replace(made, rows=[{**row, "confidence": [1.0] * 3}], total_rows=1)
    text = page_of(made, tmp_path).text
    assert "for 'b'" in text and "for 'a'" not in text and "for 'c'" not in text


def test_two_hundred_labels_and_many_rows_stay_small(record, tmp_path):
    made = record(rows=4_000, labels=200)
    page = page_of(made, tmp_path)
    assert (tmp_path / "report.html").stat().st_size < 5_000_000
    assert "30 of 200 labels" in page.text
    kept = record(rows=200, total_rows=100_000)
    assert "Of 100,000 rows a sample of 200" in page_of(kept, tmp_path).text


def test_rows_are_sampled_evenly(tmp_path):
    path = tmp_path / "predictions.jsonl"
    path.write_text("".join(f'{{"text": "{n}"}}\n' for n in range(10)))
    rows, total = read_rows(path, limit=4)
    assert [row["text"] for row in rows] == ["0", "3", "6", "9"] and total == 10
    assert len(read_rows(path)[0]) == 10 and read_rows(tmp_path / "none") == ([], 0)


def test_a_run_with_little_in_it_has_a_page_too(record, tmp_path):
    bare = record(rows=3, functions=None)
    page_of(bare, tmp_path)
    page_of(record(kind="tagging", rows=3, functions=None), tmp_path)
    other = dataclasses.replace(record(rows=2), kind="stars", rows=(), total_rows=0)
    assert "No intervals" in page_of(other, tmp_path).text


def test_the_command_holds_what_differs_from_the_defaults(record):
    made = record(rows=3)
    assert command_line(made) == (
        "seqtasks train any --units 4 --data 'corpus <1>' --members a b --out RUN"
    )


def test_elements_escape_and_charts_keep_strange_numbers():
    assert element("p", "<b>\x00", title='"&') == '<p title="&quot;&amp;">&lt;b&gt;\u2400</p>'
    nan, one = float("nan"), [(1.0, 0.5)]
    for lines in ({}, {"a": []}, {"a": [(1.0, nan)]}, {"a": one}, {"a": [*one, (2.0, 1e9)]}):
        chart = line_chart("title", "said", lines)
        assert "nan" not in chart and chart.count("<svg") == 1
        Reader(chart)
    Reader(bar_chart("title", "said", [("a", 0.0, None), ("b", 2.0, (1.0, 3.0))]))
    Reader(bar_chart("title", "said", []))


def test_report_of_a_finished_run(finished, capsys):
    folder, done = finished
    assert f"report: {folder / 'report.html'}" in done.stdout
    first = (folder / "report.html").read_text("utf-8")
    assert (folder / "errors.csv").is_file()
    scores = json.loads((folder / "scores.json").read_text())
    cells = {row[0]: row[1:] for row in Reader(first).rows if row}
    assert cells["accuracy"][0] == f"{scores['accuracy']:.4f}"
    assert cells["negative"] == ["4,000", "300", "500"]  # the last table with it: the data card
    main(["report", str(folder)])
    assert capsys.readouterr().out.strip() == str(folder / "report.html")
    assert (folder / "report.html").read_text("utf-8") == first  # the same again
    main(["report", str(folder), "--why"])
    page = Reader((folder / "report.html").read_text("utf-8"))
    assert page.text.count("the most by") == 5 and "the most by" not in Reader(first).text
    (folder / "report.html").write_text(first, "utf-8")  # the folder is shared
    with pytest.raises(SystemExit, match="no such folder"):
        main(["report", str(folder / "none")])


def test_what_cannot_be_written_is_said(finished, monkeypatch):
    from seqtasks.runs import Run, reporting

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(reporting, "write_report", full)
    with pytest.raises(InputError, match=r"cannot be written \(No space left"):
        reporting.report(Run(finished[0]))
