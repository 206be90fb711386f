"""Reports in a headless browser: no error, nothing from outside, usable by mouse and keyboard."""

import dataclasses
import json

import pytest
from report_kinds import KINDS

from seqtasks.reports import write_report


@pytest.mark.parametrize(("kind", "targets"), KINDS)
def test_every_kind_opens(record, opened, tmp_path, kind, targets):
    made = record(kind, rows=80, targets=targets)
    page = opened(write_report(tmp_path, made))
    assert page.title() == f"Report of {made.name}"
    assert page.locator("section h2").count() >= 5
    assert page.locator("figure svg").count() >= 1
    opened(tmp_path / "report.html", width=360)


def test_a_cell_shows_its_texts(record, opened, tmp_path):
    made = record(rows=50)
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
    assert shown.locator("li", has_text="onerror").count() == 1  # the text is among those shown
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
