"""Cells by name, by class, or by a function that makes them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import keras

from seqtasks.layers.argument_checks import check_units
from seqtasks.layers.recurrent.cells.layer_norm_cells import (
    LayerNormGRUCell,
    LayerNormLSTMCell,
    LayerNormSimpleRNNCell,
)
from seqtasks.layers.recurrent.cells.lstm_variants import (
    CoupledLSTMCell,
    PeepholeLSTMCell,
    ProjectedLSTMCell,
)
from seqtasks.layers.recurrent.cells.nas_cell import NASCell
from seqtasks.layers.recurrent.cells.standard_cells import GRUCell, LSTMCell, SimpleRNNCell
from seqtasks.layers.recurrent.parallel import MinGRUCell, MinLSTMCell, lru_block

Maker = Callable[..., Any]
KERAS = "keras.layers>"  # before the names of Keras's own cells, which Keras does not register


@keras.saving.register_keras_serializable(package="seqtasks")
def projected_lstm(units: int, **options: Any) -> ProjectedLSTMCell:
    """A `ProjectedLSTMCell` whose output has `units` features and whose memory has 2 * units."""
    return ProjectedLSTMCell(2 * check_units(units, "projected_lstm"), units, **options)


CELLS: dict[str, Maker] = {
    "rnn": SimpleRNNCell,
    "lstm": LSTMCell,
    "gru": GRUCell,
    "layer_norm_rnn": LayerNormSimpleRNNCell,
    "layer_norm_lstm": LayerNormLSTMCell,
    "layer_norm_gru": LayerNormGRUCell,
    "peephole_lstm": PeepholeLSTMCell,
    "coupled_lstm": CoupledLSTMCell,
    "projected_lstm": projected_lstm,
    "nas": NASCell,
    "mingru": MinGRUCell,
    "minlstm": MinLSTMCell,
    "lru": lru_block,
}


def make_cell(cell: str | Maker, units: int, owner: str = "make_cell", **options: Any) -> Any:
    """Makes one cell, as `RecurrentStack` does for each of its layers.

    Args:
        cell: a name in `CELLS`; the registered name of a class or function ("package>Name", for
            Keras's own cells "keras.layers>Name"); or a class or function `units -> cell` itself.
        units: size of the cell's output.
        owner: the caller's name, for error messages.
        **options: arguments of the cell, such as `recurrent_dropout`, `seed` or `dtype`. One that
            the cell does not take is left out where it is 0 or None, and refused elsewhere; `seed`
            and `dtype` are left out in any case.

    Returns:
        A new cell: `cell(inputs, states) -> (outputs, states)`, with `state_size`.

    Raises:
        ValueError: an unknown name, an option that the cell does not take, or no cell.

    Example:
        >>> cell = make_cell("layer_norm_lstm", 8, recurrent_dropout=0.1)
    """
    maker = find_cell(cell, owner)
    taken = {name: value for name, value in options.items() if _takes(maker, name)}
    for name in options.keys() - taken.keys() - {"seed", "dtype"}:
        if options[name]:
            raise ValueError(
                f"{owner}: expected a cell that takes `{name}`, received cell={cell!r}, which does "
                f"not, and {name}={options[name]!r}. Add an argument `{name}` to the cell, or "
                f"leave {name} out."
            )
    made = maker(check_units(units, owner), **taken)
    if not (callable(made) and hasattr(made, "call") and hasattr(made, "state_size")):
        raise ValueError(
            f"{owner}: expected cell={cell!r} to make a cell, with `call` and `state_size`; it "
            f"made {made!r}. Pass a class or function `units -> cell`, such as LSTMCell."
        )
    if isinstance(made, keras.layers.StackedRNNCells):
        raise ValueError(
            f"{owner}: expected cell={cell!r} to make one cell, it made StackedRNNCells. Stack "
            "layers instead: RecurrentStack(..., layers=2)."
        )
    return made


def find_cell(cell: Any, owner: str) -> Maker:
    """The class or function `units -> cell` that `cell` is or names."""
    if isinstance(cell, str):
        found = CELLS.get(cell) or keras.saving.get_registered_object(cell)
        if found is None and cell.startswith(KERAS):
            found = getattr(keras.layers, cell.removeprefix(KERAS), None)
        if found is None:
            raise ValueError(
                f"{owner}: expected `cell` to be one of {', '.join(map(repr, CELLS))}, the "
                "registered name of another cell, or a class or function `units -> cell`; received "
                f"cell={cell!r}. To use a cell of your own by name, decorate its class with "
                '@keras.saving.register_keras_serializable(package="mine"), import its module and '
                'pass cell="mine>ItsName".'
            )
        return found
    if isinstance(cell, keras.layers.Layer) or not hasattr(cell, "__name__"):
        raise ValueError(
            f"{owner}: expected `cell` to be a name, a class, or a function `units -> cell`; "
            f"received {cell!r}. One cell object cannot serve several layers: pass its class, or a "
            "function with a name that makes one."
        )
    return cell


def name_of_cell(cell: str | Maker) -> str:
    """The name under which `find_cell` finds a class or function again: what is saved of it."""
    if isinstance(cell, str):
        return cell
    if getattr(keras.layers, cell.__name__, None) is cell:
        return KERAS + cell.__name__
    return keras.saving.get_registered_name(cell)


def _takes(maker: Maker, name: str) -> bool:
    """Whether a class or function has an argument, be it of a base class through **options."""
    is_class = inspect.isclass(maker)
    chain = [c.__init__ for c in maker.__mro__ if "__init__" in vars(c)] if is_class else [maker]
    for function in chain:
        parameters = inspect.signature(function).parameters
        if name in parameters:
            return True
        if not any(p.kind is p.VAR_KEYWORD for p in parameters.values()):
            return False
    return not is_class  # a function of any options
