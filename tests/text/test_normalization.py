"""NFC in the graph against Python's `unicodedata`."""

import random
import sys
import unicodedata

import pytest
import tensorflow as tf

from seqtasks.text import normalize_nfc

EVERY = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
DECOMPOSABLE = [c for c in EVERY if unicodedata.normalize("NFD", c) != c]
MARKS = [c for c in EVERY if unicodedata.combining(c)]
JAMO = [chr(code) for code in range(0x1100, 0x1200)] + list("가각갛힣")
VIETNAMESE_MARKS = "\u0300\u0301\u0303\u0309\u0323\u0302\u0306\u031b"
VIETNAMESE = [c + mark for c in "aeiouyđAEIOUYĐâêôăơưÂÊÔĂƠƯ" for mark in VIETNAMESE_MARKS]


def nfc(texts):
    return [text.decode() for text in normalize_nfc(tf.constant(texts, tf.string)).numpy()]


def expected(texts):
    return [unicodedata.normalize("NFC", text) for text in texts]


def random_texts(alphabets, seed, count=5000):
    rng = random.Random(seed)
    return [
        "".join(rng.choice(rng.choice(alphabets)) for _ in range(rng.randrange(12)))
        for _ in range(count)
    ]


@pytest.mark.parametrize(
    "alphabets",
    [
        [EVERY],
        [EVERY, DECOMPOSABLE, MARKS, JAMO, "ab "],
        [DECOMPOSABLE, MARKS],
        ["ae", MARKS],  # long runs of marks: ordering and blocking
        [JAMO],
        [VIETNAMESE, VIETNAMESE_MARKS, " "],
    ],
    ids=["all", "mixed", "decomposables", "marks", "jamo", "Vietnamese"],
)
def test_random_texts_as_unicodedata(alphabets):
    texts = random_texts(alphabets, seed=len(alphabets))
    texts += [unicodedata.normalize("NFD", text) for text in texts]
    assert nfc(texts) == expected(texts)


def test_every_code_point_alone_and_decomposed():
    texts = EVERY + [unicodedata.normalize("NFD", c) for c in DECOMPOSABLE]
    assert nfc(texts) == expected(texts)


@pytest.mark.parametrize(
    "spelling",
    [
        "Việt",
        "Vie\u0302\u0323t",  # NFD order reversed
        "Vie\u0323\u0302t",  # NFD
        "Viê\u0323t",  # Windows-1258: ê + dot below
        "Viẹ\u0302t",
    ],
    ids=ascii,
)
def test_all_spellings_of_viet_meet(spelling):
    assert nfc([spelling]) == ["Vi\u1ec7t"]


@pytest.mark.parametrize(
    "texts", [[], [""], ["", ""], ["", "e\u0301", ""], ["\u0301", "e", "\u0301"]]
)
def test_empty_batches_and_texts(texts):
    assert nfc(texts) == expected(texts)


def test_marks_never_cross_from_one_text_to_the_next():
    assert nfc(["e", "\u0301", "e\u0323", "\u0302"]) == ["e", "\u0301", "ẹ", "\u0302"]


def test_in_a_graph_of_unknown_batch_size():
    graph = tf.function(normalize_nfc, input_signature=[tf.TensorSpec([None], tf.string)])
    for texts in ([], ["plain"], random_texts([DECOMPOSABLE, MARKS], seed=7, count=50)):
        answer = graph(tf.constant(texts, tf.string)).numpy()
        assert [text.decode() for text in answer] == expected(texts)


def test_real_vietnamese_however_it_is_typed(shared_data):
    lines = (shared_data / "uit_vsfc" / "test.tsv").read_text("utf-8").split("\n")
    assert nfc([unicodedata.normalize("NFD", line) for line in lines]) == expected(lines)
