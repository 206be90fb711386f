"""Faults of single texts: traces of wrong encodings, markup, control characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from seqtasks.analysis.findings import Level

Fault = tuple[Level, str, str, str]  # level, name, message, what was found

# UTF-8 that was read as Latin-1 or Windows-1252: a lead byte, then continuation bytes.
_CONTINUATION = (
    "[\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014"
    "\u2018-\u201e\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
)
_MOJIBAKE = re.compile(
    f"[\u00c2-\u00df]{_CONTINUATION}|[\u00e0-\u00ef]{_CONTINUATION}{{2}}"
    f"|\u00f0\u0178{_CONTINUATION}{{2}}"
)
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,6}|#x[0-9a-fA-F]{1,5});")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f]")


def faults_of(text: str) -> Iterator[Fault]:
    """What looks wrong in a text, at most one fault of each kind."""
    if text.isascii() and "&" not in text and text.isprintable():
        return
    if "\ufffd" in text:
        yield (
            "warning",
            "replacement",
            "the replacement character U+FFFD: bytes were lost when the text was decoded. Convert "
            "the original again, from its own encoding to UTF-8.",
            _around(text, text.index("\ufffd")),
        )
    if found := _MOJIBAKE.search(text):
        yield (
            "warning",
            "mojibake",
            "UTF-8 that was once read as Latin-1 or Windows-1252. Convert the original again, or "
            "repair: text.encode('cp1252').decode('utf-8').",
            _around(text, found.start()),
        )
    elif found := _CONTROL.search(text):
        yield (
            "warning",
            "control",
            "control characters. Remove them.",
            f"U+{ord(found[0]):04X} in {_around(text, found.start())}",
        )
    if "\ufeff" in text:
        yield (
            "warning",
            "byte order mark",
            "a byte order mark inside the text: files were joined with theirs. Remove U+FEFF.",
            _around(text, text.index("\ufeff")),
        )
    if found := _ENTITY.search(text):
        yield (
            "warning",
            "entity",
            "HTML entities. Replace them: html.unescape(text).",
            _around(text, found.start()),
        )
    if not unicodedata.is_normalized("NFC", text):
        yield (
            "note",
            "normal form",
            "not in Unicode's normal form C; tokenizers normalize it, other programs may not.",
            _around(text, 0),
        )


def _around(text: str, place: int) -> str:
    """Some characters around a place, on one line."""
    return repr(text[max(0, place - 15) : place + 25])
