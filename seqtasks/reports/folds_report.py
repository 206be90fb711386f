"""The report of a cross-validation: every row of the corpus, by a network that has not seen it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seqtasks.reports import sections
from seqtasks.reports.page import element, table
from seqtasks.reports.record import RunRecord
from seqtasks.reports.report import write_page


def write_folds_report(
    folder: Path, record: RunRecord, names: Sequence[str], scores: Mapping[str, Mapping[str, Any]]
) -> Path:
    """Write `report.html` and `errors.csv` of the pooled predictions of all folds.

    Args:
        folder: of the experiment.
        record: whose rows are those of all folds.
        names: of the folds.
        scores: `mean`, `std` and `values` by name.

    Returns:
        The path of the page.
    """
    rows = [[name, found["mean"], found["std"], *found["values"]] for name, found in scores.items()]
    made = [
        ("scores", "Scores", table(["score", "mean", "deviation", *names], rows)),
        ("contradicted", "Labels that the model contradicts", sections.worst_errors(record)),
        ("sentences", "Sentences that the model contradicts", sections.tagged_sentences(record)),
        ("confusions", "Confusions", sections.confusions(record)),
        ("calibration", "Calibration", sections.calibration(record)),
        ("breakdown", "Score by length", sections.breakdown(record)),
    ]
    lead = element(
        "p",
        f"{record.task}: {record.title}. Each of {record.total_rows:,} rows is predicted by a "
        f"network that was trained on the other folds of {len(names)}: a label that it contradicts "
        f"with confidence may be wrong. {record.sampled}",
    )
    return write_page(folder, f"Cross-validation {record.name}", lead, made, record)
