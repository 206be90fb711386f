"""Lemmatizer: scores of edit rules -> lemmas, in TensorFlow graph operations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from unicodedata import normalize

import numpy as np
import tensorflow as tf

from seqtasks.text.edit_rule_graph import EditRules
from seqtasks.text.edit_rules import parse_rule, rule_of
from seqtasks.text.normalization import normalize_nfc, valid_utf8


class Lemmatizer(tf.Module):
    """Choose a rule for each token and apply it.

        r = argmax_{r in R(form)} score(r) + bonus [lemma(form, r) is known]

    R(form) are the rules that a known form was seen with; for other forms, the `candidates` best
    ones of those that edit and do not replace the whole form.

    Args:
        rules: edit rules; their places are their ids. One at least must be an edit.
        forms: forms known from training, each with the ids of the rules it was seen with.
        lemmas: lemmas known from training.
        bonus: what a known lemma adds to the score, a log-probability.
        candidates: rules tried for an unknown form.
    """

    def __init__(
        self,
        rules: Sequence[str],
        forms: dict[str, tuple[int, ...]],
        lemmas: Iterable[str],
        *,
        bonus: float = 2.0,
        candidates: int = 5,
    ) -> None:
        super().__init__(name="lemmatizer")
        self.rules, self.forms, self.lemmas = list(rules), dict(forms), sorted(set(lemmas))
        self.bonus, self.candidates = bonus, min(candidates, len(self.rules))
        self.apply = EditRules(self.rules)
        edits = tuple(n for n, rule in enumerate(rules) if parse_rule(rule).casing != "whole")
        if not edits:
            raise ValueError("Lemmatizer: expected at least one rule that is no whole lemma ('=').")
        sets = {edits: 0}
        numbers = [sets.setdefault(tuple(sorted(ids)), len(sets)) for ids in forms.values()]
        self._closed = np.ones([len(sets), len(rules)], bool)
        for ids, number in sets.items():
            self._closed[number, list(ids)] = False
        # The tables are attributes so that a SavedModel tracks and initializes them.
        self._sets = _table([normalize("NFC", form) for form in forms], numbers)
        self._known = _table(self.lemmas, [1] * len(self.lemmas))

    @classmethod
    def fit(
        cls,
        pairs: Iterable[tuple[str, str]],
        rules: Iterable[str] | None = None,
        **options: Any,
    ) -> Lemmatizer:
        """Learn rules, forms and lemmas from the tokens of a training split.

        Args:
            pairs: form and lemma of each token.
            rules: those to know; None is all that the pairs need, the most frequent first. Tokens
                that need others are not learned.
            options: passed on to the constructor.
        """
        tokens = Counter((normalize("NFC", form), normalize("NFC", lemma)) for form, lemma in pairs)
        found = {pair: rule_of(*pair) for pair in tokens}
        counts: Counter[str] = Counter()
        for pair, count in tokens.items():
            counts[found[pair]] += count
        rules = [rule for rule, _ in counts.most_common()] if rules is None else list(rules)
        if all(rule.startswith("=") for rule in rules):
            rules.append("lower:*")
        ids = {rule: number for number, rule in enumerate(rules)}
        forms: dict[str, tuple[int, ...]] = {}
        for (form, _), rule in found.items():
            if rule in ids:
                forms[form] = (*forms.get(form, ()), ids[rule])
        return cls(rules, forms, (lemma for _, lemma in tokens), **options)

    def __call__(self, tokens: tf.Tensor, scores: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The lemmas of tokens, and the ids of the rules that make them.

        Args:
            tokens: `[n]`.
            scores: log-probabilities of the rules, `[n, rules]`.

        Returns:
            Strings `[n]`, int32 `[n]`.
        """
        return self.choose(tokens, *self.best(self.sets(tokens), scores))

    def sets(self, tokens: tf.Tensor) -> tf.Tensor:
        """Tokens `[n]` -> which set of rules each may have, int64 `[n]`."""
        return self._sets.lookup(normalize_nfc(valid_utf8(tokens)))

    def best(self, sets: tf.Tensor, scores: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The best rules of those that tokens may have: all that `choose` needs of the scores.

        Args:
            sets: of the tokens, `[..., n]`.
            scores: log-probabilities of the rules, `[..., n, rules]`.

        Returns:
            Scores, and ids int32, both `[..., n, candidates]`.
        """
        scores = tf.where(tf.gather(self._closed, sets), scores.dtype.min, scores)
        return tf.math.top_k(scores, self.candidates)

    def choose(
        self, tokens: tf.Tensor, scores: tf.Tensor, ids: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """The lemmas of tokens `[n]` by their best rules, and the ids of these, as calling it."""
        tokens = normalize_nfc(valid_utf8(tokens))
        repeated = tf.repeat(tokens, self.candidates)
        lemmas = tf.reshape(self.apply(repeated, tf.reshape(ids, [-1])), tf.shape(ids))
        known = tf.cast(self._known.lookup(lemmas), scores.dtype)
        chosen = tf.argmax(scores + self.bonus * known, axis=1)
        return tf.gather(lemmas, chosen, batch_dims=1), tf.gather(ids, chosen, batch_dims=1)


def _table(keys: Sequence[str], values: Sequence[int]) -> tf.lookup.StaticHashTable:
    """Strings -> int64; 0 for others. One key at least is written, as an empty table fails."""
    pairs = {"": 0, **dict(zip(keys, values, strict=True))}
    initializer = tf.lookup.KeyValueTensorInitializer(
        tf.constant(list(pairs)), tf.constant(list(pairs.values()), tf.int64)
    )
    return tf.lookup.StaticHashTable(initializer, 0)
