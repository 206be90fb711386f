"""TextGenerator: a prompt -> what may come after it; texts -> how probable they are."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from seqtasks.decoding import Rules
from seqtasks.predictors.drawing import Drawing, draw, same_rows
from seqtasks.predictors.protocol import SERVING, Signature, Tensors
from seqtasks.predictors.shared_functions import SharedFunction
from seqtasks.predictors.variables import raw_variables
from seqtasks.text import END, PAD, START, UNK, Tokenizer, padded

WINDOW = 1024  # tokens read at a time
CELLS = 100_000  # rows * tokens read at a time, at most
PROMPT = 4096  # tokens that are read of a prompt


class TextGenerator(tf.Module):
    """A language model on strings.

    Signatures:

    - `serving_default`: text `[batch]` -> text `[batch]`, the continuation, by `settings`.
    - `generate`: text, length, temperature, top_k, top_p, seed, each `[batch]` -> text `[batch]`.
      Temperature 0 takes the most probable token; top_k 0 and top_p 1 keep all tokens.
    - `score`: text `[batch]` -> log_probability (nats) and tokens `[batch]`, each text from the
      initial state.
    - `score_after`: text and previous `[batch]`, the token before each ("" for none) -> the same,
      and the number of unknown tokens.
    - `prompt`: text `[batch]` -> last, key `[batch]` and state, for `extend`.
    - `extend`: last, key, state, first `[batch]` (tokens generated so far) and the arguments of
      `generate` -> the next piece of text, last, state; over: whether the text ends in it.

    What is drawn for a row depends on its text and its seed, not on the rows beside it: a prompt
    that stands twice in a batch is continued twice in the same way unless the seeds differ. Of a
    prompt the last 4,096 tokens are read.

    A continuation is put behind the prompt as it is.

    Args:
        tokenizer: texts to ids and back.
        model: a language model: has `get_initial_state(rows)`, `read(ids, states)` and
            `step(ids, states)`.
        ends: whether it has learned where documents end, so that it may end a text.
        length: tokens that `serving_default` generates.
        temperature: of `serving_default`.
    """

    kind = "generation"

    def __init__(
        self,
        tokenizer: Tokenizer,
        model: Any,
        *,
        ends: bool,
        length: int = 300,
        temperature: float = 0.8,
    ) -> None:
        super().__init__(name="text_generator")
        self.tokenizer, self.model = tokenizer, model
        self._length, self._temperature = length, float(temperature)
        self._rules = Rules(end=None, banned=(PAD, UNK, START) if ends else (PAD, UNK, START, END))
        self._variables = raw_variables(model)
        self._sizes = [state.shape[-1] for state in model.get_initial_state(1)]
        text = tf.TensorSpec([None], tf.string, name="text")
        state = tf.TensorSpec([None, sum(self._sizes)], tf.float32, name="state")
        last = tf.TensorSpec([None], tf.int32, name="last")
        key = tf.TensorSpec([None], tf.int32, name="key")
        settings = [
            tf.TensorSpec([None], dtype, name=name)
            for name, dtype in (
                ("length", tf.int32),
                ("temperature", tf.float32),
                ("top_k", tf.int32),
                ("top_p", tf.float32),
                ("seed", tf.int32),
            )
        ]

        previous = tf.TensorSpec([None], tf.string, name="previous")
        first = tf.TensorSpec([None], tf.int32, name="first")
        # Some signatures call others.
        self._read_prompt = SharedFunction(self._prompt, [text])
        self._generated = SharedFunction(self._generate, [text, *settings])
        self._scored_after = SharedFunction(self._score_after, [text, previous])
        self._functions = {
            "prompt": _function(self._prompt, [text], self._read_prompt),
            "extend": _function(self._extend, [last, key, state, first, *settings]),
            "generate": _function(self._generate, [text, *settings], self._generated),
            "score_after": _function(self._score_after, [text, previous], self._scored_after),
            "score": _function(self._score, [text]),
            SERVING: _function(self._by_settings, [text]),
        }

    @property
    def settings(self) -> dict[str, Any]:
        """Defaults of generation, which a user may override."""
        settings = {"length": self._length, "temperature": self._temperature}
        return {**settings, "top_k": 0, "top_p": 1.0, "seed": 0}

    @property
    def signatures(self) -> dict[str, Signature]:
        """Its functions by name."""
        return {**self._functions}

    def _by_settings(self, text: tf.Tensor) -> Tensors:
        usual = (tf.fill(tf.shape(text), value) for value in self.settings.values())
        return self._generated(text, *usual)

    def _score(self, text: tf.Tensor) -> Tensors:
        outputs = self._scored_after(text, tf.zeros_like(text))
        return {name: outputs[name] for name in ("log_probability", "tokens")}

    def _score_after(self, text: tf.Tensor, previous: tf.Tensor) -> Tensors:
        ids = self.tokenizer(text)
        before = tf.concat([self._begin(previous), self.tokenizer(previous)], 1)[:, -1:]
        inputs = padded(tf.concat([before, ids], 1)[:, :-1])
        total, _ = self._through(inputs, padded(ids), self._nothing(text))
        return {
            "log_probability": total,
            "tokens": tf.cast(ids.row_lengths(), tf.int32),
            "unknown": tf.reduce_sum(tf.cast(ids == UNK, tf.int32), axis=1),
        }

    def _begin(self, text: tf.Tensor) -> tf.Tensor:
        return tf.fill([tf.shape(text)[0], 1], START)

    def _nothing(self, text: tf.Tensor) -> tf.Tensor:
        """The state that knows nothing."""
        return tf.zeros([tf.shape(text)[0], sum(self._sizes)])

    def _prompt(self, text: tf.Tensor) -> Tensors:
        ids = tf.concat([self._begin(text), self.tokenizer(text)], 1)[:, -PROMPT:]
        _, state = self._through(padded(ids[:, :-1]), None, self._nothing(text))
        key = tf.strings.to_hash_bucket_fast(text, 2**31 - 1)
        return {"last": ids[:, -1:].values, "key": tf.cast(key, tf.int32), "state": state}

    def _through(
        self, inputs: tf.Tensor, targets: tf.Tensor | None, state: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Reads `[rows, time]` window by window: log-probabilities of all targets, last state."""
        rows, time = tf.shape(inputs)[0], tf.shape(inputs)[1]
        width = tf.clip_by_value(CELLS // tf.maximum(rows, 1), 1, WINDOW)

        def window(start: tf.Tensor, total: tf.Tensor, state: tf.Tensor) -> tuple:
            ids = tf.ensure_shape(inputs[:, start : start + width], [None, None])
            logits, states = self.model.read(ids, tf.split(state, self._sizes, axis=-1))
            if targets is not None:
                wanted = targets[:, start : start + width]
                surprise = tf.nn.sparse_softmax_cross_entropy_with_logits(wanted, logits)
                total -= tf.reduce_sum(tf.where(wanted == PAD, 0.0, surprise), axis=1)
            return start + width, total, tf.concat(states, -1)

        shapes = (tf.TensorShape([]), tf.TensorShape([None]), state.shape)
        _, total, state = tf.while_loop(
            lambda start, *_: tf.logical_and(start < time, rows > 0),
            window,
            (0, tf.zeros([rows]), state),
            shape_invariants=shapes,
            parallel_iterations=1,
        )
        return total, state

    def _extend(
        self,
        last: tf.Tensor,
        key: tf.Tensor,
        state: tf.Tensor,
        first: tf.Tensor,
        length: tf.Tensor,
        temperature: tf.Tensor,
        top_k: tf.Tensor,
        top_p: tf.Tensor,
        seed: tf.Tensor,
    ) -> Tensors:
        drawing = Drawing(length, temperature, top_k, top_p, seed, key, first)
        same_rows(last, state=state, **drawing._asdict())
        ids, last, state = self._drawn(last, state, drawing)
        over = tf.reduce_any(ids == END, axis=1)
        return {"text": self._text(ids), "last": last, "state": state, "over": over}

    def _generate(
        self,
        text: tf.Tensor,
        length: tf.Tensor,
        temperature: tf.Tensor,
        top_k: tf.Tensor,
        top_p: tf.Tensor,
        seed: tf.Tensor,
    ) -> Tensors:
        same_rows(text, length=length, temperature=temperature, top_k=top_k, top_p=top_p, seed=seed)
        start = self._read_prompt(text)
        first = tf.zeros_like(length)
        drawing = Drawing(length, temperature, top_k, top_p, seed, start["key"], first)
        ids, _, _ = self._drawn(start["last"], start["state"], drawing)
        return {"text": self._text(ids)}

    def _drawn(self, last: tf.Tensor, state: tf.Tensor, drawing: Drawing) -> tuple:
        return draw(self.model.step, self._sizes, self._rules, last, state, drawing)

    def _text(self, ids: tf.Tensor) -> tf.Tensor:
        """Texts of ids `[batch, length]`, each up to its end, ready to be put after a prompt."""
        ended = tf.cumsum(tf.cast(ids == END, tf.int32), axis=1) > 0
        texts = self.tokenizer.join(tf.where(ended, PAD, ids))
        return tf.where(texts == "", "", self.tokenizer.separator + texts)


def _function(
    function: Callable[..., Tensors],
    signature: list[tf.TensorSpec],
    shared: SharedFunction | None = None,
) -> Callable:
    """A signature with the names of the arguments of `function`, which `shared` computes."""
    called = functools.wraps(function)(lambda *given: shared(*given)) if shared else function
    return tf.function(called, input_signature=signature, autograph=False)
