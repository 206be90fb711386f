"""The four ids that every vocabulary begins with; pure Python, for models and data alike."""

from __future__ import annotations

PAD, UNK, START, END = range(4)
SPECIALS = ("", "[UNK]", "[START]", "[END]")  # as strings, by id
FIRST_TOKEN = len(SPECIALS)  # the id of a vocabulary's first own token
