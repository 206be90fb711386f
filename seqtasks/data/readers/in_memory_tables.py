"""Data frames and Hugging Face datasets as tables, recognised by what they can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Table:
    """Rows with named columns, all of the same kind.

    Args:
        names: of its columns.
        read: column names -> tuples of their values, row by row.
        classes: the names of class labels, by column.
    """

    names: Sequence[str]
    read: Callable[[Sequence[str]], Iterator[tuple[Any, ...]]]
    classes: Mapping[str, Sequence[str]] = field(default_factory=dict)


def table_of(data: Any) -> Table | None:
    """A data frame or dataset as a table; None for anything else."""
    if hasattr(data, "column_names") and hasattr(data, "features"):
        return _dataset(data)
    if hasattr(data, "iter_rows"):  # polars
        return Table(list(data.columns), lambda names: data.select(list(names)).iter_rows())
    if hasattr(data, "itertuples"):  # pandas
        labels = {str(label): label for label in data.columns}

        def read(names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
            chosen = data[[labels[name] for name in names]]
            return chosen.itertuples(index=False, name=None)

        return Table([str(label) for label in data.columns], read)
    return None


def _dataset(data: Any) -> Table:
    """A Hugging Face dataset; a feature of translations stands for its languages."""
    features = dict(data.features or {})
    names = list(data.column_names or features)
    nested = getattr(features.get("translation"), "languages", ())

    def read(wanted: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        inner = nested and all(name in nested for name in wanted)
        chosen = ["translation"] if inner else list(dict.fromkeys(wanted))
        rows = data.select_columns(chosen) if hasattr(data, "select_columns") else data
        for row in rows:
            row = row["translation"] if inner else row
            yield tuple(row[name] for name in wanted)

    classes = {name: names_of_classes(feature) for name, feature in features.items()}
    return Table([*names, *nested], read, {name: found for name, found in classes.items() if found})


def names_of_classes(feature: Any) -> Sequence[str]:
    """The names of a class label feature, or of a sequence of such; none of other features."""
    feature = getattr(feature, "feature", None) or feature
    feature = feature[0] if isinstance(feature, list) and feature else feature
    return list(feature.names or ()) if hasattr(feature, "int2str") else ()
