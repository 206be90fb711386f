"""Features of words against a plain Python that works on one word at a time."""

import random
import re
import unicodedata

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.features import WordFeatures, columns, normal_forms, split_tokens, word_strings
from seqtasks.text import Vocabulary

WORDS = [
    *("the", "The", "THE", "iPhone7", "U.S.", "1999", "2,000", "-", "...", "a", "ab", "abc"),
    *(
        "đảng_viên",
        "Đà_Nẵng",
        "tiếng",
        "e-mail",
        "x_",
        "_",
        "@Bob_1",
        "@",
        "http://t.co/x",
        "WWW.a",
    ),
    *(
        "internationalisation",
        "x" * 19,
        "y" * 20,
        "z" * 21,
        "ế" * 50,
        "🙂",
        "Ωμέγα",
        "ǅ",
        "٣",
        "#tag",
    ),
]
CHARACTERS = 20


def folded(word):
    """The normal form, by the rules in words: digits 0, addresses, users, lower case."""
    word = "".join("0" if unicodedata.category(c) == "Nd" else c for c in word)
    if re.fullmatch(r"(https?:|www\.)\S+", word, re.IGNORECASE):
        return "[address]"
    if re.fullmatch(r"@[A-Za-z0-9_.]+", word):
        return "[user]"
    return word.lower()


def shape(word):
    kinds = []
    for character in word[:40]:
        category = unicodedata.category(character)
        kinds.append(
            {"Nd": "d", "Lu": "X", "Lt": "X"}.get(
                category, "x" if category[0] in "LM" else character
            )
        )
    short = []
    for kind in kinds:
        if kind not in "xXd" or short[-2:] != [kind, kind]:
            short.append(kind)
    return "".join(short[:10])


def ends(word):
    return word if len(word) <= CHARACTERS else word[:10] + word[-10:]


def strings(word):
    """All that is hashed, column by column from SHAPE on."""
    lower = ends(word).lower()
    affixes = [lower[:n] for n in (1, 2, 3, 4)] + [lower[-n:] for n in (1, 2, 3, 4)]
    parts = [re.split("[_-]", lower)[0], re.split("[_-]", lower)[-1]]
    return [shape(word), word, folded(word), *affixes, *parts]


def hashed(text):
    return 1 + int(tf.strings.to_hash_bucket_fast(text, word_strings.HASHES - 1))


@pytest.fixture(scope="module")
def features():
    sentences = ["the the THE e-mail tiếng tiếng 1999", "2000 iPhone7 đảng_viên đảng_viên"]
    return WordFeatures.fit(sentences, max_words=100, min_count=2)


@pytest.mark.parametrize("word", WORDS)
def test_columns_are_those_of_plain_python(features, word):
    row = features.of_words(tf.constant([word])).numpy()[0]
    assert row.dtype == np.int32
    known = {"the": 4, "0000": 5, "tiếng": 6, "đảng_viên": 7}
    assert {w: int(features.words.ids(tf.constant(w))) for w in known} == known
    assert row[columns.WORD] == known.get(folded(word), 1)
    assert row[columns.SHAPE : columns.CHARACTERS].tolist() == list(map(hashed, strings(word)))
    letters = sorted(set("".join("the THE e-mail tiếng 1999 2000 iPhone7 đảng_viên".split())))
    ids = [letters.index(c) + 4 if c in letters else 1 for c in ends(word)]
    assert row[columns.CHARACTERS :].tolist() == ids + [0] * (CHARACTERS - len(ids))


def test_suffix_columns_are_those_of_two_and_three_characters(features):
    row = features.of_words(tf.constant(["Singing"])).numpy()[0]
    assert row[[columns.SUFFIX_2, columns.SUFFIX_3]].tolist() == [hashed("ng"), hashed("ing")]


def test_composed_and_decomposed_words_are_one(features):
    rows = features.of_words(
        tf.constant([unicodedata.normalize(form, "Tiếng") for form in ("NFC", "NFD")])
    )
    np.testing.assert_array_equal(rows[0], rows[1])


def test_batches_are_words_one_by_one(features):
    rng = random.Random(1)
    rows = [rng.choices(WORDS, k=n) for n in (5, 0, 1, 12)]
    batch = features(split_tokens(tf.constant([" ".join(row) for row in rows])))
    assert batch.row_lengths().numpy().tolist() == [5, 0, 1, 12]
    for row, found in zip(rows, batch, strict=True):
        for word, values in zip(row, found, strict=True):
            np.testing.assert_array_equal(values, features.of_words(tf.constant([word]))[0])


def test_nothing_and_odd_bytes(features):
    assert features(split_tokens(tf.constant([], tf.string))).shape[0] == 0
    odd = tf.constant([b"\xff\xfe", b"\x00", "x" * 1_000_000, "\u0301"])
    assert features.of_words(odd).shape == (4, features.width)


def test_tokens_are_split_at_single_spaces_alone():
    tokens = split_tokens(tf.constant(["a b\u00a0c  d ", "", " "]))
    assert tokens.to_list() == [[b"a", "b\u00a0c".encode(), b"d"], [], []]


def test_more_words_are_known_besides():
    features = WordFeatures.fit(["a a b"], max_words=1, more_words=["c", "a"])
    assert features.words.tokens[4:] == ("a", "c")
    assert normal_forms(["A 12", "http://x Đ"]) == {"a", "00", "[address]", "đ"}
    assert isinstance(features.words, Vocabulary)
