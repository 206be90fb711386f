"""Task: a pipeline with a name, a sample corpus and defaults of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from seqtasks.pipelines.options import Options, with_options

if TYPE_CHECKING:
    from seqtasks.data import Stream
    from seqtasks.predictors import Predictor
    from seqtasks.training import EarlierRun, TrainingSetup

Scores = dict[str, Any]  # plain numbers under plain names, and details that a table cannot hold


@dataclass(frozen=True)
class Corpus:
    """What to train on or to score, before it is opened, and what training begins from.

    Args:
        spec: "sample", a path, "tfds:NAME[/CONFIG]", rows in memory, a dict of rows by split, or a
            `seqtasks.data.Partition` of these.
        sample: makes the streams that "sample" stands for, by split.
        data_dir: where tensorflow-datasets keeps its prepared data.
        earlier: the finished run that training begins from, if any.
    """

    spec: Any
    sample: Callable[[], Mapping[str, Stream]]
    data_dir: str | None = None
    earlier: EarlierRun | None = None

    @property
    def data(self) -> Any:
        """What the user named: `spec`, however it is divided."""
        from seqtasks.data import Partition

        return self.spec.data if isinstance(self.spec, Partition) else self.spec


class Pipeline(Protocol):
    """A shape of problem: how rows become batches, a model, a predictor and scores.

    The modules of `seqtasks.pipelines` are such objects, and so may be any module or object of
    another package.
    """

    @property
    def Config(self) -> type[Options]:
        """The options, a frozen dataclass of groups."""
        ...

    @property
    def build(self) -> Callable[[Any, Corpus], TrainingSetup]:
        """(config, corpus) -> everything that one training run needs."""
        ...

    # And, where `seqtasks data` shall check its corpora, `open_corpus`:
    # (config, corpus) -> seqtasks.data.CorpusForm.

    @property
    def evaluate(self) -> Callable[[Any, Predictor, Corpus], Scores]:
        """(config, predictor, corpus) -> scores of a saved predictor on a corpus of its kind."""
        ...


@dataclass(frozen=True)
class Task:
    """A pipeline with a name: data, not code.

    Args:
        title: what it does, in one line for help and documentation.
        pipeline: a module of `seqtasks.pipelines`, or an object with the same three names.
        sample: makes the streams of the embedded corpus, by split.
        defaults: options in which the task differs from its pipeline, by name.
        name: under which users call it; set where the task is found.
    """

    title: str
    pipeline: Pipeline
    sample: Callable[[], Mapping[str, Stream]]
    defaults: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""

    @property
    def config(self) -> Options:
        """The pipeline's options with the task's defaults."""
        return with_options(self.pipeline.Config(), self.defaults, self.name)

    def corpus(self, config: Options, data: Any = None) -> Corpus:
        """The corpus that the options name, or `data` in memory in its place."""
        return Corpus(config.data.data if data is None else data, self.sample, config.data.data_dir)
