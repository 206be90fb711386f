r"""Edit rules: strings that turn a form into its lemma, each shared by many pairs.

A tagger that predicts a rule for each token is a lemmatizer: "cities" and "parties" share the rule
`lower:*---+y`. `EditRules` applies them in graph operations.

A rule replaces the whole form (`=be` makes "be" of "was"), or it is a casing and an edit, joined by
":".

| casing | |
|---|---|
| `lower` | the form is lower-cased, then edited |
| `keep` | the form is edited as it is |
| `title` | as `lower`; at last the first character is upper-cased |
| `upper` | as `lower`; at last all characters are upper-cased |

An edit is `P*S`: the stem `*`, at least one character, stays, and P and S edit what surrounds it.
They are scripts over characters (code points): `-` deletes one, `>` copies one, `+x` inserts x.
White space, control characters and the backslash are written `\HEX;`, so a rule holds no blank.

    keep:*            Prague -> Prague, NATO -> NATO
    lower:*           The -> the, the -> the
    lower:*---+y      cities -> city
    lower:--*-+e+n    gemacht -> machen
    keep:>-+a*--      Häuser -> Haus
    =be               was -> be

Case is mapped one code point to one, so that Python and the graph agree: ß has no upper case here,
and the lower case of İ is i.

Reference:
    Chrupała, Dinu and van Genabith, Learning morphology with Morfette, LREC 2008 (lemmas as
    classes of edit scripts); Straka, Straková and Hajič, arXiv:1908.06931, section 3.3 (casing
    scripts; prefix and suffix scripts around the longest common substring).
"""

from __future__ import annotations

import functools
import itertools
import re
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

CASINGS = ("lower", "keep", "title", "upper")

# Longer forms have no stem searched for: the time grows with the square of their length.
LONGEST = 100


@functools.lru_cache(maxsize=200_000)
def rule_of(form: str, lemma: str) -> str:
    """The rule that makes the lemma of the form.

    The shortest edit decides the casing; among equals the first of `CASINGS`, so "The" and "the"
    share a rule, and "Prague" and "NATO" share another. Where one character would stay and more
    than two change, the form is replaced: other forms would have such an edit by chance.

    Args:
        form: a token; normalized to NFC.
        lemma: of the form; normalized to NFC.

    Returns:
        The rule; `apply_rule(form, rule)` is the lemma in NFC for all strings.
    """
    form, lemma = _nfc(form), _nfc(lemma)
    best, fewest = "=" + "".join(map(_escaped, lemma)), sys.maxsize
    for casing in CASINGS:
        wanted = _lower(lemma) if casing == "upper" else lemma
        if casing == "title":
            wanted = _lower(lemma[:1]) + lemma[1:]
        cased = form if casing == "keep" else _lower(form)
        head, start, stem = _longest_common(cased, wanted)
        before = _script(cased[:head], wanted[:start]) if stem else []
        after = _script(cased[head + stem :], wanted[start + stem :]) if stem else []
        copies = (before + after).count(">")
        edits, stay = len(before + after) - copies, stem + copies
        rule = f"{casing}:{''.join(before)}*{''.join(after)}"
        shared = stay > 1 or (stay == 1 and edits <= 2)
        if shared and edits < fewest and apply_rule(form, rule) == lemma:
            best, fewest = rule, edits
    return best


def apply_rule(form: str, rule: str) -> str:
    """The lemma that a rule makes of a form.

    Args:
        form: a token; normalized to NFC.
        rule: what `rule_of` returned.

    Returns:
        The lemma. A form that is too short for the edit gets the casing alone.

    Raises:
        ValueError: the string is no rule.
    """
    edit, form = parse_rule(rule), _nfc(form)
    if edit.casing == "whole":
        return _written(edit.before, "")
    form = form if edit.casing == "keep" else _lower(form)
    head, tail = edit.reads_before, len(form) - edit.reads_after
    if head < tail:
        before, after = _written(edit.before, form[:head]), _written(edit.after, form[tail:])
        form = before + form[head:tail] + after
    if edit.casing == "upper":
        return _upper(form)
    return _upper(form[:1]) + form[1:] if edit.casing == "title" else form


_LITERAL = r"(?:\\[0-9a-f]{1,6};|[^\\])"
_OPERATION = rf"(?:[->]|\+{_LITERAL})"
_RULE = re.compile(
    rf"({'|'.join(CASINGS)}):({_OPERATION}*)\*({_OPERATION}*)|=({_LITERAL}*)", re.DOTALL
)


@dataclass(frozen=True)
class Edit:
    """A parsed rule.

    The items of `before` and `after` are code points to write, or -1 - k for character k of
    those that the script reads.
    """

    casing: str  # of CASINGS, or "whole": `before` replaces the form
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()
    reads_before: int = 0
    reads_after: int = 0


@functools.lru_cache(maxsize=10_000)
def parse_rule(rule: str) -> Edit:
    """What a rule does.

    Raises:
        ValueError: the string is no rule.
    """
    match = _RULE.fullmatch(rule)
    if not match:
        raise ValueError(
            f"'{rule}' is no edit rule. Expected a casing ({', '.join(CASINGS)}), a colon and an "
            "edit, as in 'lower:*---+y', or '=' and a lemma, as in '=be'."
        )
    casing, before, after, lemma = match.groups()
    if casing is None:
        return Edit("whole", tuple(map(_code_point, re.findall(_LITERAL, lemma, re.DOTALL))))
    (before, reads_before), (after, reads_after) = _items(before), _items(after)
    return Edit(casing, before, after, reads_before, reads_after)


def _items(script: str) -> tuple[tuple[int, ...], int]:
    """What a script writes, as in `Edit`, and how many characters it reads."""
    items, reads = [], 0
    for operation in re.findall(_OPERATION, script, re.DOTALL):
        if operation[0] == "+":
            items.append(_code_point(operation[1:]))
            continue
        if operation == ">":
            items.append(-1 - reads)
        reads += 1
    return tuple(items), reads


def _code_point(literal: str) -> int:
    code = ord(literal) if len(literal) == 1 else int(literal[1:-1], 16)
    if code > sys.maxunicode or 0xD800 <= code < 0xE000:
        raise ValueError(f"'{literal}' in an edit rule is no Unicode character.")
    return code


def _escaped(character: str) -> str:
    special = character == "\\" or unicodedata.category(character)[0] in "CZ"
    return f"\\{ord(character):x};" if special else character


def _written(items: Sequence[int], read: str) -> str:
    return "".join(chr(item) if item >= 0 else read[-1 - item] for item in items)


def _longest_common(form: str, lemma: str) -> tuple[int, int, int]:
    """Where the longest common substring (the first of several) begins in either; its length."""
    if form == lemma:
        return 0, 0, len(form)
    best, ending = (0, 0, 0), [0] * (len(lemma) + 1)
    for i, letter in enumerate(form if max(len(form), len(lemma)) <= LONGEST else ""):
        ending = [0, *(ending[j] + 1 if letter == lemma[j] else 0 for j in range(len(lemma)))]
        for j, length in enumerate(ending):
            if length > best[2]:
                best = (i + 1 - length, j - length, length)
    return best


def _script(old: str, new: str) -> list[str]:
    """The fewest deletions and insertions, and copies between them; deletions stand first."""
    rows, columns = len(old) + 1, len(new) + 1
    edits = [[rows - 1 - i + columns - 1 - j for j in range(columns)] for i in range(rows)]
    for i, j in itertools.product(range(len(old))[::-1], range(len(new))[::-1]):
        copied = edits[i + 1][j + 1] if old[i] == new[j] else rows + columns
        edits[i][j] = min(copied, 1 + edits[i + 1][j], 1 + edits[i][j + 1])  # old[i:] -> new[j:]
    script, i, j = [], 0, 0
    while i < len(old) or j < len(new):
        if i < len(old) and j < len(new) and old[i] == new[j]:
            script, i, j = [*script, ">"], i + 1, j + 1
        elif i < len(old) and edits[i][j] == 1 + edits[i + 1][j]:
            script, i = [*script, "-"], i + 1
        else:
            script, j = [*script, f"+{_escaped(new[j])}"], j + 1
    return script


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


@functools.cache
def case_maps() -> tuple[dict[int, int], dict[int, int]]:
    """Code points that have a lower case, with it; and those with an upper case of one point."""
    lower, upper = {}, {}
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if character.lower() != character:
            lower[code] = ord(character.lower()[0])
        if character.upper() != character and len(character.upper()) == 1:
            upper[code] = ord(character.upper())
    return lower, upper


def _lower(text: str) -> str:
    return text.translate(case_maps()[0])


def _upper(text: str) -> str:
    return text.translate(case_maps()[1])
