"""One row for each public layer: how to make it, and what the checks need to know about it.

`LAYERS` take sequences of vectors and a mask (`test_layers_contract.py` checks every row alike),
`CELLS` run in them, `OTHERS` take something else, `SEVERAL` several things
(`test_several_inputs_contract.py`), `SCORES` compare labels with the output of a CRF
(`test_other_layers_contract.py`). A test there holds all of them against `seqtasks.layers.__all__`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from seqtasks import layers

BATCH, TIME, FEATURES, UNITS = 4, 6, 3, 4


class Row(NamedTuple):
    """A layer and what the checks need to know about it."""

    make: Callable
    sequences: bool = True  # the output has a time axis
    stride: int = 1  # the time axis of the output is shorter by
    dtype: str | None = None  # of the output, where it does not follow the policy


class Other(NamedTuple):
    """A layer whose inputs are no sequences of vectors."""

    make: Callable
    draw: Callable  # random generator -> inputs
    shape: tuple  # of the inputs, None where the size may vary; without the batch
    padded: bool = True  # more padding at the end of axis 1 adds outputs and changes none


def _rnn(cell: Callable) -> Row:
    return Row(lambda **k: layers.RNN(cell(), return_sequences=True, **k))


def _cells() -> dict[str, Callable]:
    return {
        "simple": lambda: layers.SimpleRNNCell(UNITS),
        "simple relu": lambda: layers.SimpleRNNCell(UNITS, activation="relu"),
        "lstm": lambda: layers.LSTMCell(UNITS),
        "lstm hard": lambda: layers.LSTMCell(UNITS, recurrent_activation="hard_sigmoid"),
        "gru": lambda: layers.GRUCell(UNITS),
        "gru before": lambda: layers.GRUCell(UNITS, reset_after=False),
        "gru no bias": lambda: layers.GRUCell(UNITS, use_bias=False),
        "layer norm simple": lambda: layers.LayerNormSimpleRNNCell(UNITS),
        "layer norm lstm": lambda: layers.LayerNormLSTMCell(UNITS),
        "layer norm gru": lambda: layers.LayerNormGRUCell(UNITS),
        "peephole": lambda: layers.PeepholeLSTMCell(UNITS),
        "coupled": lambda: layers.CoupledLSTMCell(UNITS),
        "projected": lambda: layers.ProjectedLSTMCell(UNITS + 2, UNITS),
        "nas": lambda: layers.NASCell(UNITS),
        "zoneout": lambda: layers.ZoneoutCell(layers.LSTMCell(UNITS), [0.2, 0.5]),
        "residual": lambda: layers.ResidualCell(layers.GRUCell(FEATURES)),
        "highway": lambda: layers.HighwayCell(layers.GRUCell(FEATURES)),
        "attention": lambda: layers.AttentionCell(
            layers.GRUCell(UNITS), layers.AdditiveAttention(5), memory_features=2
        ),
        "monotonic attention": lambda: layers.AttentionCell(
            layers.GRUCell(UNITS),
            layers.MonotonicAttention(layers.AdditiveAttention(5), hard=False),
            memory_features=2,
        ),
        "coverage attention": lambda: layers.AttentionCell(
            layers.GRUCell(UNITS), layers.CoverageAttention(5), memory_features=2
        ),
        "weight drop": lambda: layers.WeightDropCell(layers.LSTMCell(UNITS), 0.5),
        "min gru": lambda: layers.MinGRUCell(UNITS),
        "min lstm": lambda: layers.MinLSTMCell(UNITS),
        "lru block": lambda: layers.LRUCell(UNITS, UNITS + 1, activation="gelu", use_gate=True),
        "min gru tanh": lambda: layers.MinGRUCell(UNITS, activation="tanh", use_bias=False),
    }


def _monotonic(dtype: Any = None, **options: Any) -> layers.MonotonicAttention:
    score = layers.BilinearAttention(dtype=dtype)
    return layers.MonotonicAttention(score, score_bias=-0.2, dtype=dtype, **options)


CELLS = _cells()
LAYERS = {
    "SimpleRNN": Row(lambda **k: layers.SimpleRNN(UNITS, return_sequences=True, **k)),
    "LSTM": Row(lambda **k: layers.LSTM(UNITS, return_sequences=True, **k)),
    "LSTM last": Row(lambda **k: layers.LSTM(UNITS, **k), sequences=False),
    "LSTM backwards": Row(
        lambda **k: layers.LSTM(UNITS, return_sequences=True, go_backwards=True, **k),
        sequences=False,
    ),
    "LSTM dropout": Row(lambda **k: layers.LSTM(UNITS, return_sequences=True, dropout=0.3, **k)),
    "LSTM recurrent dropout": Row(
        lambda **k: layers.LSTM(UNITS, return_sequences=True, recurrent_dropout=0.3, **k)
    ),
    "LSTM learned state": Row(
        lambda **k: layers.LSTM(UNITS, return_sequences=True, learn_initial_state=True, **k)
    ),
    "GRU": Row(lambda **k: layers.GRU(UNITS, return_sequences=True, **k)),
    "MinGRU": Row(lambda **k: layers.MinGRU(UNITS, return_sequences=True, **k)),
    "MinLSTM": Row(lambda **k: layers.MinLSTM(UNITS, return_sequences=True, **k)),
    "LRU": Row(lambda **k: layers.LRU(UNITS, return_sequences=True, **k)),
    "LRU last": Row(lambda **k: layers.LRU(UNITS, UNITS + 2, **k), sequences=False),
    "MinGRU backwards": Row(
        lambda **k: layers.MinGRU(UNITS, return_sequences=True, go_backwards=True, **k),
        sequences=False,
    ),
    "MinGRU dropout": Row(
        lambda **k: layers.MinGRU(UNITS, dropout=0.3, recurrent_dropout=0.3, **k), sequences=False
    ),
    "Bidirectional": Row(
        lambda **k: layers.Bidirectional(layers.GRU(UNITS, return_sequences=True), **k)
    ),
    "RecurrentStack": Row(
        lambda **k: layers.RecurrentStack(UNITS, "gru", layers=3, residual=True, dropout=0.2, **k)
    ),
    "RecurrentStack with all dropouts": Row(
        lambda **k: layers.RecurrentStack(
            UNITS, layers=2, dropout=0.3, variational=True, weight_drop=0.4, **k
        )
    ),
    "RecurrentStack both ways": Row(
        lambda **k: layers.RecurrentStack(UNITS, layers=2, bidirectional=True, **k)
    ),
    "RecurrentStack with highways": Row(
        lambda **k: layers.RecurrentStack(UNITS, layers=3, highway=True, norm="layer", **k)
    ),
    "RecurrentStack with RMS norm": Row(
        lambda **k: layers.RecurrentStack(UNITS, layers=2, norm="rms", bidirectional=True, **k)
    ),
    "RecurrentStack of a class": Row(
        lambda **k: layers.RecurrentStack(UNITS, cell=layers.LayerNormLSTMCell, **k)
    ),
    "SequencePooling last": Row(lambda **k: layers.SequencePooling("last", **k), False),
    "SequencePooling mean": Row(lambda **k: layers.SequencePooling("mean", **k), False),
    "SequencePooling max": Row(lambda **k: layers.SequencePooling("max", **k), False),
    "SequencePooling attention": Row(lambda **k: layers.SequencePooling("attention", **k), False),
    "CausalConvolution": Row(lambda **k: layers.CausalConvolution(UNITS, layers=2, **k)),
    "CRF": Row(lambda **k: layers.CRF(FEATURES, **k), dtype="float32"),
    "MonotonicAttention": Row(lambda **k: _monotonic(**k)),
    "MonotonicAttention recursive, noise": Row(
        lambda **k: _monotonic(mode="recursive", noise=0.5, hard=False, **k)
    ),
    "AttentionDecoder monotonic": Row(
        lambda **k: layers.AttentionDecoder(UNITS, "gru", _monotonic(dtype=k.get("dtype")), **k)
    ),
    "MultiHeadAttention": Row(lambda **k: layers.MultiHeadAttention(2, 3, **k)),
    "AttentionDecoder multi-head": Row(
        lambda **k: layers.AttentionDecoder(UNITS, "gru", "multi_head", **k)
    ),
    "CoverageAttention": Row(lambda **k: layers.CoverageAttention(UNITS, **k)),
    "AttentionDecoder coverage": Row(
        lambda **k: layers.AttentionDecoder(UNITS, "gru", "coverage", coverage_loss=0.5, **k)
    ),
    "PyramidalRNN": Row(lambda **k: layers.PyramidalRNN(UNITS, layers=2, **k), stride=4),
    "AdditiveAttention": Row(lambda **k: layers.AdditiveAttention(UNITS, **k)),
    "AdditiveAttention normalised": Row(
        lambda **k: layers.AdditiveAttention(UNITS, normalize=True, **k)
    ),
    "AttentionDecoder": Row(lambda **k: layers.AttentionDecoder(UNITS, **k)),
    "AttentionDecoder of a GRU": Row(
        lambda **k: layers.AttentionDecoder(
            UNITS,
            "gru",
            layers.AdditiveAttention(5, dtype=k.get("dtype")),
            input_feeding=False,
            **k,
        )
    ),
    "BilinearAttention": Row(lambda **k: layers.BilinearAttention(**k)),
    "BilinearAttention with a scale": Row(
        lambda **k: layers.BilinearAttention(use_scale=True, **k)
    ),
    "DotProductAttention": Row(lambda **k: layers.DotProductAttention(**k)),
    "DotProductAttention scaled": Row(lambda **k: layers.DotProductAttention(scaled=True, **k)),
    **{f"RNN {name}": _rnn(cell) for name, cell in CELLS.items()},
}


def _chain(rng: Any) -> np.ndarray:
    """An output of a CRF, its last step masked."""
    steps = rng.normal(size=(BATCH, TIME, UNITS, UNITS))
    steps[:, 0] = steps[:, 0, :1]
    chain = steps - np.log(np.exp(steps).sum(-1, keepdims=True))
    chain[:, -1] = 0
    return chain.astype("float32")


def _ids(*shape: int) -> Callable:
    return lambda rng: rng.integers(0, 9, size=(BATCH, *shape)).astype("int32")


OTHERS = {
    "Dropout": Other(
        lambda **k: layers.Dropout(0.3, **k),
        lambda rng: rng.normal(size=(BATCH, TIME, FEATURES)).astype("float32"),
        (None, FEATURES),
    ),
    "WordDropout": Other(lambda **k: layers.WordDropout(0.3, **k), _ids(TIME), (None,)),
    "CharacterEncoder": Other(
        lambda **k: layers.CharacterEncoder(9, filters=UNITS, widths=(2, 3), **k),
        _ids(TIME, 5),
        (None, None),
    ),
    "Bridge": Other(
        lambda **k: layers.Bridge([UNITS, 2], **k),
        lambda rng: rng.normal(size=(BATCH, FEATURES)).astype("float32"),
        (FEATURES,),
        padded=False,
    ),
    "CRFDecoder": Other(lambda **k: layers.CRFDecoder(**k), _chain, (None, UNITS, UNITS)),
}


def _copying(rng: Any) -> list[np.ndarray]:
    """Outputs of a decoder and p, attention weights, and ids of the source."""
    outputs = rng.uniform(0.1, 0.9, size=(BATCH, TIME, UNITS + 1))
    weights = rng.dirichlet(np.ones(5), size=(BATCH, TIME))
    ids = rng.integers(0, 9, size=(BATCH, 5)).astype("int32")
    return [outputs.astype("float32"), weights.astype("float32"), ids]


SEVERAL = {
    "PointerGenerator": Other(
        lambda **k: layers.PointerGenerator(6, 3, **k),
        _copying,
        ((None, UNITS + 1), (None, None), (None,)),
    ),
    "MultiSourceAttention": Other(
        lambda dtype=None: layers.MultiSourceAttention(
            [layers.AdditiveAttention(4, dtype=dtype), layers.MultiHeadAttention(2, 3, dtype=dtype)]
        ),
        lambda rng: [rng.normal(size=(BATCH, n, n)).astype("float32") for n in (3, 4, 5)],
        ((None, 3), (None, 4), (None, 5)),
    ),
}


def decoder_of_two_memories() -> tuple[Any, list, list]:
    """A decoder that covers, aligns and copies; its inputs and their masks."""
    sources = [layers.CoverageAttention(4), layers.MonotonicAttention(layers.BilinearAttention())]
    attention = layers.MultiSourceAttention(sources)
    layer = layers.AttentionDecoder(UNITS, "gru", attention, copy=True, coverage_loss=0.5)
    rng = np.random.default_rng(0)
    inputs = [rng.normal(size=(BATCH, n, 3)).astype("float32") for n in (TIME, 5, 7)]
    return layer, inputs, [rng.random(x.shape[:2]) > 0.3 for x in inputs]


SCORES = {"CRFLoss": layers.CRFLoss, "CRFAccuracy": layers.CRFAccuracy}  # of labels and `_chain`
