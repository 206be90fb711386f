"""Subwords against SentencePiece, enumeration, and the laws of a tokenizer."""

import itertools
from collections import Counter

import numpy as np
import pytest
import sentencepiece
import tensorflow as tf

from seqtasks.errors import InputError
from seqtasks.text import (
    BytePairTokenizer,
    SubwordTokenizer,
    Vocabulary,
    fit_tokenizer,
    notes_on,
    split_for_subwords,
)
from seqtasks.text.subwords import sentencepiece_training as pieces_module
from seqtasks.text.subwords.sentencepiece_training import candidates

TEXTS = [
    "Ein kleines Mädchen klettert in ein Spielhaus aus Holz.",
    "Zwei Mädchen klettern in kleine Häuser, die aus Holz sind.",
    "Ein Haus! Viele Häuser? Die Spielhäuser sind aus hellem Holz.",
    'Ein Mann sagt: "Das Haus ist klein", und klettert hinein.',
]
PIECES = {"▁": -3.0, "a": -4.0, "b": -4.5, "ab": -5.0, "▁a": -5.5, "ba": -6.0, "bab": -7.5}


def toy(**options):
    return SubwordTokenizer(Vocabulary(list(PIECES)), list(PIECES.values()), **options)


@pytest.fixture(scope="module")
def fitted():
    return SubwordTokenizer.fit(TEXTS, max_size=70)


@pytest.fixture(scope="module")
def merged():
    return BytePairTokenizer.fit(TEXTS, max_size=70)


VERBATIM = [
    "def f(x):\n    if x:\n\t\treturn  y  \n\n",
    "Trăm năm  trong cõi\r\n \n người ta ",
    "a\x0cb\u2028 \u2028\x1c c\u3000d\u00a0e",
    "日本語のテキスト。改行\n",
    "    ",
    "\n",
    "",
]


@pytest.fixture(scope="module")
def fitted_verbatim():
    return SubwordTokenizer.fit(VERBATIM * 3, max_size=150, verbatim=True)


@pytest.fixture(scope="module")
def merged_verbatim():
    return BytePairTokenizer.fit(VERBATIM * 3, max_size=150, verbatim=True)


def pieces(tokenizer, texts, **options):
    ids = tokenizer(tf.constant(texts), **options)
    return [[t.decode() for t in row] for row in tokenizer.vocabulary.lookup(ids).to_list()]


def test_words_keep_their_blank_and_punctuation_stands_alone():
    words = split_for_subwords(tf.constant(['Ein  Haus. "Don\'t", (sagt) er ▁x_y\n', "", " "]))
    expected = [*'▁Ein ▁Haus . ▁" Don \' t " , ▁( sagt ) ▁er'.split(), "▁_", "x", "_", "y"]
    assert [w.decode() for w in words[0].numpy()] == expected
    assert words[1:].to_list() == [[], []]


def test_verbatim_words_are_the_text():
    words = split_for_subwords(tf.constant(VERBATIM), verbatim=True)
    joined = tf.strings.regex_replace(tf.strings.reduce_join(words, axis=-1), "▁", " ")
    assert [text.decode() for text in joined.numpy()] == VERBATIM
    cut = [word.decode() for word in words[0].numpy()]
    expected = "def ▁f ( x ) : \n ▁▁▁ ▁if ▁x : \n \t \t return ▁ ▁y ▁ ▁\n \n"
    assert cut == expected.split(" ")
    odd = tf.constant(["x ▁ \x02", b"\xff"])
    assert split_for_subwords(odd, verbatim=True).to_list() == [
        [b"x", "▁_".encode(), "▁\ufffd".encode()],
        ["\ufffd".encode()],
    ]


@pytest.mark.parametrize("kind", ["fitted_verbatim", "merged_verbatim"])
def test_verbatim_texts_come_back(kind, request):
    verbatim = request.getfixturevalue(kind)
    ids = verbatim(tf.constant(VERBATIM))
    assert not np.any(ids.flat_values == 1)
    assert [text.decode() for text in verbatim.join(ids).numpy()] == VERBATIM
    both = tf.strings.join([verbatim.join(ids[:, :5]), verbatim.join(ids[:, 5:])])
    assert [text.decode() for text in both.numpy()] == VERBATIM


@pytest.mark.parametrize("kind", [SubwordTokenizer, BytePairTokenizer])
@pytest.mark.parametrize("texts", [["\n\n"], ["a" * 2000], [" " * 300], ["\n a \n"], ["ab\n"] * 9])
def test_verbatim_odd_texts_come_back(kind, texts):
    tokenizer = kind.fit(texts, max_size=50, verbatim=True)
    joined = tokenizer.join(tokenizer(tf.constant(texts))).numpy()
    assert [text.decode() for text in joined] == texts


@pytest.mark.parametrize("kind", ["fitted", "merged", "fitted_verbatim", "merged_verbatim"])
def test_cuts_as_sentencepiece_does(kind, request):
    """The same pieces and scores in a model file of SentencePiece's own."""
    import sentencepiece.sentencepiece_model_pb2 as model_pb2

    fitted = request.getfixturevalue(kind)
    model = model_pb2.ModelProto()
    model.trainer_spec.model_type = model_pb2.TrainerSpec.ModelType.Value(fitted.kind.upper())
    model.normalizer_spec.add_dummy_prefix = False
    model.normalizer_spec.remove_extra_whitespaces = False
    model.pieces.add(piece="<unk>", score=0.0, type=model_pb2.ModelProto.SentencePiece.UNKNOWN)
    for piece, score in zip(fitted.vocabulary.tokens[4:], fitted._scores[4:], strict=True):
        model.pieces.add(piece=piece, score=float(score))
    theirs = sentencepiece.SentencePieceProcessor(model_proto=model.SerializeToString())
    texts = [*TEXTS, "Die kleinen Spielmädchen klettern: hellaus, Holzhaus!", "eeeeeee nnnn"]
    texts = VERBATIM if fitted.verbatim else texts
    for text, ours in zip(texts, pieces(fitted, texts), strict=True):
        words = split_for_subwords(tf.constant([text]), verbatim=fitted.verbatim)
        words = words.flat_values.numpy()
        expected = [p for word in words for p in theirs.encode(word.decode(), out_type=str)]
        assert ours == expected


def ways(word):
    """All ways to cut a word into pieces, with their log-probabilities."""
    if not word:
        return {(): 0.0}
    found = {}
    for size in range(1, len(word) + 1):
        if word[:size] in PIECES:
            for rest, score in ways(word[size:]).items():
                found[(word[:size], *rest)] = PIECES[word[:size]] + score
    return found


def test_takes_the_best_of_all_ways():
    words = ["".join(w) for n in range(1, 7) for w in itertools.product("ab", repeat=n)]
    for word, found in zip(words, pieces(toy(), words), strict=True):
        all_ways = ways("▁" + word)
        assert all_ways[tuple(found)] == pytest.approx(max(all_ways.values()))


def test_draws_ways_by_their_probability():
    tf.random.set_seed(0)
    rows = 6000
    drawn = Counter(map(tuple, pieces(toy(), ["abab"] * rows, sharpness=0.5)))
    weights = {way: np.exp(0.5 * score) for way, score in ways("▁abab").items()}
    total = sum(weights.values())
    assert set(drawn) == set(weights)
    for way, weight in weights.items():
        assert drawn[way] / rows == pytest.approx(weight / total, abs=0.025)
    cut = pieces(toy(), ["ab ba", "a"], sharpness=100.0)
    assert cut == pieces(toy(), ["ab ba", "a"])


def test_joins_what_it_has_cut(fitted):
    ids = fitted(tf.constant(TEXTS))
    assert [t.decode() for t in fitted.join(ids).numpy()] == TEXTS
    assert fitted.join(ids.to_tensor()).numpy().tolist() == fitted.join(ids).numpy().tolist()
    drawn = fitted(tf.constant(TEXTS), sharpness=0.2)
    assert [t.decode() for t in fitted.join(drawn).numpy()] == TEXTS
    assert drawn.row_lengths().numpy().sum() > ids.row_lengths().numpy().sum()


def test_byte_pairs_unite_in_the_order_they_were_learned():
    pairs = ["ab", "bc", "abc", "bcd"]
    toy = BytePairTokenizer(Vocabulary([*pairs, *"▁abcd"]), -np.arange(9.0))
    assert pieces(toy, ["abcd", "bcdbc", "abab"]) == [
        ["▁", "abc", "d"],
        ["▁", "bcd", "bc"],
        ["▁", "ab", "ab"],
    ]


def test_byte_pair_dropout(merged):
    tf.random.set_seed(0)
    assert pieces(merged, TEXTS, dropout=0.0) == pieces(merged, TEXTS)
    alone = pieces(merged, ["Haus"], dropout=0.999999)[0]
    assert alone == list("▁Haus")
    pair = BytePairTokenizer(Vocabulary(["ab", *"▁ab"]), -np.arange(4.0))
    drawn = Counter(map(tuple, pieces(pair, ["ab"] * 6000, dropout=0.3)))
    assert drawn["▁", "ab"] / 6000 == pytest.approx(0.7, abs=0.025)
    ids = merged(tf.constant(TEXTS), dropout=0.3)
    assert [t.decode() for t in merged.join(ids).numpy()] == TEXTS
    assert ids.row_lengths().numpy().sum() > merged(TEXTS).row_lengths().numpy().sum()


@pytest.mark.parametrize("kind", ["fitted", "merged"])
def test_odd_texts(kind, request):
    fitted = request.getfixturevalue(kind)
    texts = ["", "   ", "日本", b"\xff Haus", "x" * 5000, "Haus " * 3000]
    ids = fitted(tf.constant(texts))
    assert ids.row_lengths().numpy().tolist()[:3] == [0, 0, 3]  # "▁" and two unknown characters
    assert ids[2].numpy().tolist()[1:] == [1, 1]
    short = type(fitted)(fitted.vocabulary, fitted._scores[4:].tolist(), max_length=7)
    assert short(tf.constant(texts)).row_lengths().numpy().max() == 7
    assert fitted(tf.constant([], tf.string)).shape[0] == 0
    lower = type(fitted).fit(TEXTS, max_size=60, lowercase=True)
    same = lower(tf.constant(["EIN HAUS", "ein haus"]))
    np.testing.assert_array_equal(same[0], same[1])


def test_the_same_texts_give_the_same_pieces(fitted):
    again = SubwordTokenizer.fit(TEXTS, max_size=70)
    assert again.vocabulary.tokens == fitted.vocabulary.tokens
    assert len(fitted.vocabulary) <= 74


@pytest.mark.parametrize("kind", ["fitted", "merged"])
def test_one_graph_saved_and_loaded(kind, request, tmp_path):
    fitted = request.getfixturevalue(kind)
    module = tf.Module()
    module.tokenizer = fitted
    module.serve = tf.function(
        lambda texts: fitted(texts).to_tensor(), input_signature=[tf.TensorSpec([None], tf.string)]
    )
    tf.saved_model.save(module, tmp_path / "m")
    loaded = tf.saved_model.load(tmp_path / "m")
    np.testing.assert_array_equal(
        loaded.serve(tf.constant(TEXTS)), fitted(tf.constant(TEXTS)).to_tensor()
    )


def test_refuses_a_vocabulary_too_small_for_the_characters():
    with pytest.raises(InputError, match=r"vocabulary of 5 subwords: expected at least \d+"):
        SubwordTokenizer.fit(TEXTS, max_size=5)


def test_a_frequent_word_is_a_piece_of_its_own():
    """SentencePiece's own seeds miss every word that no other word begins with."""
    texts = ["hôm qua trời mưa", "hôm nay trời nắng"] * 50
    tokenizer = SubwordTokenizer.fit(texts, max_size=500)
    assert pieces(tokenizer, ["hôm nay trời mưa"]) == ["▁hôm ▁nay ▁trời ▁mưa".split()]


def test_of_very_many_words_the_rarest_give_their_characters_only(monkeypatch):
    counts = Counter({b"abab": 9, b"ba": 5, b"xyx": 2, "xyé\n"[:3].encode(): 1, b"\n": 3})
    assert "xyx" in dict(pieces_module.learn_pieces(counts, 40, "unigram"))
    monkeypatch.setattr(pieces_module, "MOST_WORDS", 2)
    learned = dict(pieces_module.learn_pieces(counts, 40, "unigram"))
    assert set("abxyé\n") < set(learned) and "xyx" not in learned and "ba" in learned


def test_candidates_count_what_stands_in_the_words():
    found = dict(candidates(Counter({"▁ab".encode(): 3, b"ab": 2, b"c": 1, b"cd": 1})))
    assert found == {"▁": 3, "a": 5, "b": 5, "c": 2, "d": 1, "▁a": 3, "▁ab": 3, "ab": 5}
    bounded = dict(candidates(Counter({b"abcd": 9, b"xyz": 1}), limit=4))
    assert set("abcdxyz") < set(bounded) and len(bounded) < 7 + 5


@pytest.mark.parametrize("kind", ["unigram", "bpe", "word", "character"])
def test_every_kind_keeps_texts_as_they_are(kind):
    text = "Ein Haus\n ein Hund"
    tokenizer = fit_tokenizer(kind, [text], max_size=400, verbatim=True)
    joined = tokenizer.join(tokenizer(tf.constant([text]))).numpy()[0].decode()
    assert joined == (text.replace("\n", " \n") if kind == "word" else text)
    with pytest.raises(ValueError, match="at most one of `lowercase` and `verbatim`"):
        fit_tokenizer(kind, [text], max_size=400, verbatim=True, lowercase=True)


@pytest.mark.parametrize("kind", ["unigram", "bpe", "word", "character"])
def test_every_kind_says_what_it_cuts_and_what_it_lacks(kind):
    texts = ["ein haus und noch ein haus", "ein hund"]
    tokenizer = fit_tokenizer(kind, texts, max_size=4000, max_length=6)
    few, cut = notes_on(tokenizer, texts, 4000)
    known = len(tokenizer.vocabulary) - 4
    assert few == f"a vocabulary of {known} tokens, not 4,000: the texts have no more"
    full = sum(n >= 6 for n in tokenizer(tf.constant(texts)).row_lengths().numpy())
    assert cut.startswith(f"{full} training sentences fill the limit of 6 tokens")
    assert notes_on(tokenizer, ["ein"], known) == ()
