"""TagPredictor: sentences -> tokens, tags and spans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from seqtasks.features import WordFeatures, split_tokens
from seqtasks.predictors.protocol import SERVING, Signature, Tensors
from seqtasks.predictors.shared_functions import SharedFunction
from seqtasks.predictors.variables import raw_variables
from seqtasks.predictors.windows import in_windows
from seqtasks.text import CUT, cut_words, valid_utf8
from seqtasks.text.bio import continuation_table


class TagPredictor(tf.Module):
    """Sentences -> tokens with their tags, and the spans that the tags stand for.

    `serving_default` takes raw sentences and cuts them into words (`seqtasks.text.cut_words`),
    `tokens` takes sentences whose tokens are joined by single spaces. Where tokens have further
    columns, which no raw text has, both take tokens, and `features` `[batch, columns]` with them:
    the values of each column, in the order of `settings["features"]`, joined by single spaces.
    A sentence of more than `WINDOW` tokens is tagged in overlapping windows. They give, padded
    with "" and -1:

    | | |
    |---|---|
    | `text` | the sentence as valid UTF-8; all places are counted in its characters (code points) |
    | `tokens`, `tags` | `[batch, tokens]` |
    | `confidence` | the probability of each tag, given the sentence, `[batch, tokens]` |
    | `starts`, `ends` | where each token begins and ends, `[batch, tokens]` |
    | `span_types`, `span_texts` | `[batch, spans]`, if the tags follow a scheme |
    | `span_starts`, `span_ends` | places in the text, `[batch, spans]` |
    | `span_confidence` | the lowest of its tokens', `[batch, spans]` |

    Args:
        features: tokens to features.
        model: what they are tagged by: a keras.Model with `decode(features)` -> ids of the best
            tags [batch, time], and the probabilities of all tags [batch, time, tags].
        tags: names of the model's tags, in order.
        scheme: that they follow, if they mark spans; then tags are given out in BIO.
    """

    kind = "tagging"

    def __init__(
        self,
        features: WordFeatures,
        model: keras.Model,
        tags: Sequence[str],
        scheme: str | None = None,
    ) -> None:
        super().__init__(name="tag_predictor")
        self.features = features
        self.decode: Callable = model.decode
        self._variables = raw_variables(model)
        self._scheme = scheme
        self._opening = [_opening(tag, tags) for tag in tags]
        if scheme:
            tags = [_as_bio(tag) for tag in tags]
        self._tags = list(tags)
        self._prefixes, self._types = zip(*map(_parts, tags), strict=True)
        self._continued = continuation_table(tags) if scheme else None
        signature = [tf.TensorSpec([None], tf.string, name="text")]
        cut = tf.TensorSpec([None], tf.string, name="cut")
        column = tf.RaggedTensorSpec([None, None], tf.string)
        self._tagged = SharedFunction(
            self._tag, [signature[0], cut, [column] * len(features.column_names)]
        )
        served, of_tokens = self._serve, self._serve_tokens
        if columns := len(features.column_names):
            signature.append(tf.TensorSpec([None, columns], tf.string, name="features"))
            served = of_tokens = self._serve_columns
        self._of_texts = tf.function(served, input_signature=signature, autograph=False)
        self._of_tokens = tf.function(of_tokens, input_signature=signature, autograph=False)

    @property
    def signatures(self) -> dict[str, Signature]:
        """Its functions by name."""
        return {SERVING: self._of_texts, "tokens": self._of_tokens}

    @property
    def settings(self) -> Mapping[str, Any]:
        """The names of the columns that `features` takes, in their order, where it has some."""
        names = self.features.column_names
        return {"features": list(names)} if names else {}

    def _serve(self, text: tf.Tensor) -> Tensors:
        text = valid_utf8(text)
        spaced = tf.strings.regex_replace(text, r"[\s\p{Z}\p{Cc}]", " ")
        return self._tagged(text, cut_words(spaced), [])

    def _serve_tokens(self, text: tf.Tensor) -> Tensors:
        text = valid_utf8(text)
        return self._tagged(text, tf.strings.regex_replace(text, CUT, "\ufffd"), [])

    def _serve_columns(self, text: tf.Tensor, features: tf.Tensor) -> Tensors:
        text = valid_utf8(text)
        columns = [split_tokens(column) for column in tf.unstack(features, axis=1)]
        return self._tagged(text, tf.strings.regex_replace(text, CUT, "\ufffd"), columns)

    def _tag(self, text: tf.Tensor, cut: tf.Tensor, columns: Sequence[tf.RaggedTensor]) -> Tensors:
        tokens, starts, ends = token_places(cut)
        outputs = {
            "text": text,
            "tokens": tokens.to_tensor(""),
            "starts": starts.to_tensor(-1),
            "ends": ends.to_tensor(-1),
        }
        return outputs | self._predicted(text, tokens, starts, ends, self.features(tokens, columns))

    def _predicted(
        self,
        text: tf.Tensor,
        tokens: tf.RaggedTensor,
        starts: tf.RaggedTensor,
        ends: tf.RaggedTensor,
        features: tf.RaggedTensor,
    ) -> Tensors:
        """What is predicted for the tokens, padded."""
        found, seams = in_windows(self._network, features, width=2)
        ids = tf.cast(found.flat_values[:, 0], tf.int32)
        if self._scheme:
            ids = self._opened(ids, seams)
        confidence = tokens.with_flat_values(found.flat_values[:, 1])
        outputs = {
            "tags": tokens.with_flat_values(tf.gather(self._tags, ids)).to_tensor(""),
            "confidence": confidence.to_tensor(-1.0),
        }
        if self._scheme:
            outputs |= self._spans(text, tokens.with_flat_values(ids), starts, ends, confidence)
        return outputs

    def _opened(self, ids: tf.Tensor, seams: tf.Tensor) -> tf.Tensor:
        """Tags in which no span goes on, where a window begins, that was not there before.

        Inside of a window the decoder sees to that; of two windows the later one may be inside of
        a span that the earlier one does not have, which then begins there.
        """
        before = tf.concat([ids[:1], ids[:-1]], axis=0)
        continued = tf.gather_nd(self._continued, tf.stack([before, ids], axis=1))
        return tf.where(seams & ~continued, tf.gather(self._opening, ids), ids)

    def _network(self, features: tf.Tensor) -> tf.Tensor:
        tags, probabilities = self.decode(features)
        confidence = tf.gather(probabilities, tags, batch_dims=2)
        return tf.stack([tf.cast(tags, tf.float32), confidence], axis=-1)

    def _spans(
        self,
        text: tf.Tensor,
        tags: tf.RaggedTensor,
        starts: tf.RaggedTensor,
        ends: tf.RaggedTensor,
        confidence: tf.RaggedTensor,
    ) -> Tensors:
        """The spans that the ids of tags stand for, read as `seqtasks.text.bio` reads them."""
        rows = tags.value_rowids()
        ids = tags.flat_values
        continued = tf.gather_nd(self._continued, tf.stack([ids[:-1], ids[1:]], axis=1))
        continued &= rows[1:] == rows[:-1]
        edge = tf.zeros([tf.minimum(tf.size(rows), 1)], tf.bool)
        inside = tf.gather(self._prefixes, ids) != "O"
        begins = inside & ~tf.concat([edge, continued], axis=0)
        opening = tf.where(begins)[:, 0]  # places of the first tokens of spans
        closing = tf.where(inside & ~tf.concat([continued, edge], axis=0))[:, 0]
        within = tf.where(inside)[:, 0]
        owners = tf.gather(rows, opening)
        number = tf.cumsum(tf.cast(begins, tf.int32)) - 1
        lowest = tf.math.segment_min(
            tf.gather(confidence.flat_values, within), tf.gather(number, within)
        )
        spans = tf.RaggedTensor.from_value_rowids(
            opening, owners, nrows=tags.nrows(), validate=False
        )

        def of_rows(values: tf.Tensor, padding: str | float | int) -> tf.Tensor:
            return spans.with_flat_values(values).to_tensor(padding)

        first, after = tf.gather(starts.flat_values, opening), tf.gather(ends.flat_values, closing)
        characters = tf.strings.unicode_split(text, "UTF-8")
        before = tf.cast(tf.gather(characters.row_starts(), owners), tf.int32)
        places = tf.ragged.range(before + first, before + after)
        words = tf.strings.unsorted_segment_join(
            tf.gather(characters.flat_values, places.flat_values),
            places.value_rowids(),
            num_segments=tf.size(first),
        )  # a text is not copied for each of its spans
        return {
            "span_types": of_rows(tf.gather(self._types, tf.gather(ids, opening)), ""),
            "span_texts": of_rows(words, ""),
            "span_starts": of_rows(first, -1),
            "span_ends": of_rows(after, -1),
            "span_confidence": of_rows(lowest, -1.0),
        }


def _as_bio(tag: str) -> str:
    """The BIO tag that stands where the BIOES tag stood: E is an I, and S a B."""
    return {"E": "I", "S": "B"}.get(tag[0], tag[0]) + tag[1:]


def _opening(tag: str, tags: Sequence[str]) -> int:
    """The place of the tag with which a span begins that `tag` is inside of, else its own."""
    opening = {"I": "B", "E": "S"}.get(tag[0], tag[0]) + tag[1:]
    return tags.index(opening if opening in tags else tag)


def _parts(tag: str) -> tuple[str, str]:
    prefix, _, kind = tag.partition("-")
    return prefix, kind


def token_places(cut: tf.Tensor) -> tuple[tf.RaggedTensor, tf.RaggedTensor, tf.RaggedTensor]:
    """Tokens of texts, and where each begins and ends.

    Args:
        cut: texts `[batch]` with `CUT` or a space between tokens.

    Returns:
        Tokens, and the places of their first characters and after their last, int32, all
        `[batch, (tokens)]`; places are counted in characters, those of `CUT` left out.
    """
    pieces = tf.strings.split(tf.strings.regex_replace(cut, " ", f"{CUT} {CUT}"), CUT)
    length = tf.strings.length(pieces.flat_values, unit="UTF8_CHAR")
    ends = tf.cumsum(length)  # through all texts
    rows = pieces.value_rowids()
    before = tf.gather(tf.concat([[0], ends], axis=0), pieces.row_splits[:-1])  # [batch]
    ends -= tf.gather(before, rows)
    kept = tf.where((pieces.flat_values != "") & (pieces.flat_values != " "))[:, 0]
    tokens = tf.RaggedTensor.from_value_rowids(
        tf.gather(pieces.flat_values, kept),
        tf.gather(rows, kept),
        nrows=pieces.nrows(),
        validate=False,
    )
    ends, length = tf.gather(ends, kept), tf.gather(length, kept)
    starts, ends = tokens.with_flat_values(ends - length), tokens.with_flat_values(ends)
    return tokens, starts, ends
