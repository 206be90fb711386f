"""Contiguous batches: every token once, each row going on where it ended."""

import keras
import numpy as np
import pytest

from seqtasks.data import TokenFile, contiguous_batches
from seqtasks.errors import InputError

START, END = 2, 3


def token_file(*documents):
    """Documents are lists of ids, each handed over in pieces of three."""
    pieces = [
        ("".join(map(chr, ids[i : i + 3])), i == 0)
        for ids in documents
        for i in range(0, len(ids), 3)
    ]
    return TokenFile(pieces, lambda texts: [np.array(list(map(ord, t))) for t in texts], 5000)


def ids(first, count):
    return list(range(first, first + count))


def batches(tokens, **options):
    return [
        tuple(x.numpy() for x in (inputs[0], inputs[1], targets, weights))
        for inputs, targets, weights in contiguous_batches(tokens, **options)
    ]


def test_the_file_holds_documents_between_start_and_end():
    tokens = token_file(ids(10, 7), ids(50, 2))
    assert tokens.read(0, 99).tolist() == [START, *ids(10, 7), END, START, 50, 51, END]
    assert tokens.borders.tolist() == [0, 9, 13] and len(tokens) == 13


def rows_of(found):
    """What each row was fed and asked, end to end, padding left out."""
    fed, asked = [], []
    for row in range(len(found[0][0])):
        fed.append([x for a, _, _, w in found for x in a[row][w[row] > 0].tolist()])
        asked.append([x for _, _, t, w in found for x in t[row][w[row] > 0].tolist()])
    return fed, asked


def test_each_row_goes_on_where_it_ended():
    text = ids(100, 95)
    found = batches(token_file(text), rows=3, steps=4, seed=0)
    fed, asked = rows_of(found)
    for inputs, targets in zip(fed, asked, strict=True):
        # A stretch: from START, then what was asked before. There may be several.
        for step, (x, after) in enumerate(zip(inputs[1:], targets[:-1], strict=True)):
            assert x in (after, START), step
    assert all(row[0] == START for row in fed)
    first = found[0]
    assert first[1].all() and not found[1][1].any()
    np.testing.assert_array_equal(first[2][:, :-1], first[0][:, 1:])


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_evaluation_asks_for_every_token_once(rows):
    documents = [ids(100, 31), ids(200, 3), ids(300, 64), ids(400, 1)]
    found = batches(token_file(*documents), rows=rows, steps=5)
    _, asked = rows_of(found)
    every = sorted(x for row in asked for x in row)
    assert every == sorted([*(x for d in documents for x in d), *[END] * 4])
    for inputs, _, targets, weights in found:
        assert (inputs[weights == 0] == 0).all() and (targets[weights == 0] == 0).all()


def test_documents_begin_anew_and_windows_end_with_them():
    found = batches(token_file(ids(10, 5), ids(20, 6)), rows=1, steps=4)
    starts = [bool(begins[0]) for _, begins, _, _ in found]
    assert starts == [True, False, True, False]
    assert [int(weights.sum()) for *_, weights in found] == [4, 2, 4, 3]


def test_a_long_series_resumes_anywhere():
    tokens = token_file(ids(100, 400), ids(900, 77))
    options = {"rows": 3, "steps": 8, "seed": 5, "vary_steps": True}
    whole = batches(tokens, windows=60, **options)
    rest = batches(tokens, windows=23, done=lambda: 37, **options)
    for a, b in zip(whole[37:], rest, strict=True):
        for x, y in zip(a, b, strict=True):
            np.testing.assert_array_equal(x, y)
    lengths = {len(inputs[0]) for inputs, *_ in whole}
    assert lengths == {6, 8, 10}


def test_each_pass_has_its_own_order_and_asks_for_everything():
    tokens = token_file(*(ids(100 * n, 16) for n in range(1, 9)))
    found = batches(tokens, rows=2, steps=17, windows=8, seed=1)
    asked = [t[row].tolist() for _, _, t, _ in found for row in range(2)]
    assert sorted(asked[:8]) == sorted(asked[8:]) and asked[:8] != asked[8:]


def test_they_suit_a_stateful_keras_layer():
    model = keras.Sequential(
        [
            keras.layers.Embedding(300, 4),
            keras.layers.LSTM(5, stateful=True, return_sequences=True),
            keras.layers.Dense(300),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    data = contiguous_batches(token_file(ids(10, 200)), rows=4, steps=10, with_begins=False)
    history = model.fit(data, epochs=2, verbose=0, shuffle=False).history["loss"]
    assert history[1] < history[0]


def test_too_short_a_text():
    with pytest.raises(InputError, match=r"at least 40 tokens, .* found 31\. Give more text"):
        contiguous_batches(token_file(ids(100, 30)), rows=4, steps=10)
