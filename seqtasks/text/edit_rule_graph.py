"""EditRules: lemmas of tokens by rules, in TensorFlow graph operations."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from seqtasks.text.edit_rules import CASINGS, case_maps, parse_rule
from seqtasks.text.normalization import normalize_nfc, valid_utf8


class EditRules(tf.Module):
    """Apply rules to tokens in graph operations; equal to `apply_rule`.

    Args:
        rules: at least one; their places are their ids.

    Raises:
        ValueError: one of the strings is no rule.
    """

    def __init__(self, rules: Sequence[str]) -> None:
        super().__init__(name="edit_rules")
        edits = [parse_rule(rule) for rule in rules]
        self.rules = list(rules)
        self._before = _rectangle([edit.before for edit in edits])
        self._after = _rectangle([edit.after for edit in edits])
        self._reads = np.array([(edit.reads_before, edit.reads_after) for edit in edits])
        self._casings = np.array(
            [[edit.casing == c for c in (*CASINGS, "whole")] for edit in edits]
        )

    def __call__(self, tokens: tf.Tensor, ids: tf.Tensor) -> tf.Tensor:
        """Tokens `[n]` and ids of rules `[n]` -> lemmas `[n]`, UTF-8, usually in NFC."""
        _, keep, title, upper, whole = tf.unstack(tf.gather(self._casings, ids), axis=1)
        codes = tf.strings.unicode_decode(normalize_nfc(valid_utf8(tokens)), "UTF-8")
        codes = _mapped(codes, case_maps()[0], ~tf.gather(keep, codes.value_rowids()))
        length = codes.row_lengths()
        head, tail = tf.unstack(tf.gather(self._reads, ids), axis=1)
        none, tail = tf.zeros_like(length), length - tail
        edited = (head < tail) | whole
        before = _written(self._before, ids, edited, codes, none)
        after = _written(self._after, ids, edited, codes, tail)
        head, tail = tf.where(edited, head, none), tf.where(edited, tail, length)
        tail = tf.where(whole, none, tail)
        rows, place = codes.value_rowids(), _places(codes)
        stem = (tf.gather(head, rows) <= place) & (place < tf.gather(tail, rows))
        stem = tf.ragged.boolean_mask(codes, codes.with_values(stem))
        codes = tf.concat([before, stem, after], axis=1)
        rows = codes.value_rowids()
        raised = tf.gather(upper, rows) | (tf.gather(title, rows) & (_places(codes) == 0))
        return tf.strings.unicode_encode(_mapped(codes, case_maps()[1], raised), "UTF-8")


_NOTHING = np.iinfo(np.int32).min


def _rectangle(rows: Sequence[Sequence[int]]) -> np.ndarray:
    """Rows of numbers, padded with `_NOTHING` to one width of at least 1."""
    width = max(1, *map(len, rows))
    return np.array([[*row, *[_NOTHING] * (width - len(row))] for row in rows], np.int32)


def _places(codes: tf.RaggedTensor) -> tf.Tensor:
    """The place of each code point in its row, int64, end to end."""
    rows = codes.value_rowids()
    return tf.range(tf.size(rows, tf.int64)) - tf.gather(codes.row_starts(), rows)


def _mapped(codes: tf.RaggedTensor, cases: dict[int, int], where: tf.Tensor) -> tf.RaggedTensor:
    """Code points in the other case where `where` (one each, end to end) says so."""
    keys = tf.constant(sorted(cases), tf.int32)
    values = tf.constant([cases[key] for key in sorted(cases)], tf.int32)
    found = tf.minimum(tf.searchsorted(keys, codes.values), len(cases) - 1)
    where &= tf.gather(keys, found) == codes.values
    return codes.with_values(tf.where(where, tf.gather(values, found), codes.values))


def _written(
    table: np.ndarray, ids: tf.Tensor, edited: tf.Tensor, codes: tf.RaggedTensor, start: tf.Tensor
) -> tf.RaggedTensor:
    """What the scripts of rules write where `edited`; they read from `start` in each row."""
    items = tf.gather(table, ids)  # [n, width]
    read = (codes.row_starts() + start)[:, None] + tf.cast(-1 - items, tf.int64)
    copied = tf.gather(
        tf.concat([codes.values, [0]], 0),
        tf.clip_by_value(read, 0, tf.size(codes.values, tf.int64)),
    )
    written = tf.where(items >= 0, items, copied)
    return tf.ragged.boolean_mask(written, (items != _NOTHING) & edited[:, None])
