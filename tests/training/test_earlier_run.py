"""Warm start: which weights a new model takes from an earlier one, value by value."""

import keras
import numpy as np
import pytest

from seqtasks.errors import InputError
from seqtasks.features import WordFeatures
from seqtasks.models import (
    ClassifierEnsemble,
    ConvolutionalClassifier,
    LanguageModel,
    LinearTagger,
    NgramClassifier,
    RecurrentClassifier,
    RecurrentTagger,
    Seq2Seq,
    Tagger,
)
from seqtasks.text import Tokenizer, fit_tokenizer
from seqtasks.training import EarlierRun

OLD, NEW = ["red car", "a blue car"], ["the red house", "a house"]


def words(texts, **options):
    return Tokenizer.fit(texts, "words", max_size=50, lowercase=True, **options)


def classifier(size, labels, units=4):
    members = [
        RecurrentClassifier(size, labels, embedding_size=3, units=units, pooling=["max"]),
        ConvolutionalClassifier(size, labels, embedding_size=3, filters=2, widths=[2]),
        NgramClassifier(size, labels, buckets=20),
    ]
    model = ClassifierEnsemble(members)
    model.build((None, None))
    return model


def earlier(model, labels=("a", "b"), **tokenizers):
    return EarlierRun("runs/old", tokenizers, labels, lambda: model)


def test_tokens_keep_their_ids_and_new_ones_come_after():
    old = words(OLD)
    both = earlier(None, text=old).tokenizer("text", words(NEW, max_length=3))
    count = len(old.vocabulary)
    assert both.vocabulary.tokens[:count] == old.vocabulary.tokens
    assert set(both.vocabulary.tokens[count:]) == {"the", "house"}
    assert both.max_length == 3
    names = [both.vocabulary.tokens[n] for n in both(["a red car in the house"]).to_list()[0]]
    assert names == ["a", "red", "car"]


def test_features_of_words_and_characters_keep_their_ids():
    old, new = (WordFeatures.fit(texts, max_words=9) for texts in (OLD, NEW))
    both = earlier(None, tokens=old).tokenizer("tokens", new)
    for name in ("words", "characters"):
        before, after = getattr(old, name).tokens, getattr(both, name).tokens
        assert after[: len(before)] == before
        assert set(after) == set(before) | set(getattr(new, name).tokens)


@pytest.mark.parametrize("kind", ["unigram", "bpe"])
def test_subwords_stay_as_they_were(kind):
    old = fit_tokenizer(kind, OLD * 5, max_size=20, max_length=9)
    both = earlier(None, source=old).tokenizer(
        "source", fit_tokenizer(kind, NEW * 5, max_size=20, max_length=4)
    )
    assert both.get_config() == {**old.get_config(), "max_length": 4}


@pytest.mark.parametrize(
    ("fitted", "message"),
    [
        (Tokenizer.fit(NEW, "characters", max_size=9), "expected texts cut into characters"),
        (Tokenizer.fit(NEW, "words", max_size=9), r"lowercase=False.*--config runs/old"),
        (
            fit_tokenizer("bpe", NEW * 5, max_size=20),
            "expected a BytePairTokenizer 'text', found T",
        ),
    ],
)
def test_other_tokens_are_refused(fitted, message):
    with pytest.raises(InputError, match=message):
        earlier(None, text=words(OLD)).tokenizer("text", fitted)


def start(model, before, labels, old, new):
    return earlier(before, text=old).start(model, labels, {"text": new})


@pytest.mark.parametrize("labels", [["a", "b"], ["b", "c"], ["a", "b", "c"]])
def test_a_classifier_takes_what_fits(labels):
    old = words(OLD)
    new = earlier(None, text=old).tokenizer("text", words(NEW))
    n, m = len(old.vocabulary), len(new.vocabulary)
    before, model = classifier(n, 2), classifier(m, len(labels))
    for weight in before.weights:
        weight.assign(np.random.default_rng(1).normal(size=weight.shape))
    fresh = np.array(model.members[0].embedding.embeddings)
    notes = start(model, before, labels, old, new)
    recurrent, convolutional, ngram = model.members
    for one, other in zip(model.members[:2], before.members[:2], strict=True):
        np.testing.assert_array_equal(one.embedding.embeddings[:n], other.embedding.embeddings)
    np.testing.assert_array_equal(recurrent.embedding.embeddings[n:], fresh[n:])
    np.testing.assert_array_equal(
        recurrent.encoder.weights[0], before.members[0].encoder.weights[0]
    )
    same = labels == ["a", "b"]
    kept = np.array_equal(convolutional.classify.kernel, before.members[1].classify.kernel)
    assert kept == same
    assert not np.array(ngram.ratios).any()  # counted anew by `adapt`
    np.testing.assert_array_equal(model.log_priors, np.zeros(len(labels)))
    assert notes[0].startswith("warm start: ") and "kept from runs/old" in notes[0]
    assert ("the labels differ" in notes[0]) == (not same)
    assert notes[1] == f"warm start: tokens: 2 added to {n}"


def test_other_sizes_begin_anew_and_nothing_at_all_is_refused():
    tokenizer = words(OLD)
    size = len(tokenizer.vocabulary)
    before, model = classifier(size, 2), classifier(size, 2, units=5)
    (said, _) = start(model, before, ["a", "b"], tokenizer, tokenizer)
    assert "of other shapes begin anew" in said
    np.testing.assert_array_equal(
        model.members[0].embedding.embeddings, before.members[0].embedding.embeddings
    )
    lonely = NgramClassifier(size, 2, buckets=9)
    lonely.build((None, None))
    with pytest.raises(InputError, match=r"no weight of runs/old fits this network. Train with"):
        start(ClassifierEnsemble([lonely]), before, ["x", "y"], tokenizer, tokenizer)


def tagger(features, tags):
    sizes = len(features.words), len(features.characters), tags
    recurrent = RecurrentTagger(
        *sizes, word_size=4, filters=3, units=4, affix_buckets=9, word_dropout_alpha=0.5
    )
    model = Tagger([recurrent, LinearTagger(tags, buckets=9)], tags)
    model.build((None, None, features.width))
    return model


def test_a_tagger_keeps_characters_and_words_and_forgets_other_tags():
    old = WordFeatures.fit(OLD, max_words=9)
    new = earlier(None, tokens=old).tokenizer("tokens", WordFeatures.fit(NEW, max_words=9))
    before, model = tagger(old, 2), tagger(new, 3)
    before.members[0].drop_rates.assign(np.full(len(old.words), 0.25))
    notes = earlier(before, tokens=old).start(model, ["x", "y", "z"], {"tokens": new})
    ours, theirs = model.members[0], before.members[0]
    for one, other in zip(ours.spell.weights, theirs.spell.weights, strict=True):
        kept = np.array(one)[tuple(slice(n) for n in other.shape)]
        np.testing.assert_array_equal(kept, other)
    assert "the labels differ" in notes[0]
    ids = np.zeros((1, 2, new.width), "int32")
    ids[0, :, 0] = [new.words.tokens.index(word) for word in ("the", "car")]
    ours.adapt([(ids, None)])
    rates = dict(zip(new.words.tokens, np.array(ours.drop_rates), strict=True))
    assert rates["blue"] == 0.25  # known before, not seen now
    assert rates["house"] == 1.0  # seen by neither
    assert rates["car"] == pytest.approx(0.5 / 1.5)


def test_language_models_and_translation_take_everything():
    tokenizer = words(OLD)
    size = len(tokenizer.vocabulary)

    def language(vocabulary):
        model = LanguageModel(vocabulary, embedding_size=3, units=4, rows=2)
        model.build()
        return model

    def translation(vocabulary):
        model = Seq2Seq(vocabulary, vocabulary, embedding_size=4, units=4, encoder_layers=1)
        model.build()
        return model

    for make in (language, translation):
        keras.utils.set_random_seed(1)
        before = make(size)
        keras.utils.set_random_seed(2)
        model, wider = make(size), make(size + 3)
        (said, _) = earlier(before, (), text=tokenizer).start(model, (), {"text": tokenizer})
        assert "anew" not in said
        for one, other in zip(model.trainable_weights, before.trainable_weights, strict=True):
            np.testing.assert_array_equal(one, other)
        grown = tokenizer.extended(["x", "y", "z"])
        (said, _) = earlier(before, (), text=tokenizer).start(wider, (), {"text": grown})
        assert "anew" not in said
        for one, other in zip(wider.trainable_weights, before.trainable_weights, strict=True):
            np.testing.assert_array_equal(np.array(one)[tuple(map(slice, other.shape))], other)
