"""Annotated types of options, and the check of values against them."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from seqtasks.errors import InputError


@dataclass(frozen=True)
class Bounds:
    """The numbers that an option may have; stands in the option's annotated type."""

    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None

    def contains(self, value: float) -> bool:
        """Whether `value` is finite and within the bounds."""
        return (
            math.isfinite(value)
            and (self.at_least is None or value >= self.at_least)
            and (self.above is None or value > self.above)
            and (self.at_most is None or value <= self.at_most)
            and (self.below is None or value < self.below)
        )

    def __str__(self) -> str:
        words = (
            ("at least {:,}", self.at_least),
            ("more than {:,}", self.above),
            ("at most {:,}", self.at_most),
            ("less than {:,}", self.below),
        )
        return " and ".join(form.format(bound) for form, bound in words if bound is not None)


@dataclass(frozen=True)
class RegisteredClass:
    """Marks an option that may be given as a class registered with Keras, and is kept by its name.

    So a cell of one's own goes into `config.json`, and `keras.models.load_model` finds it again.
    """

    def name_of(self, value: Any) -> str:
        """The name under which Keras has registered a class.

        Raises:
            InputError: the class is not registered.
        """
        import keras

        name = keras.saving.get_registered_name(value)
        if keras.saving.get_registered_object(name) is not value:
            raise InputError(
                f"expected a class registered with Keras, found {value!r}. Decorate it with "
                '@keras.saving.register_keras_serializable(package="mine").'
            )
        return name


CellName = Annotated[str, RegisteredClass()]
Count = Annotated[int, Bounds(at_least=1)]
Rate = Annotated[float, Bounds(at_least=0, below=1)]
Fraction = Annotated[float, Bounds(at_least=0, at_most=1)]
Positive = Annotated[float, Bounds(above=0)]
NonNegative = Annotated[float, Bounds(at_least=0)]
Seed = Annotated[int, Bounds(at_least=0, at_most=2**32 - 1)]


def hints(group: type) -> dict[str, Any]:
    """The annotated type of each field of a group."""
    found = typing.get_type_hints(group, include_extras=True)
    return {field.name: found[field.name] for field in dataclasses.fields(group)}


def check(name: str, hint: Any, value: Any) -> None:
    """Refuse a value that its annotated type does not allow.

    Raises:
        InputError: another type, another choice, or out of bounds.
    """
    problem = _problem(hint, value)
    if problem:
        option = "--" + name.replace("_", "-")
        raise InputError(f"{option}: expected {problem}, found {value!r}")


def _problem(hint: Any, value: Any) -> str | None:
    """What was expected instead of `value`; None if it is right."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        bounds = [extra for extra in arguments[1:] if isinstance(extra, Bounds)]
        problem = _problem(arguments[0], value)
        for bound in bounds if problem is None else ():
            if not bound.contains(value):
                return str(bound)
        return problem
    if origin in (typing.Union, types.UnionType):
        problems = [_problem(argument, value) for argument in arguments]
        return None if None in problems else " or ".join(p for p in problems if p)
    if origin is Literal:
        return None if value in arguments else f"one of {', '.join(map(repr, arguments))}"
    if origin is tuple:
        if not isinstance(value, tuple) or not value:
            return "at least one value"
        return next((p for p in (_problem(arguments[0], item) for item in value) if p), None)
    if hint is float:
        good = isinstance(value, int | float) and not isinstance(value, bool)
        return None if good else "a number"
    if hint is int:
        good = isinstance(value, int) and not isinstance(value, bool)
        return None if good else "a whole number"
    if hint is type(None):
        return None if value is None else "None"
    names = {str: "a text", bool: "True or False"}
    return None if isinstance(value, hint) else names.get(hint, str(hint))
