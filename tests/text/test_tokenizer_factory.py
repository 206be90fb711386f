"""A tokenizer is data: what its configuration makes, through JSON, cuts texts as it did."""

import json

import pytest
import tensorflow as tf

from seqtasks.features import WordFeatures, split_tokens
from seqtasks.text import Tokenizer, fit_tokenizer, split_words, tokenizer_from_config

LEARNED = [
    "Tôi không thích ĐIỀU này, thật đấy!",
    "The soup wasn't bad; we'd go again.",
    "món phở ở Huế rất ngon [END] [UNK]",
    "I'm sure it's snake_case, 3.5/5 👍 我爱电影",
] * 5
ODD = [
    *LEARNED[:4],
    "",
    "   \t\n",
    "a\0b\x01c",
    "Vie\u0302\u0323t NAM ho\u0323c",
    "không\u00a0thấy\u2028gì",
    "👩‍👩‍👧 हिन्दी 한국어",
    "[START] [PAD] \u2581 x",
    "unseen Ωmega 9999",
]
BYTES = [*(text.encode() for text in ODD), b"bad \xff\xfe bytes", b"caf\xe9"]
KINDS = [
    (kind, options)
    for kind in ("word", "character", "unigram", "bpe")
    for options in ({}, {"lowercase": True}, {"verbatim": True}, {"max_length": 3})
]


@pytest.mark.parametrize(("kind", "options"), KINDS, ids=str)
def test_a_tokenizer_made_from_its_configuration_is_the_same(kind, options):
    tokenizer = fit_tokenizer(kind, LEARNED, max_size=200, **options)
    config = json.loads(json.dumps(tokenizer.get_config(), allow_nan=False))
    again = tokenizer_from_config(config)
    assert type(again) is type(tokenizer) and again.get_config() == tokenizer.get_config()
    texts = tf.constant(BYTES)
    ids = tokenizer(texts)
    assert again(texts).to_list() == ids.to_list()
    assert again.join(ids).numpy().tolist() == tokenizer.join(ids).numpy().tolist()
    assert again.vocabulary.tokens == tokenizer.vocabulary.tokens
    assert len({id for row in ids.to_list() for id in row}) > 10  # not all of them unknown
    if "max_length" in options:
        assert max(map(len, ids.to_list())) == 3


def test_a_splitter_of_ones_own_has_no_configuration():
    tokenizer = Tokenizer.fit(LEARNED, split_words, max_size=9)
    with pytest.raises(ValueError, match="expected a splitter by name, received a function"):
        tokenizer.get_config()


def test_features_of_words_too():
    features = WordFeatures.fit(LEARNED, max_words=50)
    again = WordFeatures.from_config(json.loads(json.dumps(features.get_config())))
    tokens = split_tokens(tf.constant(BYTES))
    assert again(tokens).to_list() == features(tokens).to_list()
    assert again.width == features.width
