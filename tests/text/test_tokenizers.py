"""Splitting against hand-written tables and `unicodedata`; ids, padding and SavedModels."""

import functools
import random
import unicodedata

import pytest
import tensorflow as tf

from seqtasks.text import (
    END,
    PAD,
    START,
    UNK,
    Tokenizer,
    Vocabulary,
    clean,
    padded,
    split_characters,
    split_words,
)


def words(text, **options):
    return [word.decode() for word in split_words(tf.constant([text]), **options).values.numpy()]


def characters(text, **options):
    return [c.decode() for c in split_characters(tf.constant([text]), **options).values.numpy()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \t\r\n ", []),
        ("A fine film.", "a fine film ."),
        ("well-made, 3.5/5 (snake_case)!?", "well - made , 3 . 5 / 5 ( snake_case ) ! ?"),
        ("don't can't won’t DIDN'T", "do n't ca n't wo n't did n't"),
        ("it's I'm you're we've he'd they'll", "it 's i 'm you 're we 've he 'd they 'll"),
        ("I'd've", "i 'd 've"),
        ("the dogs' bone, 'tis", "the dogs ' bone , ' tis"),
        ("'simple' `ticks´", "' simple ' ' ticks '"),
        ("'mở cửa' và 'dễ'", "' mở cửa ' và ' dễ '"),
        ("Tôi KHÔNG thích ĐIỀU này.", "tôi không thích điều này ."),
        ("ho\u0323c Vie\u0302\u0323t", "h\u1ecdc vi\u1ec7t"),
        ("good👍 👍👍", "good 👍 👍 👍"),
        ("我爱abc电影", "我 爱 abc 电 影"),
        ("한국어 ひらがな", "한국어 ひらがな"),
        ("हिन्दी", "हिन्दी"),  # vowel signs and virama are marks of their letters
        ("no\u00a0break\u3000wide\u2028line\u200a.", "no break wide line ."),
        ("a\0b\x01c\x1cd\x7fe\x85f", "a b c d e f"),
        (b"caf\xe9 \xffx", "caf \ufffd \ufffd x"),
    ],
    ids=ascii,
)
def test_words(text, expected):
    assert words(text) == (expected.split(" ") if expected else [])


@pytest.mark.parametrize(
    ("raw", "tokenized"),
    [
        ("I don't think it's bad.", "I do n't think it 's bad ."),
        ("They'd say we can’t; he'll go!", "They 'd say we ca n't ; he 'll go !"),
        ("DON'T", "DO N'T"),
        ("Không, tôi không thích.", "Không , tôi không thích ."),
    ],
)
@pytest.mark.parametrize("lowercase", [False, True])
def test_raw_and_pretokenized_text_meet(raw, tokenized, lowercase):
    answer = words(raw, lowercase=lowercase)
    assert answer == words(tokenized, lowercase=lowercase)
    assert answer == (tokenized.lower() if lowercase else tokenized).split(" ")


def scanned(text):
    """The rule of `split_words` without contractions, by Unicode category, a character a step."""
    found, inside = [], False
    for c in unicodedata.normalize("NFC", text):
        category = unicodedata.category(c)
        if category[0] == "Z" or category == "Cc":
            inside = False
        elif (category[0] in "LMN" or c == "_") and not unicodedata.name(c).startswith("CJK U"):
            found = [*found[:-1], found[-1] + c] if inside else [*found, c]
            inside = True
        else:
            found.append(c)
            inside = False
    return found


def test_words_of_random_text_as_scanned_by_category():
    rng = random.Random(3)
    alphabet = (
        'abzZ09_½Ⅷ.,;:!?-–(){}[]\\$%&*+/<=>@^|~#"«»…€ệĐảα中文字ひ가👍❤\u0301\u200d  \u00a0\t\n'
    )
    texts = ["".join(rng.choices(alphabet, k=rng.randrange(20))) for _ in range(500)]
    answer = split_words(tf.constant(texts), lowercase=False).to_list()
    assert [[word.decode() for word in row] for row in answer] == [scanned(t) for t in texts]


@pytest.mark.parametrize(
    "text",
    [
        "ĂÂĐÊÔƠƯ ẮẰẲẴẶ ẤẦẨẪẬ ẾỀỂỄỆ ỐỒỔỖỘ ỚỜỞỠỢ ỨỪỬỮỰ ÝỲỶỸỴ",
        unicodedata.normalize("NFD", "TRƯỜNG ĐẠI HỌC QUỐC GIA HÀ NỘI"),
        "ΟΔΟΣ ДОМ İ",
        "J\u030c H\u0331 \u03aa\u0301",
    ],
    ids=ascii,
)
def test_lowercase_is_pythons_and_is_nfc(text):
    expected = unicodedata.normalize("NFC", text.lower())
    assert clean(tf.constant([text]), lowercase=True)[0].numpy().decode() == expected


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("", {}, ""),
        ("  Vie\u0323\u0302t \n\0 Nam ", {}, "Việt Nam"),
        ("ĐÊM", {"lowercase": True}, "đêm"),
        ("don't👍", {}, "don't👍"),
        (b"a\xff", {}, "a\ufffd"),
    ],
)
def test_characters(text, options, expected):
    assert characters(text, **options) == list(expected)


@pytest.fixture(scope="module")
def tokenizer():
    return Tokenizer(Vocabulary(["a", "film", "phim", "hay"]), split_words)


def test_ids_of_a_batch(tokenizer):
    texts = tf.constant(["A film", "", "phim rất hay", "[START] a"])
    ids = tokenizer(texts)
    assert ids.dtype == tf.int32
    assert ids.to_list() == [[4, 5], [], [6, UNK, 7], [UNK, UNK, UNK, 4]]
    assert padded(tokenizer(texts)).numpy().tolist() == [
        [4, 5, PAD, PAD],
        [PAD] * 4,
        [6, UNK, 7, PAD],
        [UNK, UNK, UNK, 4],
    ]


@pytest.mark.parametrize(
    ("texts", "shape"), [([], (0, 1)), ([""], (1, 1)), (["", " "], (2, 1)), (["a film a"], (1, 3))]
)
def test_dense_is_at_least_one_step_wide(tokenizer, texts, shape):
    dense = padded(tokenizer(tf.constant(texts, tf.string)))
    assert dense.shape == shape
    assert dense.dtype == tf.int32


def test_max_length_cuts_after_so_many_tokens():
    tokenizer = Tokenizer(Vocabulary(["a", "b"]), split_words, max_length=2)
    assert tokenizer(tf.constant(["a b a", "b", ""])).to_list() == [[4, 5], [5], []]
    assert padded(tokenizer(tf.constant(["b b b b"]))).shape == (1, 2)


@pytest.mark.parametrize(
    ("split", "separator", "text"),
    [(split_words, " ", "phim này hay lắm"), (split_characters, "", "Phim này, hay lắm!")],
)
def test_join_takes_ids_back(split, separator, text):
    tokenizer = Tokenizer.fit([text], split, max_size=50, separator=separator)
    texts = tf.constant([text, "", text[:4]])
    for ids in (tokenizer(texts), padded(tokenizer(texts))):
        assert [t.decode() for t in tokenizer.join(ids).numpy()] == [text, "", text[:4]]


def test_join_drops_specials_but_shows_the_unknown(tokenizer):
    ids = tf.constant([[START, 4, UNK, 5, END, PAD], [PAD] * 6])
    assert tokenizer.join(ids).numpy().tolist() == [b"a [UNK] film", b""]


def test_fit_counts_a_stream_once_and_across_chunks():
    texts = ["b a"] * 1500 + ["a c"] * 1000 + ["d"] * 999
    tokenizer = Tokenizer.fit(iter(texts), split_words, max_size=10, min_count=1000, max_length=7)
    assert tokenizer.vocabulary.tokens[4:] == ("a", "b", "c")
    assert tokenizer.max_length == 7


def test_same_answers_in_a_graph_and_after_saving(tmp_path):
    class Served(tf.Module):
        def __init__(self):
            super().__init__()
            split = functools.partial(split_words, lowercase=True)
            texts = ["Phim hay, don't miss", "món Việt"]
            self.tokenizer = Tokenizer.fit(texts, split, max_size=20, max_length=6)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def serve(self, texts):
            ids = padded(self.tokenizer(texts))
            return ids, self.tokenizer.join(ids)

    served = Served()
    tf.saved_model.save(served, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path))
    for texts in (["mo\u0301n VIE\u0302\u0323T", "don't", "gì"], [""], []):
        texts = tf.constant(texts, tf.string)
        eager = padded(served.tokenizer(texts))
        for answers in (served.serve(texts), loaded.serve(texts)):
            assert answers[0].numpy().tolist() == eager.numpy().tolist()
            assert answers[1].numpy().tolist() == served.tokenizer.join(eager).numpy().tolist()
    known = loaded.serve(tf.constant(["mo\u0301n VIE\u0302\u0323T"]))
    assert known[1].numpy()[0].decode() == "món việt"


def test_padded_keeps_shapes_of_unknown_size():
    ragged = tf.RaggedTensorSpec([None, None], tf.int32)
    assert tf.function(padded, input_signature=[ragged]).get_concrete_function().output_shapes == [
        None,
        None,
    ]
