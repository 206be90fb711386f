"""The report of a run: one page, and the errors beside it as CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from seqtasks.atomic_files import replacing
from seqtasks.reports import sections
from seqtasks.reports.errors_file import write_errors
from seqtasks.reports.page import Markup, element, page
from seqtasks.reports.record import RunRecord

REPORT, ERRORS = "report.html", "errors.csv"

# In the order of the page: anchor, title, and what makes it of a run, or None where the run has
# nothing of it. A further section is a line here.
SECTIONS: list[tuple[str, str, Callable[[RunRecord], Markup | None]]] = [
    ("scores", "Scores", sections.scores),
    ("curves", "Learning curves", sections.learning_curves),
    ("confusions", "Confusions", sections.confusions),
    ("calibration", "Calibration", sections.calibration),
    ("breakdown", "Score by length and frequency", sections.breakdown),
    ("labels", "Score by label", sections.by_label),
    ("errors", "Worst errors", sections.worst_errors),
    ("sentences", "Sentences", sections.tagged_sentences),
    ("why", "Why", sections.contributions),
    ("translations", "Translations", sections.translations),
    ("samples", "Samples", sections.generated_samples),
    ("surprise", "Surprise", sections.surprise),
    ("data", "Data", sections.data_card),
    ("settings", "Settings and reproduction", sections.provenance),
]


def write_report(folder: Path, record: RunRecord) -> Path:
    """Write `report.html` and, where rows were predicted wrongly, `errors.csv`.

    Args:
        folder: of the run.
        record: of the run.

    Returns:
        The path of the page.
    """
    made = [(anchor, title, make(record)) for anchor, title, make in SECTIONS]
    lead = element(
        "p",
        f"{record.task}: {record.title}. Trained on {record.scores.get('data', 'unknown data')}, "
        f"scored on the {record.split} split; epoch {record.best_epoch} of {len(record.history)} "
        "is kept.",
    )
    note = element("p", record.sampled, class_="note") if record.sampled else ""
    return write_page(folder, f"Report of {record.name}", element("div", lead, note), made, record)


def write_page(
    folder: Path,
    title: str,
    lead: Markup,
    made: Iterable[tuple[str, str, Markup | None]],
    record: RunRecord,
) -> Path:
    """Write `report.html` from its sections, and `errors.csv` of the record beside it.

    Args:
        folder: of both files.
        title: of the page.
        lead: below the title.
        made: anchor, title and content of each section; those without content are left out.
        record: whose wrong rows are listed.

    Returns:
        The path of the page.
    """
    found = [(anchor, name, body) for anchor, name, body in made if body is not None]
    text = page(title, lead, found)
    for name, content in ((REPORT, text), (ERRORS, write_errors(record))):
        if content is not None:
            write_text(folder / name, content)
    return folder / REPORT


def write_text(path: Path, content: str) -> None:
    """Write a file at once; what is no valid Unicode becomes `?`."""
    with replacing(path) as unfinished:
        unfinished.write_text(content, "utf-8", errors="replace", newline="")
