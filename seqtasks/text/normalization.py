"""Unicode normalization form C (NFC) in plain TensorFlow operations.

TensorFlow can lower-case and transcode, but only tensorflow-text can normalize, and its operations
are not in stock `saved_model_cli` or `tf.saved_model.load`. Text typed on different keyboards
needs it: "ệ" arrives as one code point, as e + circumflex + dot below, or as ê + dot below.
"""

from __future__ import annotations

import functools
import unicodedata
from typing import Any

import numpy as np
import tensorflow as tf

# `codes` below are code points of the whole batch end to end, int32 [n]; `rows` tells each one's
# text, int64 [n], ascending; `classes` are canonical combining classes, 0 for a starter.

PLANES = 4  # with characters that compose; the others hold tags, variants and private ones
_PAIR = 1 << 21  # every code point is below this: (first, second) packs into one int64


@functools.cache
def _tables() -> dict[str, Any]:
    """Canonical decompositions, combining classes and compositions as sorted arrays."""
    decompositions, classes, compositions, changing = {}, {}, {}, []
    for code in range(PLANES << 16):
        character = chr(code)
        if 0xD800 <= code < 0xE000:  # surrogates are not characters
            continue
        decomposed = unicodedata.normalize("NFD", character)
        if decomposed != character:
            decompositions[code] = [ord(part) for part in decomposed]
            if unicodedata.normalize("NFC", character) == character:
                first, second = _canonical_pair(character, decomposed)
                compositions[first * _PAIR + second] = code
            else:
                changing.append(code)
        if unicodedata.combining(character):
            classes[code] = unicodedata.combining(character)
    changing += [*classes, *(pair % _PAIR for pair in compositions)]
    widest = max(map(len, decompositions.values()))
    padded = [parts + [-1] * (widest - len(parts)) for parts in decompositions.values()]
    pairs = sorted(compositions)
    return {
        "decomposable": np.array(list(decompositions), np.int32),
        "decompositions": np.array(padded, np.int32),
        "combining": np.array(list(classes), np.int32),
        "classes": np.array(list(classes.values()), np.int32),
        "pairs": np.array(pairs, np.int64),
        "composites": np.array([compositions[pair] for pair in pairs], np.int32),
        "pattern": f"[{_ranges(sorted(set(changing)))}]",
    }


def _canonical_pair(character: str, decomposed: str) -> tuple[int, int]:
    """The two code points that compose to `character` in the last step of composition."""
    mapping = unicodedata.decomposition(character)
    if mapping:
        first, second = (int(part, 16) for part in mapping.split())
    else:  # a Hangul syllable: L + V, or LV + T
        first, second = ord(unicodedata.normalize("NFC", decomposed[:-1])), ord(decomposed[-1])
    return first, second


def _ranges(codes: list[int]) -> str:
    """Sorted code points as the inside of an RE2 character class."""
    text, first = [], codes[0]
    for code, following in zip(codes, [*codes[1:], -1], strict=True):
        if following != code + 1:
            text.append(rf"\x{{{first:x}}}-\x{{{code:x}}}")
            first = following
    return "".join(text)


def valid_utf8(texts: tf.Tensor) -> tf.Tensor:
    """Replace invalid UTF-8 by U+FFFD, in strings of any shape."""
    return tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8", errors="replace")


def normalize_nfc(texts: tf.Tensor) -> tf.Tensor:
    """Compose every text to Unicode NFC (Unicode Standard Annex 15).

    Args:
        texts: UTF-8 strings, `[batch]`. Bytes that are not UTF-8 become U+FFFD where a text
            needs work; call `valid_utf8` before if all must be clean.

    Returns:
        The normalized strings, `[batch]`. Texts that hold no combining or changing character
        (nearly all, in practice) are returned unchanged.
    """
    pattern = "(?s).*" + _tables()["pattern"] + ".*"
    needy = tf.where(tf.strings.regex_full_match(texts, pattern))  # [needy, 1]
    decoded = tf.strings.unicode_decode(tf.gather_nd(texts, needy), "UTF-8")
    codes, rows = _decompose(decoded.values, decoded.value_rowids())
    codes, rows = _compose(*_order(codes, rows))
    composed = tf.RaggedTensor.from_value_rowids(
        codes, rows, nrows=tf.shape(needy, tf.int64)[0], validate=False
    )
    return tf.tensor_scatter_nd_update(texts, needy, tf.strings.unicode_encode(composed, "UTF-8"))


def _find(keys: np.ndarray, wanted: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Indices of `wanted` in the sorted `keys`, and whether each was found."""
    constant = tf.constant(keys)
    places = tf.minimum(tf.searchsorted(constant, wanted), len(keys) - 1)
    return places, tf.gather(constant, places) == wanted


def _classes(codes: tf.Tensor) -> tf.Tensor:
    places, found = _find(_tables()["combining"], codes)
    return tf.where(found, tf.gather(_tables()["classes"], places), 0)


def _decompose(codes: tf.Tensor, rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    places, found = _find(_tables()["decomposable"], codes)
    table = _tables()["decompositions"]
    itself = tf.pad(codes[:, None], [[0, 0], [0, table.shape[1] - 1]], constant_values=-1)
    parts = tf.where(found[:, None], tf.gather(table, places), itself)  # [n, widest]
    kept = tf.where(parts >= 0)
    return tf.gather_nd(parts, kept), tf.gather(rows, kept[:, 0])


def _order(codes: tf.Tensor, rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Sort each run of combining marks by class, stably (Unicode 3.11, D109)."""
    classes = _classes(codes)
    begins = (classes == 0) | (rows != tf.concat([[-1], rows[:-1]], axis=0))
    runs = tf.cumsum(tf.cast(begins, tf.int64))
    order = tf.argsort(runs * 256 + tf.cast(classes, tf.int64), stable=True)
    return tf.gather(codes, order), tf.gather(rows, order)


def _compose(codes: tf.Tensor, rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Join each mark with the last starter before it unless blocked (Unicode 3.11, D117)."""

    def one_round(
        codes: tf.Tensor, rows: tf.Tensor, _: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        count = tf.size(codes)
        classes = _classes(codes)
        starters = tf.cast(tf.where(classes == 0)[:, 0], tf.int32)
        before = tf.cumsum(tf.cast(classes == 0, tf.int32), exclusive=True) - 1
        starter = tf.gather(tf.concat([starters, [0]], 0), tf.maximum(before, 0))  # [n]
        here = tf.range(count)
        previous_class = tf.concat([[0], classes[:-1]], axis=0)
        free = (here - 1 == starter) | ((previous_class > 0) & (previous_class < classes))
        same_text = (before >= 0) & (tf.gather(rows, starter) == rows)
        pairs = tf.cast(tf.gather(codes, starter), tf.int64) * _PAIR + tf.cast(codes, tf.int64)
        places, found = _find(_tables()["pairs"], pairs)
        joins = tf.where(found & free & same_text)[:, 0]  # places of marks that can join
        owners = tf.gather(starter, joins)
        first = owners != tf.concat([[-1], owners[:-1]], axis=0)  # one mark a starter and round
        chosen, owners = (tf.boolean_mask(x, first) for x in (joins, owners))
        composites = tf.gather(tf.gather(_tables()["composites"], places), chosen)
        codes = tf.tensor_scatter_nd_update(codes, owners[:, None], composites)
        stays = tf.tensor_scatter_nd_update(
            tf.ones([count], tf.bool), chosen[:, None], tf.zeros_like(chosen, tf.bool)
        )
        return tf.boolean_mask(codes, stays), tf.boolean_mask(rows, stays), tf.size(chosen) > 0

    codes, rows, _ = tf.while_loop(
        lambda codes, rows, changed: changed,
        one_round,
        (codes, rows, tf.size(codes) > 0),
        shape_invariants=(tf.TensorShape([None]), tf.TensorShape([None]), tf.TensorShape([])),
    )
    return codes, rows
