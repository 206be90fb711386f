"""Stand-ins for pandas, polars and Hugging Face datasets: what our reader may ask of them."""


class PandasLike:
    """A frame of columns by label, of which rows are read as pandas reads them."""

    def __init__(self, columns):
        self.table = list(columns)

    @property
    def columns(self):
        return [label for label, _ in self.table]

    def __getitem__(self, labels):
        return PandasLike([(label, dict(self.table)[label]) for label in labels])

    def itertuples(self, index=True, name="Pandas"):
        assert not index and name is None
        return zip(*(values for _, values in self.table), strict=True)


class PolarsLike(PandasLike):
    def select(self, labels):
        return PolarsLike(self[labels].table)

    def iter_rows(self):
        return zip(*(values for _, values in self.table), strict=True)


class ClassLabel:
    def __init__(self, names):
        self.names = names

    def int2str(self, number):
        return self.names[number]


class Sequence:
    def __init__(self, feature):
        self.feature = feature


class Translation:
    def __init__(self, languages):
        self.languages = languages


class DatasetLike:
    """A Hugging Face dataset: dicts by column, whose features know the names of classes."""

    def __init__(self, features, rows):
        self.features, self.rows = features, rows

    @property
    def column_names(self):
        return list(self.features)

    def select_columns(self, names):
        return DatasetLike(
            {name: self.features[name] for name in names},
            [{name: row[name] for name in names} for row in self.rows],
        )

    def __iter__(self):
        return iter(self.rows)
