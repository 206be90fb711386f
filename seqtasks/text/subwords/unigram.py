"""Subwords: texts -> pieces of words and back, in plain TensorFlow operations.

The pieces and their probabilities are learned by SentencePiece (a unigram language model); cutting
words into them is done here, so that a SavedModel loads without tensorflow-text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.text.normalization import normalize_nfc, valid_utf8
from seqtasks.text.special_ids import FIRST_TOKEN, PAD, UNK
from seqtasks.text.splitters import clean
from seqtasks.text.subwords.sentencepiece_training import learn_pieces
from seqtasks.text.tokenizers import chunks
from seqtasks.text.vocabulary import Vocabulary, frequencies

BLANK = "▁"  # begins every word that a blank stood before
LONGEST_WORD = 100  # characters; longer ones are cut, so that one word cannot cost too much
LOWEST = -1e9


def split_for_subwords(
    texts: tf.Tensor, *, lowercase: bool = False, verbatim: bool = False
) -> tf.RaggedTensor:
    """Words with the blank before them, every other character alone.

    Args:
        texts: strings, `[batch]`.
        lowercase: lower-case first.
        verbatim: keep all blanks and line ends, and assume none before the text; otherwise
            texts are cleaned (`seqtasks.text.clean`).

    Returns:
        Words, `[batch, (words)]`: "Ein Haus." is "▁Ein", "▁Haus", "."; verbatim its first is "Ein".
    """
    if verbatim:
        texts = valid_utf8(texts)
        texts = tf.strings.lower(texts, encoding="utf-8") if lowercase else texts
        texts = tf.strings.regex_replace(normalize_nfc(texts), "\x02", "\ufffd")
    else:
        texts = clean(texts, lowercase=lowercase)
    texts = tf.strings.regex_replace(texts, BLANK, "_")
    if verbatim:  # of several blanks, all but the last are a word
        texts = tf.strings.regex_replace(texts, " ", BLANK)
        texts = tf.strings.regex_replace(texts, f"{BLANK}+", "\x02\\0")
        texts = tf.strings.regex_replace(texts, f"{BLANK}([^{BLANK}])", f"\x02{BLANK}\\1")
    else:
        texts = tf.strings.regex_replace(texts, r"(^| )(.)", f"\x02{BLANK}\\2")
    texts = tf.strings.regex_replace(
        texts, rf"({BLANK}?[^\p{{L}}\p{{M}}\p{{N}}{BLANK}\x02])", "\x02\\1\x02"
    )
    texts = tf.strings.regex_replace(texts, rf"([^\x02]{{{LONGEST_WORD}}})", "\\1\x02")
    words = tf.strings.split(texts, "\x02")
    return tf.ragged.boolean_mask(words, words != "")


class SubwordTokenizer(tf.Module):
    """Texts to ids of subwords, the most probable ones under a unigram language model, and back.

        pieces of a word = argmax Σ log p(piece)      over all ways to cut it

    Args:
        vocabulary: the pieces.
        log_probabilities: of the pieces, without the specials.
        lowercase: lower-case texts first.
        verbatim: keep texts as they stand, so that joined they are the texts again (in NFC; but for
            U+2581 and U+0002); otherwise blanks are folded and control characters left out.
        max_length: texts are cut after this many pieces; None keeps them whole.

    Reference:
        Kudo, Subword regularization, arXiv:1804.10959.
    """

    kind = "unigram"  # of model that SentencePiece trains
    separator = ""  # nothing stands between the texts of two pieces

    def __init__(
        self,
        vocabulary: Vocabulary,
        log_probabilities: Sequence[float],
        *,
        lowercase: bool = False,
        verbatim: bool = False,
        max_length: int | None = None,
    ) -> None:
        super().__init__(name="subword_tokenizer")
        self.vocabulary, self.max_length = vocabulary, max_length
        self.lowercase, self.verbatim = lowercase, verbatim
        lowest = min(log_probabilities, default=0.0) - 10.0  # what SentencePiece takes as well
        specials = [lowest if special == UNK else LOWEST for special in range(FIRST_TOKEN)]
        self._scores = np.asarray([*specials, *log_probabilities], np.float32)
        self._longest = max(map(len, vocabulary.tokens[FIRST_TOKEN:]), default=1)

    @classmethod
    def fit(
        cls,
        texts: Iterable[str],
        *,
        max_size: int,
        lowercase: bool = False,
        verbatim: bool = False,
        max_length: int | None = None,
    ) -> SubwordTokenizer:
        """A tokenizer whose pieces SentencePiece has learned from a stream of texts.

        Args:
            texts: read once.
            max_size: most pieces, specials not counted; fewer where the texts have not as many.
            lowercase: see the class.
            verbatim: see the class.
            max_length: see the class.

        Raises:
            InputError: fewer pieces wanted than there are different characters.
        """
        options = {"lowercase": lowercase, "verbatim": verbatim}

        def groups() -> Iterable[list[bytes]]:
            for chunk in chunks(texts):
                words = split_for_subwords(tf.constant(chunk), **options)
                yield words.flat_values.numpy().tolist()

        pieces = learn_pieces(frequencies(groups()), max_size, cls.kind)
        vocabulary = Vocabulary([piece for piece, _ in pieces])
        return cls(vocabulary, [score for _, score in pieces], max_length=max_length, **options)

    def after(self, earlier: SubwordTokenizer) -> SubwordTokenizer:
        """The earlier tokenizer with this one's `max_length`: subwords cannot be added to.

        Raises:
            ValueError: the two prepare texts differently.
        """
        before, now = earlier.get_config(), self.get_config()
        for name in ("lowercase", "verbatim"):
            if before[name] != now[name]:
                raise ValueError(f"expected {name}={now[name]}, found {before[name]}.")
        return type(self).from_config({**before, "max_length": self.max_length})

    def get_config(self) -> dict[str, Any]:
        """The configuration from which `tokenizer_from_config` makes an equal one, as JSON."""
        return {
            "class_name": type(self).__name__,
            "tokens": list(self.vocabulary.tokens[FIRST_TOKEN:]),
            "log_probabilities": self._scores[FIRST_TOKEN:].tolist(),
            "lowercase": self.lowercase,
            "verbatim": self.verbatim,
            "max_length": self.max_length,
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> SubwordTokenizer:
        """The tokenizer of a configuration."""
        options = {n: config[n] for n in ("lowercase", "verbatim", "max_length")}
        return cls(Vocabulary(config["tokens"]), config["log_probabilities"], **options)

    def __call__(self, texts: tf.Tensor, *, sharpness: float | None = None) -> tf.RaggedTensor:
        """Texts `[batch]` -> ids, int32 `[batch, (time)]`.

        Args:
            texts: strings.
            sharpness: None takes the best pieces; a number draws them, with probabilities
                proportional to p^sharpness (subword regularization; the paper takes 0.1 to 0.5).
        """
        return self._tokenize(texts, sharpness)

    def _tokenize(self, texts: tf.Tensor, chance: float | None) -> tf.RaggedTensor:
        words = split_for_subwords(texts, lowercase=self.lowercase, verbatim=self.verbatim)
        if chance is None:  # each different word is cut once
            different, places = tf.unique(words.flat_values)
            pieces = tf.gather(self._cut(different, None), places)
        else:
            pieces = self._cut(words.flat_values, chance)
        ids = words.with_flat_values(pieces).merge_dims(-2, -1)
        return ids[:, : self.max_length]

    def join(self, ids: tf.Tensor | tf.RaggedTensor) -> tf.Tensor:
        """Ids `[batch, time]` -> texts `[batch]`; specials other than UNK are dropped."""
        if not isinstance(ids, tf.RaggedTensor):
            ids = tf.RaggedTensor.from_tensor(ids)
        pieces = tf.ragged.boolean_mask(ids, (ids == UNK) | (ids >= FIRST_TOKEN))
        texts = tf.strings.reduce_join(self.vocabulary.lookup(pieces), axis=-1)
        texts = tf.strings.regex_replace(texts, BLANK, " ")
        return texts if self.verbatim else tf.strings.strip(texts)

    def _cut(self, words: tf.Tensor, sharpness: float | None, /) -> tf.RaggedTensor:
        """Words `[words]` -> ids of their pieces, int32 `[words, (pieces)]`."""
        characters = tf.strings.unicode_split(words, "UTF-8")
        lengths = tf.cast(characters.row_lengths(), tf.int32)
        width = tf.maximum(tf.reduce_max(tf.concat([lengths, [0]], 0)), 1)
        by_size = [self._pieces_of(characters, size, width) for size in range(1, self._longest + 1)]
        ids = tf.stack(by_size, axis=-1)  # [words, start, size]
        scores = tf.gather(self._scores, ids) * (1.0 if sharpness is None else sharpness)
        scores = tf.where(ids == PAD, LOWEST, scores)
        sizes = _best_sizes(scores, lengths, sharpness is not None)  # of pieces by their end
        starts = tf.minimum(tf.range(1, width + 1)[None] - sizes, width - 1)
        places = tf.stack([starts, tf.maximum(sizes, 1) - 1], axis=-1)
        chosen = tf.gather_nd(ids, places, batch_dims=1)
        return tf.ragged.boolean_mask(chosen, sizes > 0)

    def _pieces_of(self, characters: tf.RaggedTensor, size: int, width: tf.Tensor) -> tf.Tensor:
        """Ids of the pieces of `size` characters by their start, `[words, width]`; PAD for none."""
        grams = tf.strings.ngrams(characters, size, separator="")
        found = self.vocabulary.ids(grams)
        if size > 1:  # an unknown character is UNK, a longer unknown piece is no piece
            found = found.with_flat_values(
                tf.where(found.flat_values == UNK, PAD, found.flat_values)
            )
        return found.to_tensor(PAD, shape=tf.stack([-1, width]))


def _best_sizes(scores: tf.Tensor, lengths: tf.Tensor, draw: bool) -> tf.Tensor:
    """Viterbi, or forward filtering and backward sampling, over the ways to cut words.

    Args:
        scores: of pieces by start and size, `[words, width, longest]`.
        lengths: of the words in characters, `[words]`.
        draw: draw each piece by its probability instead of taking the best.

    Returns:
        The size of the piece that ends after each character, 0 where none does, `[words, width]`.
    """
    count, width, longest = (tf.shape(scores)[axis] for axis in range(3))
    # To each end the scores of the pieces that end there: piece of size m starts at end - m.
    starts = tf.range(width)[:, None] - tf.range(longest)[None]  # [end, size]
    places = tf.maximum(starts, 0) * longest + tf.range(longest)[None]
    by_start = tf.reshape(tf.transpose(scores, [1, 2, 0]), tf.stack([width * longest, count]))
    by_end = tf.gather(by_start, places)  # [end, size, words]
    by_end = tf.where((starts >= 0)[..., None], by_end, LOWEST)

    def forward(end: tf.Tensor, before: tf.Tensor, totals: tf.TensorArray) -> tuple:
        ways = before + by_end[end]  # [size, words]; before[m] is the total at end - m
        total = tf.reduce_logsumexp(ways, axis=0) if draw else tf.reduce_max(ways, axis=0)
        return end + 1, tf.concat([total[None], before[:-1]], 0), totals.write(end, ways)

    nothing = tf.fill(tf.stack([longest - 1, count]), LOWEST)
    before = tf.concat([tf.zeros(tf.stack([1, count])), nothing], 0)
    ways = tf.TensorArray(tf.float32, size=width, element_shape=[None, None])
    _, _, ways = tf.while_loop(lambda end, *_: end < width, forward, (0, before, ways))
    ways = ways.stack()  # [end, size, words]
    if draw:
        ways -= tf.math.log(-tf.math.log(tf.random.uniform(tf.shape(ways), 1e-9, 1.0)))
    best = tf.argmax(ways, axis=1, output_type=tf.int32) + 1  # [end, words]

    def backward(end: tf.Tensor, left: tf.Tensor, chosen: tf.TensorArray) -> tuple:
        size = tf.where(left == end, best[end - 1], 0)
        return end - 1, left - size, chosen.write(end - 1, size)

    chosen = tf.TensorArray(tf.int32, size=width, element_shape=[None])
    _, _, chosen = tf.while_loop(lambda end, *_: end > 0, backward, (width, lengths, chosen))
    return tf.transpose(chosen.stack())
