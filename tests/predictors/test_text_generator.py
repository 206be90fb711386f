"""TextGenerator: generation and scores in the graph against the model itself, and odd prompts."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.models import LanguageModel
from seqtasks.predictors import TextGenerator, drawing, text_generation
from seqtasks.text import Tokenizer, Vocabulary, split_blanks, split_verbatim

SETTINGS = {"length": 12, "temperature": 1.0, "top_k": 0, "top_p": 1.0, "seed": 7}


def make(tokens="abcde \n", split=split_verbatim, separator="", ends=False, drop=0.0, **options):
    keras.utils.set_random_seed(1)
    tokenizer = Tokenizer(Vocabulary(list(tokens)), split, separator=separator)
    model = LanguageModel(
        len(tokenizer.vocabulary),
        embedding_size=6,
        units=8,
        layers=2,
        dropout=drop,
        weight_drop=drop,
        rows=3,
    )
    model.build()
    for weight in model.weights:  # strong enough to have opinions
        weight.assign(weight * 3)
    return TextGenerator(tokenizer, model, ends=ends, **options)


def settings(rows, **changes):
    """A setting for each row, given once for all or one each."""
    merged = {**SETTINGS, **changes}
    kinds = {name: tf.convert_to_tensor(value).dtype for name, value in SETTINGS.items()}
    return {n: tf.constant(v, kinds[n]) + tf.zeros(rows, kinds[n]) for n, v in merged.items()}


def generate(generator, prompts, **changes):
    outputs = generator.signatures["generate"](
        text=tf.constant(prompts), **settings(len(prompts), **changes)
    )
    return [text.decode() for text in outputs["text"].numpy()]


def log_probabilities(generator, ids):
    """Of each next id after `[START, *ids]`, by the model alone."""
    logits = generator.model(np.array([[2, *ids]])).numpy()[0]
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


def test_greedy_is_the_best_token_each_time():
    generator = make()
    (found,) = generate(generator, ["ab"], temperature=0.0)
    ids = generator.tokenizer(tf.constant(["ab"]))[0].numpy().tolist()
    for _ in range(12):
        scores = log_probabilities(generator, ids)[-1]
        ids.append(int(np.argmax(np.where(np.arange(len(scores)) < 4, -np.inf, scores))))
    assert found == "".join(generator.tokenizer.vocabulary.tokens[i] for i in ids[2:])
    assert generate(generator, ["ab"], top_k=1) == [found]


def test_scores_are_sums_of_log_probabilities():
    generator = make()
    texts = ["abcab", "", "e\nd?", "a" * 700]  # "?" is unknown
    outputs = {
        k: v.numpy() for k, v in generator.signatures["score"](text=tf.constant(texts)).items()
    }
    for row, text in enumerate(texts):
        ids = generator.tokenizer([text]).numpy()[0].tolist() if text else []
        every = log_probabilities(generator, ids)
        expected = sum(every[place, i] for place, i in enumerate(ids))
        assert outputs["log_probability"][row] == pytest.approx(expected, rel=1e-4, abs=1e-4)
    assert outputs["tokens"].tolist() == [5, 0, 4, 700]


def test_a_text_in_parts_scores_like_the_whole_where_the_state_is_the_same():
    """After one character from nothing: p(b | a) with the state of one `a`."""
    generator = make()
    outputs = generator.signatures["score_after"](
        text=tf.constant(["b?"]), previous=tf.constant(["a"])
    )
    logits = generator.model(np.array([[4, 5]])).numpy()[0]
    log = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    assert float(outputs["log_probability"][0]) == pytest.approx(log[0, 5] + log[1, 1], abs=1e-4)
    assert int(outputs["unknown"][0]) == 1


def test_generation_does_not_depend_on_the_batch_or_on_pieces(monkeypatch):
    for each in (text_generation, drawing):
        monkeypatch.setattr(each, "WINDOW", 5)
    generator = make()
    prompts = ["ab", "", "eeeeeeeeeeeee"]
    together = generate(generator, prompts)
    assert generate(generator, prompts[:1]) == together[:1]
    for each in (text_generation, drawing):
        monkeypatch.setattr(each, "WINDOW", 256)
    assert generate(make(), prompts) == together
    state, text = generator.signatures["prompt"](text=tf.constant(prompts)), [""] * 3
    key = state["key"]
    for first, length in ((0, 5), (5, 1), (6, 6)):
        state = generator.signatures["extend"](
            last=state["last"],
            key=key,
            state=state["state"],
            first=tf.constant([first] * 3),
            **settings(3, length=length),
        )
        text = [a + b.decode() for a, b in zip(text, state["text"].numpy(), strict=True)]
    assert text == together


def test_rows_are_drawn_alike_wherever_they_stand():
    """Each row by its own settings, and with others around it."""
    generator = make(ends=True)
    prompts = ["ab", "", "cd", "ab", "eee", "ab"]
    each = {
        "length": [12, 3, 30, 12, 1, 12],
        "temperature": [1.0, 0.5, 2.0, 1.0, 1.0, 0.0],
        "top_k": [0, 3, 0, 0, 2, 0],
        "top_p": [1.0, 0.9, 0.5, 1.0, 1.0, 1.0],
        "seed": [7, 7, 3, 8, 7, 7],
    }
    together = generate(generator, prompts, **each)
    for order in ([5, 4, 3, 2, 1, 0], [2], [0, 5], [1, 1, 3]):
        some = {name: [values[n] for n in order] for name, values in each.items()}
        assert generate(generator, [prompts[n] for n in order], **some) == [
            together[n] for n in order
        ]
    assert together[0] != together[3]  # another seed
    assert generate(generator, ["ab"] * 2) == [together[0]] * 2
    assert (
        generate(generator, ["ab", "ba"], temperature=50.0)[0]
        != generate(generator, ["ba"], temperature=50.0)[0]
    )  # another text, where the model hardly matters


def test_pieces_of_rows_of_different_lengths_go_on_from_where_each_stopped():
    generator = make()
    prompts, lengths = ["ab", "c"], [[4, 1], [1, 6]]
    state, text = generator.signatures["prompt"](text=tf.constant(prompts)), ["", ""]
    key, first = state["key"], np.zeros(2, "int32")
    for length in lengths:
        more = settings(2, length=length)
        state = generator.signatures["extend"](
            last=state["last"], key=key, state=state["state"], first=tf.constant(first), **more
        )
        text = [a + b.decode() for a, b in zip(text, state["text"].numpy(), strict=True)]
        first = first + np.array(length, "int32")
    assert text == generate(generator, prompts, length=[5, 7])
    alone = generator.signatures["prompt"](text=tf.constant(["c"]))
    for length, start in ((1, 0), (6, 1)):
        alone = generator.signatures["extend"](
            last=alone["last"],
            key=key[1:],
            state=alone["state"],
            first=tf.constant([start]),
            **settings(1, length=length),
        )
    together = generator.signatures["extend"](
        last=state["last"], key=key, state=state["state"], first=first, **settings(2, length=[9, 0])
    )
    for name in ("last", "state"):
        np.testing.assert_allclose(together[name][1:], alone[name], atol=1e-6)


def test_of_a_long_prompt_the_end_is_read(monkeypatch):
    monkeypatch.setattr(text_generation, "PROMPT", 6)
    generator = make()
    start = generator.signatures["prompt"]
    long, end = start(text=tf.constant(["edcbaabcde"])), start(text=tf.constant(["aabcde"]))
    for name in ("last", "state"):
        np.testing.assert_array_equal(long[name], end[name])
    assert long["key"] != end["key"]
    assert (long["state"].numpy() != start(text=tf.constant(["abcde"]))["state"].numpy()).any()


def test_rows_that_do_not_fit_are_named():
    generator = make()
    for name in ("seed", "length"):
        wrong = settings(2) | {name: tf.constant([1])}
        with pytest.raises(tf.errors.InvalidArgumentError, match=f"one row of {name} for each"):
            generator.signatures["generate"](text=tf.constant(["a", "b"]), **wrong)


def test_seeds_temperature_and_filters():
    generator = make()
    assert generate(generator, ["a"]) == generate(generator, ["a"])
    assert generate(generator, ["a"]) != generate(generator, ["a"], seed=8)
    greedy = generate(generator, ["a"], temperature=0.0)
    assert generate(generator, ["a"], top_p=1e-6) == greedy
    assert generate(generator, ["a"], temperature=1e-4) == greedy
    assert len(generate(generator, ["a"], length=1)[0]) == 1


def test_only_text_comes_out_and_ends_where_it_may():
    generator = make(ends=True)
    model = generator.model
    model.projection.bias.assign(tf.tensor_scatter_nd_add(model.projection.bias, [[3]], [5.0]))
    found = generate(generator, ["ab"] * 8, length=600)
    assert any(len(text) < 600 for text in found)
    assert all(set(text) <= set("abcde \n") for text in found)
    never = make(ends=False)
    never.model.projection.bias.assign(model.projection.bias)
    assert {len(text) for text in generate(never, ["ab"] * 2, length=600)} == {600}


@pytest.mark.parametrize(
    "prompts",
    [[""], ["日本語"], [b"\xff\xfe\x00"], ["a" * 5000], ["e\u0301"], ["a", "", "b\n" * 300]],
)
def test_odd_prompts(prompts):
    assert all(len(text) == 12 for text in generate(make(), prompts))


def test_no_prompt_at_all():
    generator = make()
    empty = tf.zeros([0], tf.string)
    assert generator.signatures["generate"](text=empty, **settings(0))["text"].shape == (0,)
    assert generator.signatures["score"](text=empty)["log_probability"].shape == (0,)
    assert generator.signatures["serving_default"](text=empty)["text"].shape == (0,)


def test_words_are_joined_by_blanks():
    generator = make(["one", "two", "\n"], split_blanks, " ", length=5)
    text = (
        generator.signatures["serving_default"](text=tf.constant(["one two"]))["text"]
        .numpy()[0]
        .decode()
    )
    assert text[0] == " " and set(text.split(" ")[1:]) <= {"one", "two", "\n"}


@pytest.mark.parametrize("drop", [0.0, 0.3])
@pytest.mark.slow
def test_in_a_session_as_tensorflow_serving_loads_it(tmp_path, drop):
    generator = make(drop=drop)
    functions = dict(generator.signatures)
    tf.saved_model.save(generator, tmp_path / "m", functions)
    expected = generate(generator, ["ab", ""])
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        meta = tf.compat.v1.saved_model.load(session, ["serve"], str(tmp_path / "m"))
        signature = meta.signature_def["generate"]
        feed = {signature.inputs[name].name: [value] * 2 for name, value in SETTINGS.items()}
        feed[signature.inputs["text"].name] = ["ab", ""]
        received = session.run(signature.outputs["text"].name, feed)
    assert [text.decode() for text in received] == expected
