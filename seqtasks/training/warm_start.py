"""Warm start: a model begins with the weights and the tokens of a finished run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import keras

from seqtasks.errors import InputError

T = TypeVar("T")


@dataclass(frozen=True)
class EarlierRun:
    """A finished run that training begins from.

    Args:
        origin: where it is, for messages.
        tokenizers: what made ids of strings for its model, by name.
        labels: its labels or tags, in order; none where it has no labels.
        load: gives its Keras model.
    """

    origin: str
    tokenizers: Mapping[str, Any]
    labels: Sequence[str]
    load: Callable[[], keras.Model]

    def tokenizer(self, name: str, fitted: T) -> T:
        """The run's tokenizer with what is new in one that was fitted to the corpus.

        Raises:
            InputError: the run has none of this kind.
        """
        earlier = self.tokenizers.get(name)
        if type(earlier) is type(fitted):
            try:
                return fitted.after(earlier)  # pyright: ignore[reportAttributeAccessIssue]
            except ValueError as error:
                raise self._other_tokens(str(error)) from error
        found = "none" if earlier is None else type(earlier).__name__
        raise self._other_tokens(f"expected a {type(fitted).__name__} '{name}', found {found}.")

    def _other_tokens(self, problem: str) -> InputError:
        return InputError(
            f"warm_start: {self.origin} reads other tokens than this run shall: {problem} Train "
            f"with that run's options (--config {self.origin}), or without --warm-start."
        )

    def start(
        self, model: keras.Model, labels: Sequence[str], tokenizers: Mapping[str, Any]
    ) -> tuple[str, ...]:
        """Give a built model the run's weights where they fit.

        Weights that depend on the labels are kept if the labels are the same; those that have a
        row or column for each token are kept for the tokens that the run knows.

        Args:
            model: built, not yet adapted or trained.
            labels: what it learns, in order.
            tokenizers: from `tokenizer`, by name.

        Returns:
            Notes on what was kept.

        Raises:
            InputError: no weight fits.
        """
        earlier, same = self.load(), list(labels) == list(self.labels)
        old = {name: _sizes(tokenizer) for name, tokenizer in self.tokenizers.items()}
        grown = [
            pair
            for name, tokenizer in tokenizers.items()
            for pair in zip(old[name], _sizes(tokenizer), strict=True)
        ]
        kept, fresh, outputs = 0, 0, 0
        for own, theirs in _pairs(model, earlier):
            of_labels = {id(weight) for weight in getattr(own, "label_weights", ())}
            weights = _weights(own)
            given = _weights(theirs) if theirs is not None else []
            for n, weight in enumerate(weights):
                value = given[n] if len(given) == len(weights) else None
                if id(weight) in of_labels and not same:
                    outputs += 1
                elif value is not None and _copy(weight, value, grown):
                    kept += 1
                else:
                    fresh += 1
        if not kept:
            raise InputError(
                f"warm_start: no weight of {self.origin} fits this network. Train with that run's "
                f"options (--config {self.origin}), or without --warm-start."
            )
        return self._notes(kept, fresh, outputs, grown)

    def _notes(
        self, kept: int, fresh: int, outputs: int, grown: Sequence[tuple[int, int]]
    ) -> tuple[str, ...]:
        said = f"warm start: {kept} tensors of weights kept from {self.origin}"
        if fresh:
            said += f", {fresh} of other shapes begin anew"
        if outputs:
            said += f"; the labels differ: {outputs} that depend on them begin anew"
        added = [f"{new - before:,} added to {before:,}" for before, new in dict(grown).items()]
        return (said, f"warm start: tokens: {'; '.join(added)}") if added else (said,)


def _sizes(tokenizer: Any) -> list[int]:
    """The sizes of a tokenizer's vocabularies."""
    names = ("vocabulary", "words", "characters")
    sizes = [len(getattr(tokenizer, name)) for name in names if hasattr(tokenizer, name)]
    return sizes + [len(values) for values in getattr(tokenizer, "categories", ())]


def _weights(model: Any) -> list[Any]:
    """The weights of a model that can be kept; of an ensemble its own, without its members'."""
    members = getattr(model, "members", ())
    inside = {id(weight) for member in members for weight in member.weights}
    weights = getattr(model, "kept_weights", model.trainable_weights)
    return [weight for weight in weights if id(weight) not in inside]


def _pairs(model: Any, earlier: Any) -> Iterator[tuple[Any, Any]]:
    """A model, and each member of an ensemble, with its counterpart; None where there is none."""
    yield model, earlier if type(model) is type(earlier) else None
    rest = [*getattr(earlier, "members", [earlier])]
    for member in getattr(model, "members", ()):
        found = next((one for one in rest if type(one) is type(member)), None)
        if found is not None:
            rest.remove(found)
        yield member, found


def _copy(weight: Any, value: Any, grown: Sequence[tuple[int, int]]) -> bool:
    """Put an earlier value into a weight, or into its first rows or columns; False if none fits."""
    new, old = tuple(weight.shape), tuple(value.shape)
    if new == old:
        weight.assign(value)
        return True
    if len(new) != len(old):
        return False
    different = [axis for axis in range(len(new)) if new[axis] != old[axis]]
    if len(different) != 1 or (old[different[0]], new[different[0]]) not in grown:
        return False
    array = weight.numpy()
    array[tuple(slice(size) for size in old)] = value.numpy()
    weight.assign(array)
    return True
