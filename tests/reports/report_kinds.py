"""Kinds of runs that have reports, with the targets of taggers."""

KINDS = [
    ("classification", "tags"),
    ("multilabel_classification", "tags"),
    ("tagging", "tags"),
    ("tagging", "spans"),
    ("tagging", "lemmas"),
    ("translation", "tags"),
    ("generation", "tags"),
]
