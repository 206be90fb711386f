"""Small runs to serve: predictors that nobody has trained, exported as runs are."""

import asyncio
import contextlib
from pathlib import Path

import httpx
import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.features import WordFeatures
from seqtasks.models import (
    ClassifierEnsemble,
    ConvolutionalClassifier,
    LanguageModel,
    RecurrentTagger,
    Seq2Seq,
    Tagger,
)
from seqtasks.predictors import LabelPredictor, TagPredictor, TextGenerator, Translator
from seqtasks.runs.manifest import Manifest, write_manifest
from seqtasks.runs.saved_predictor import export
from seqtasks.serving import Limits
from seqtasks.serving.app import create_app
from seqtasks.serving.metrics import Metrics
from seqtasks.serving.models import ServedModel
from seqtasks.text import Tokenizer, Vocabulary, bio, split_verbatim, split_words

WORDS = ["good", "not good at all", "Anna Lee sings in Huế .", "Đà_Nẵng and New York"]
LABELS = ["bad", "good", "so-so"]
TAGS = sorted(["O", *(f"{p}-{t}" for p in "BIES" for t in ("PER", "LOC"))])


def labels(seed=2):
    keras.utils.set_random_seed(seed)
    tokenizer = Tokenizer.fit(WORDS, split_words, max_size=50, max_length=30)
    sizes = {"vocabulary_size": len(tokenizer.vocabulary), "labels": 3, "embedding_size": 8}
    model = ClassifierEnsemble([ConvolutionalClassifier(**sizes, filters=4, widths=[2, 3])])
    model.build((None, None))
    strengthen(model, seed)
    return LabelPredictor(tokenizer, model, LABELS)


def spans():
    keras.utils.set_random_seed(2)
    tags = TAGS
    features = WordFeatures.fit(WORDS, max_words=50)
    sizes = (len(features.words), len(features.characters), len(tags))
    members = [RecurrentTagger(*sizes, word_size=8, filters=6, units=8)]
    model = Tagger(members, len(tags), bio.allowed_transitions(tags, "bioes"))
    model.build((None, None, features.width))
    strengthen(model, 3)
    return TagPredictor(features, model, tags, "bioes")


def writer():
    tokenizer = Tokenizer(Vocabulary(list("abcde \né")), split_verbatim, separator="")
    model = LanguageModel(len(tokenizer.vocabulary), embedding_size=6, units=8, layers=1, rows=2)
    model.build()
    strengthen(model, 4)
    return TextGenerator(tokenizer, model, ends=False, length=40)


def translator():
    tokenizer = Tokenizer.fit(["a b c d e f g"], split_words, max_size=20, max_length=12)
    target = Tokenizer(tokenizer.vocabulary, split_words, max_length=99)
    size = len(tokenizer.vocabulary)
    model = Seq2Seq(size, size, shared=True, embedding_size=6, units=8, decoder_layers=1)
    model.build()
    strengthen(model, 5)
    return Translator(tokenizer, target, model, beams=3, n_best=2)


def strengthen(model, seed):
    """Draw large weights, so that the outputs of different texts differ."""
    rng = np.random.default_rng(seed)
    for weight in model.trainable_weights:
        weight.assign(rng.normal(size=weight.shape) * 0.7)


class Functions(tf.Module):
    """A predictor of a kind of its own."""

    kind, settings = "functions", {}

    def __init__(self, **signatures):
        super().__init__()
        self._functions = {
            name: tf.function(function, input_signature=specs, autograph=False)
            for name, (function, specs) in signatures.items()
        }

    @property
    def signatures(self):
        return {**self._functions}


def half_plus_three():
    """The model of TensorFlow Serving's documentation; and one of its three named inputs."""
    named = [
        tf.TensorSpec([None], tf.string, name="tag"),
        tf.TensorSpec([None, 5], tf.float32, name="signal"),
        tf.TensorSpec([None, 2, 2], tf.int32, name="sensor"),
    ]
    x = tf.TensorSpec([None], tf.float32, name="x")
    image = tf.TensorSpec([None], tf.string, name="image")
    return Functions(
        serving_default=(lambda x: {"y": x / 2 + 3}, [x]),
        named=(
            lambda tag, signal, sensor: {
                "tag": tag,
                "total": tf.reduce_sum(signal, 1),
                "sensor": sensor,
            },
            named,
        ),
        bytes=(lambda image: {"same_bytes": image}, [image]),
        checked=(lambda x: {"y": tf.debugging.check_numerics(x, "not a number")}, [x]),
        total=(lambda x: {"total": tf.reduce_sum(x)}, [x]),
    )


def as_run(path, predictor, task):
    """A run folder, as far as serving reads it."""
    Path(path).mkdir(parents=True)
    export(path, predictor)
    named = {"sentiment": tuple(LABELS), "ner": tuple(TAGS)}.get(task, ())
    write_manifest(
        path,
        Manifest(task, predictor.kind, (*predictor.signatures,), predictor.settings, 1, 1, named),
    )
    return path


PREDICTORS = {
    "sentiment": labels,
    "ner": spans,
    "generation": writer,
    "translation": translator,
    "half_plus_three": half_plus_three,
    "other_sentiment": lambda: labels(seed=9),
}


class Runs(dict):
    """Folders of runs by name, one of each kind, made when first asked for."""

    def __init__(self, root):
        self.root = root

    def __missing__(self, name):
        self[name] = as_run(self.root / name, PREDICTORS[name](), name.removeprefix("other_"))
        return self[name]


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    return Runs(tmp_path_factory.mktemp("runs"))


class Client:
    """Requests to an application in this process, without a network."""

    def __init__(self, app, **options):
        self.app, self._loop = app, asyncio.new_event_loop()
        self._life = app.router.lifespan_context(app)
        self.run(self._life.__aenter__())
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        self.http = httpx.AsyncClient(transport=transport, base_url="http://test", **options)

    def run(self, awaitable):
        return self._loop.run_until_complete(awaitable)

    def close(self):
        self.run(self.http.aclose())
        self.run(self._life.__aexit__(None, None, None))
        self._loop.close()

    def get(self, *args, **options):
        return self.run(self.http.get(*args, **options))

    def post(self, *args, **options):
        return self.run(self.http.post(*args, **options))

    def post_all(self, requests):
        """The answers to requests (address, JSON) that are made at once."""

        async def all_of_them():
            return await asyncio.gather(*(self.http.post(a, json=j) for a, j in requests))

        return self.run(all_of_them())


@contextlib.contextmanager
def serving(runs, limits=Limits(), **options):  # noqa: B008
    metrics = Metrics()
    models = {name: ServedModel(name, path, limits, metrics) for name, path in runs.items()}
    client = Client(create_app(models, metrics, **options))
    try:
        yield client
    finally:
        client.close()


@pytest.fixture(scope="module")
def client(runs, request):
    """A client of a server with the runs that the module names in `MODELS`."""
    with serving({name: runs[name] for name in request.module.MODELS}) as found:
        yield found


@pytest.fixture(scope="session")
def served():
    """`served(runs, limits, **options)`: a server of one's own."""
    return serving
