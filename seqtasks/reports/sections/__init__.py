"""Sections of a report: each makes markup of a run, or None where the run has nothing of it."""

from seqtasks.reports.sections.breakdown import breakdown
from seqtasks.reports.sections.calibration import calibration
from seqtasks.reports.sections.confusions import confusions
from seqtasks.reports.sections.contributions import contributions
from seqtasks.reports.sections.curves import learning_curves
from seqtasks.reports.sections.data_card import data_card
from seqtasks.reports.sections.generation import generated_samples, surprise
from seqtasks.reports.sections.provenance import provenance
from seqtasks.reports.sections.scores import by_label, scores
from seqtasks.reports.sections.tagged_sentences import tagged_sentences
from seqtasks.reports.sections.translations import translations
from seqtasks.reports.sections.worst_errors import worst_errors

__all__ = [
    "breakdown",
    "by_label",
    "calibration",
    "confusions",
    "contributions",
    "data_card",
    "generated_samples",
    "learning_curves",
    "provenance",
    "scores",
    "surprise",
    "tagged_sentences",
    "translations",
    "worst_errors",
]
