"""One row for each layer: how to make it. `test_layers_contract.py` checks every row alike."""

from collections.abc import Callable
from typing import NamedTuple

from seqtasks import layers

BATCH, TIME, FEATURES, UNITS = 4, 6, 3, 4


class Row(NamedTuple):
    """A layer and what the checks need to know about it."""

    make: Callable
    sequences: bool = True  # the output has a time axis
    stride: int = 1  # the time axis of the output is shorter by
    dtype: str | None = None  # of the output, where it does not follow the policy


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
        "layer norm lstm": lambda: layers.LayerNormLSTMCell(UNITS),
        "layer norm gru": lambda: layers.LayerNormGRUCell(UNITS),
        "peephole": lambda: layers.PeepholeLSTMCell(UNITS),
        "coupled": lambda: layers.CoupledLSTMCell(UNITS),
        "projected": lambda: layers.ProjectedLSTMCell(UNITS + 2, UNITS),
        "zoneout": lambda: layers.ZoneoutCell(layers.LSTMCell(UNITS), [0.2, 0.5]),
        "residual": lambda: layers.ResidualCell(layers.GRUCell(FEATURES)),
        "attention": lambda: layers.AttentionCell(
            layers.GRUCell(UNITS), layers.AdditiveAttention(5), memory_features=2
        ),
        "weight drop": lambda: layers.WeightDropCell(layers.LSTMCell(UNITS), 0.5),
    }


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
    "RecurrentStack of a class": Row(
        lambda **k: layers.RecurrentStack(UNITS, cell=layers.LayerNormLSTMCell, **k)
    ),
    "SequencePooling last": Row(lambda **k: layers.SequencePooling("last", **k), False),
    "SequencePooling mean": Row(lambda **k: layers.SequencePooling("mean", **k), False),
    "SequencePooling max": Row(lambda **k: layers.SequencePooling("max", **k), False),
    "SequencePooling attention": Row(lambda **k: layers.SequencePooling("attention", **k), False),
    "CausalConvolution": Row(lambda **k: layers.CausalConvolution(UNITS, layers=2, **k)),
    "CRF": Row(lambda **k: layers.CRF(FEATURES, **k), dtype="float32"),
    "PyramidalRNN": Row(lambda **k: layers.PyramidalRNN(UNITS, layers=2, **k), stride=4),
    "AdditiveAttention": Row(lambda **k: layers.AdditiveAttention(UNITS, **k)),
    "BilinearAttention": Row(lambda **k: layers.BilinearAttention(**k)),
    "DotProductAttention": Row(lambda **k: layers.DotProductAttention(**k)),
    "DotProductAttention scaled": Row(lambda **k: layers.DotProductAttention(scaled=True, **k)),
    **{f"RNN {name}": _rnn(cell) for name, cell in CELLS.items()},
}
