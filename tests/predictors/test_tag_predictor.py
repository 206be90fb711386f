"""TagPredictor: every sentence gets an answer, and places point into it."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.features import WordFeatures
from seqtasks.models import LinearTagger, RecurrentTagger, Tagger
from seqtasks.predictors import TagPredictor
from seqtasks.predictors.tags import token_places
from seqtasks.text import CUT, bio, split_words

SENTENCES = ["Anna Lee sings in Huế .", "Do n't go !", "Đà_Nẵng and New York"]
TAGS = sorted(["O", *(f"{p}-{t}" for p in "BIES" for t in ("PER", "LOC"))])


def predictor_with(tags, scheme, seed=2):
    keras.utils.set_random_seed(seed)
    features = WordFeatures.fit(SENTENCES, max_words=50)
    sizes = (len(features.words), len(features.characters), len(tags))
    members = [
        RecurrentTagger(*sizes, word_size=8, filters=50, units=8),
        LinearTagger(len(tags), buckets=99),
    ]
    constraints = bio.allowed_transitions(tags, scheme) if scheme else None
    model = Tagger(members, len(tags), constraints)
    model.build((None, None, features.width))
    members[1].table.assign(np.random.default_rng(seed).normal(size=(99, len(tags))))
    return TagPredictor(features, model, tags, scheme)


@pytest.fixture(scope="module")
def ner():
    return predictor_with(TAGS, "bioes")


@pytest.fixture(scope="module")
def pos():
    return predictor_with(["NOUN", "PUNCT", "VERB"], None)


def serve(function, texts):
    return {k: v.numpy() for k, v in function(tf.constant(texts, tf.string)).items()}


RAW = [
    "Anna Lee sings in Huế.",
    "  Anna\tdoesn’t   go — (to) Đà_Nẵng!? ",
    "",
    "   ",
    "e\u0302\u0323 tie\u0302\u0301ng 🙂🙂 日本",
    "x" * 50 + " y " * 30,
]


def test_places_point_at_the_tokens_of_the_raw_text(ner):
    outputs = serve(ner.signatures["serving_default"], RAW)
    expected = split_words(tf.constant(RAW), lowercase=False).to_list()
    for n, text in enumerate(RAW):
        count = (outputs["tokens"][n] != b"").sum()
        assert outputs["text"][n].decode() == text
        tokens = [token.decode() for token in outputs["tokens"][n][:count]]
        places = list(zip(outputs["starts"][n], outputs["ends"][n], strict=True))
        cut = [text[start:end].replace("’", "'") for start, end in places[:count]]
        assert cut == tokens
        assert len(tokens) == len(expected[n])
        assert places[count:] == [(-1, -1)] * (len(places) - count)
        assert (outputs["confidence"][n][count:] == -1).all()
        assert (
            (outputs["confidence"][n][:count] > 0) & (outputs["confidence"][n][:count] <= 1)
        ).all()


def test_spans_are_those_of_the_tags(ner):
    """Against the pure Python of `bio` on the tags that are given out."""
    rng = random.Random(3)
    words = "Anna Lee Huế Đà_Nẵng New York sings in . , the".split()
    texts = [" ".join(rng.choices(words, k=rng.randrange(1, 14))) for _ in range(60)]
    outputs = serve(ner.signatures["tokens"], texts)
    total = 0
    for n, text in enumerate(texts):
        tokens = text.split(" ")
        tags = [tag.decode() for tag in outputs["tags"][n][: len(tokens)]]
        assert {tag[0] for tag in tags} <= set("OBI")
        assert bio.repair(tags, "bio")[1] == 0  # the constraints hold
        spans = bio.spans_of(tags, "bio")
        expected = bio.character_spans(text, tokens, spans)
        count = len(expected)
        found = zip(
            *(outputs[f"span_{name}"][n][:count] for name in ("types", "starts", "ends")),
            strict=True,
        )
        assert [(kind.decode(), start, end) for kind, start, end in found] == expected
        assert [t.decode() for t in outputs["span_texts"][n][:count]] == [
            text[start:end] for _, start, end in expected
        ]
        lowest = [outputs["confidence"][n][s.start : s.end].min() for s in spans]
        np.testing.assert_allclose(outputs["span_confidence"][n][:count], lowest)
        assert (outputs["span_types"][n][count:] == b"").all()
        assert (outputs["span_starts"][n][count:] == -1).all()
        total += count
    assert total > 50


def test_alone_as_in_a_batch_and_tokens_as_raw(ner):
    together = serve(ner.signatures["serving_default"], RAW)
    for n, text in enumerate(RAW):
        alone = serve(ner.signatures["serving_default"], [text])
        count = alone["tokens"].shape[1]
        assert alone["tags"][0].tolist() == together["tags"][n][:count].tolist()
        np.testing.assert_allclose(
            alone["confidence"][0], together["confidence"][n][:count], atol=1e-5
        )
    joined = [b" ".join(row[row != b""]) for row in together["tokens"]]
    again = serve(ner.signatures["tokens"], joined)
    np.testing.assert_array_equal(again["tags"], together["tags"])
    np.testing.assert_array_equal(again["tokens"], together["tokens"])


def test_tokens_keep_what_is_inside_them(pos):
    outputs = serve(pos.signatures["tokens"], ["U.S. don't a\u00a0b  c\x03d"])
    assert outputs["tokens"][0].tolist() == [
        b"U.S.",
        b"don't",
        "a\u00a0b".encode(),
        "c\ufffdd".encode(),
    ]
    assert outputs["starts"][0].tolist() == [0, 5, 11, 16]
    assert outputs["ends"][0].tolist() == [4, 10, 14, 19]
    assert "span_types" not in outputs


def test_no_text_at_all(ner):
    outputs = serve(ner.signatures["serving_default"], [])
    assert outputs["tokens"].shape[0] == outputs["span_types"].shape[0] == 0
    outputs = serve(ner.signatures["tokens"], ["", " "])
    assert outputs["tokens"].shape == outputs["span_starts"].shape == (2, 0)


def test_anything_else_gets_an_answer(ner):
    odd = [b"\xff\xfe\x00 a", "x" * 1_000_000, "a " * 10_000, "\x00\x01\x02\x03", "🙂" * 500]
    for function in (ner.signatures["serving_default"], ner.signatures["tokens"]):
        outputs = serve(function, odd)
        assert (outputs["tokens"][2] != b"").sum() == 10_000
        for row in outputs["tokens"]:
            row[row != b""]
        assert np.isfinite(outputs["confidence"]).all()


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        (f"ab{CUT}c d", [("ab", 0, 2), ("c", 2, 3), ("d", 4, 5)]),
        (f"{CUT} {CUT}é{CUT}{CUT}  🙂", [("é", 1, 2), ("🙂", 4, 5)]),
        ("", []),
        (f" {CUT} ", []),
    ],
)
def test_places_of_tokens(cut, expected):
    for texts in ([cut], ["zz y", cut, "w"]):
        found = [values.to_list()[len(texts) // 2] for values in token_places(tf.constant(texts))]
        assert [(t.decode(), s, e) for t, s, e in zip(*found, strict=True)] == expected
