"""The estimators by scikit-learn's rules: its own checks, its own scores, its own tools."""

import pickle
import subprocess
import sys
from itertools import chain

import numpy as np
import pytest
from nervaluate import Evaluator
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import estimator_checks

import seqtasks
from seqtasks.data.samples import sentiment, tagging
from seqtasks.errors import InputError
from seqtasks.sklearn import SequenceTagger, TextClassifier

TEXTS, LABELS = map(list, zip(*list(sentiment.streams()["train"])[:300], strict=True))
SENTENCES, TAGS = (
    [text.split(" ") for text in column]
    for column in zip(*list(tagging.streams("ner")["train"])[:200], strict=True)
)
TINY = {"members": ("ngram",), "epochs": 3, "batch_size": 16}
SMALL = {"members": ("recurrent",), "epochs": 2, "options": {"embedding_size": 8}}


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def classifier():
    return TextClassifier(**TINY).fit(TEXTS, LABELS)


@pytest.fixture(scope="module")
def tagger():
    return SequenceTagger(members=("linear",), epochs=2).fit(SENTENCES, TAGS)


@pytest.mark.parametrize("estimator", [TextClassifier(), SequenceTagger()], ids=repr)
@pytest.mark.parametrize(
    "check",
    [
        "check_estimator_cloneable",
        "check_estimator_repr",
        "check_get_params_invariance",
        "check_no_attributes_set_in_init",
        "check_parameters_default_constructible",
        "check_set_params",
    ],
)
def test_parameters_pass_scikit_learns_own_checks(estimator, check):
    getattr(estimator_checks, check)(type(estimator).__name__, estimator)


@pytest.mark.parametrize("kind", [TextClassifier, SequenceTagger])
def test_parameters_are_stored_as_they_are_given(kind):
    names = kind().get_params()
    given = {name: object() for name in names}
    estimator = kind(**given)
    assert all(estimator.get_params()[name] is value for name, value in given.items())
    assert "out" not in names and names["epochs"] is None  # the task's default
    copied = clone(kind(options={"dropout": 0.3}, members=["linear"]))
    assert copied.options == {"dropout": 0.3} and copied.members == ["linear"]
    assert kind().set_params(units=3).units == 3


def test_only_the_classifier_is_one():
    assert is_classifier(TextClassifier()) and not is_classifier(SequenceTagger())


def test_what_fit_sets_ends_in_an_underscore(classifier):
    added = set(vars(classifier)) - set(classifier.get_params())
    assert {"run_", "classes_"} <= added
    assert all(name.endswith("_") or name.startswith("_") for name in added)
    assert not hasattr(clone(classifier), "run_")


class Trained(Exception):
    """Instead of training: what would have been trained on."""


def trained_on(monkeypatch, estimator, *data):
    """The arguments of `seqtasks.train`, which is not run."""

    def train(*arguments, **options):
        raise Trained(arguments, options)

    monkeypatch.setattr(seqtasks, "train", train)
    with pytest.raises(Trained) as trained:
        estimator.fit(*data)
    return trained.value.args


FORMS = {"list": list, "tuple": tuple, "array": np.array, "objects": lambda x: np.array(x, object)}


@pytest.mark.parametrize("form", [*FORMS, "column", "Series", "frame"])
def test_every_form_of_a_column_gives_the_same_rows(monkeypatch, form):
    if form in ("Series", "frame"):
        pandas = pytest.importorskip("pandas")
        make = {"Series": pandas.Series, "frame": lambda x: pandas.DataFrame({"a": x})}[form]
    else:
        make = {**FORMS, "column": lambda x: np.array(x)[:, None]}[form]
    (task, data), _ = trained_on(monkeypatch, TextClassifier(), make(TEXTS), make(LABELS))
    assert task == "sentiment"
    assert data == {"train": list(zip(TEXTS, LABELS, strict=True))}


def test_parameters_and_options_reach_the_task(monkeypatch):
    held_out = (TEXTS[:9], LABELS[:9])
    made = TextClassifier(units=5, validation=held_out, options={"dropout": 0.3}, verbose=2)
    (_, data), options = trained_on(monkeypatch, made, TEXTS, LABELS)
    del options["out"]
    assert options.pop("report") is False  # nobody opens the report of a fit
    assert options == {"units": 5, "dropout": 0.3, "verbose": 2}  # None is left to the task
    # Nothing is cut from the training rows then.
    rows = list(zip(*held_out, strict=True))
    assert data["validation"] == data["test"] == rows and len(data["train"]) == 300


def test_predictions_and_probabilities_agree(classifier):
    assert classifier.classes_.tolist() == ["negative", "positive"]
    found, chances = classifier.predict(TEXTS), classifier.predict_proba(TEXTS)
    assert found.shape == (300,) and chances.shape == (300, 2)
    np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-5)
    assert (classifier.classes_[chances.argmax(axis=1)] == found).all()
    assert len(set(found)) == 2
    answers = classifier.run_(TEXTS[:20])
    assert found[:20].tolist() == [answer.label for answer in answers]
    assert chances[3].tolist() == [answers[3].probabilities[name] for name in classifier.classes_]
    assert classifier.predict([]).shape == (0,) and classifier.predict_proba([]).shape == (0, 2)


def test_score_is_scikit_learns_accuracy(classifier):
    expected = accuracy_score(LABELS, classifier.predict(TEXTS))
    assert classifier.score(TEXTS, LABELS) == expected
    assert 0.5 < expected < 1  # a score that says something


def test_labels_keep_their_type():
    """1.0 is the label '1' of the run; what `predict` gives is a float again."""
    numbers = [float(label == "positive") for label in LABELS]
    fitted = TextClassifier(**{**TINY, "epochs": 1}).fit(TEXTS, numbers)
    assert fitted.classes_.tolist() == [0.0, 1.0] and fitted.run_.scores["labels"] == ["0", "1"]
    found = fitted.predict(TEXTS)
    assert found.dtype == float and set(found) <= {0.0, 1.0}


BAD_ROWS = {
    "None for a label": (TEXTS, [*LABELS[:-1], None], "row 300: 'label' is missing"),
    "NaN for a label": (TEXTS, [*LABELS[:-1], float("nan")], "row 300: 'label' is missing"),
    "None for a text": ([None, *TEXTS[1:]], LABELS, "row 1: 'text' is missing"),
    "a number": ([*TEXTS[:7], 3, *TEXTS[8:]], LABELS, "row 8: 'text': expected a str, found the"),
    "mixed labels": (TEXTS, [*LABELS[:-1], 1], "row 300: 'label': expected str as before"),
    "lengths": (TEXTS, LABELS[:-1], "X and y: expected equal lengths, found 300 and 299"),
    "one text": ("a text", LABELS, r"X: expected a sequence of texts, found one str. Pass \[text"),
    "two columns": (np.array([TEXTS, TEXTS]).T, LABELS, r"X: .* found the shape \(300, 2\)"),
    "nothing": ([], [], "train rows: there are none"),
    "one class": (TEXTS, ["a"] * 300, "expected 2 to 1000 different labels, found 1"),
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_rows_that_cannot_be_trained_on(case):
    texts, labels, message = BAD_ROWS[case]
    with pytest.raises(InputError, match=message):
        TextClassifier(**TINY).fit(texts, labels)


def test_bad_rows_of_a_tagger():
    with pytest.raises(InputError, match="row 2: expected as many tags as tokens, found 2 tokens"):
        SequenceTagger().fit([["a"], ["b", "c"]], [["O"], ["O"]])
    with pytest.raises(InputError, match="X and y: expected equal lengths"):
        SequenceTagger().fit(SENTENCES, TAGS[1:])
    with pytest.raises(InputError, match="the two of validation: expected equal lengths"):
        SequenceTagger(validation=(SENTENCES, TAGS[1:])).fit(SENTENCES, TAGS)


def test_unknown_parameters():
    with pytest.raises(TypeError, match="unexpected keyword argument 'unit'"):
        TextClassifier(unit=3)
    with pytest.raises(ValueError, match="Invalid parameter 'unit' for estimator TextClassifier"):
        TextClassifier().set_params(unit=3)
    with pytest.raises(InputError, match=r"no option 'dropuot'\. Did you mean dropout"):
        TextClassifier(options={"dropuot": 0.3}).fit(TEXTS, LABELS)
    with pytest.raises(InputError, match="--epochs: expected at least 1, found 0"):
        TextClassifier(epochs=0).fit(TEXTS, LABELS)
    with pytest.raises(InputError, match="Did you mean sentiment"):
        TextClassifier(task="sentimant").fit(TEXTS, LABELS)


@pytest.mark.parametrize("kind", [TextClassifier, SequenceTagger])
def test_nothing_is_predicted_before_fit(kind):
    for method in ("predict", "predict_proba")[: 2 - (kind is SequenceTagger)]:
        with pytest.raises(NotFittedError, match="is not fitted yet"):
            getattr(kind(), method)(["a"])
    with pytest.raises(NotFittedError):
        kind().score(["a"], ["b"])


def test_what_cannot_be_predicted(classifier):
    with pytest.raises(InputError, match="X: expected a sequence of texts, found one str"):
        classifier.predict("a text")
    with pytest.raises(InputError, match="text 2: expected a str, found NoneType"):
        classifier.predict(["a", None])


@pytest.mark.slow
def test_what_cannot_be_tagged(tagger):
    with pytest.raises(InputError, match="X: expected a list for each sentence, found one str"):
        tagger.predict("a text")
    with pytest.raises(InputError, match="found an empty one, number 2 of"):
        tagger.predict([["a", "", "b"]])
    with pytest.raises(InputError, match="tokens: expected a list of strings"):
        tagger.predict([["a", None]])


@pytest.mark.slow
def test_every_token_gets_a_tag(tagger):
    assert tagger.predict([]) == [] and tagger.predict([[]]) == [[]]
    assert [len(tags) for tags in tagger.predict([["a b", "c"], [], ["d"]])] == [2, 0, 1]
    found = tagger.predict(SENTENCES)
    assert list(map(len, found)) == list(map(len, SENTENCES))
    assert found[:9] == [list(answer.tags) for answer in tagger.run_(tokens=SENTENCES[:9])]
    joined = tagger.predict([" ".join(tokens) for tokens in SENTENCES[:9]])
    assert joined == found[:9]  # as `fit` takes them too


@pytest.mark.slow
def test_score_of_spans_is_nervaluates(tagger):
    types = sorted({tag[2:] for tags in TAGS for tag in tags if tag != "O"})
    evaluator = Evaluator(TAGS, tagger.predict(SENTENCES), tags=types, loader="list")
    expected = evaluator.evaluate()["overall"]["strict"].f1
    assert tagger.score(SENTENCES, TAGS) == pytest.approx(expected, abs=1e-9)
    assert 0.1 < expected
    assert tagger.score(SENTENCES, list(map(" ".join, TAGS))) == pytest.approx(expected, abs=1e-9)


def test_a_pickled_classifier_predicts_the_same(classifier):
    again = pickle.loads(pickle.dumps(classifier))
    assert again.run_.path != classifier.run_.path
    np.testing.assert_array_equal(again.predict_proba(TEXTS), classifier.predict_proba(TEXTS))
    assert again.get_params() == classifier.get_params()
    pickle.loads(pickle.dumps(TextClassifier()))


@pytest.mark.slow
def test_a_pickled_tagger_predicts_the_same(tagger):
    assert pickle.loads(pickle.dumps(tagger)).predict(SENTENCES) == tagger.predict(SENTENCES)


def test_the_private_folder_goes_with_the_estimator(classifier):
    again = pickle.loads(pickle.dumps(classifier))
    folder = again.run_.path.parent
    assert folder.is_dir()
    del again
    assert not folder.exists()


@pytest.mark.slow
def test_a_pickle_is_all_that_another_process_needs(classifier, tmp_path):
    (tmp_path / "classifier.pickle").write_bytes(pickle.dumps(classifier))
    program = """
import pickle, sys
with open("classifier.pickle", "rb") as file:
    classifier = pickle.load(file)
print(*classifier.predict(sys.argv[1:]))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, *TEXTS[:20]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == classifier.predict(TEXTS[:20]).tolist()


@pytest.mark.slow
def test_cross_validation_and_grid_search_over_units():
    pandas = pytest.importorskip("pandas")
    texts, labels = pandas.Series(TEXTS), pandas.Series(LABELS, dtype="category")
    estimator = TextClassifier(units=4, **SMALL)
    scores = cross_val_score(estimator, texts, labels, cv=3)
    assert scores.shape == (3,) and ((scores >= 0.3) & (scores <= 1)).all()
    search = GridSearchCV(estimator, {"units": [4, 8]}, cv=3).fit(texts, labels)
    assert search.best_params_["units"] in (4, 8)
    assert search.best_estimator_.run_.config["units"] == search.best_params_["units"]
    # The same folds and seed: the same scores.
    results = search.cv_results_
    assert [results[f"split{n}_test_score"][0] for n in range(3)] == pytest.approx(scores)
    assert search.score(texts, labels) == accuracy_score(labels, search.predict(texts))


@pytest.mark.slow
def test_a_pipeline_whose_last_step_classifies():
    lower = FunctionTransformer(lambda texts: [text.lower() for text in texts])
    pipeline = make_pipeline(lower, TextClassifier(**TINY)).fit(TEXTS, LABELS)
    shouted = [text.upper() for text in TEXTS]
    assert (pipeline.predict(shouted) == pipeline.predict(TEXTS)).all()
    pipeline.set_params(textclassifier__epochs=1)
    assert clone(pipeline).named_steps["textclassifier"].epochs == 1


@pytest.mark.slow
def test_a_tagger_of_parts_of_speech_is_scored_by_token():
    rows = list(tagging.streams("pos")["train"])[:300]
    sentences, tags = ([text.split(" ") for text in column] for column in zip(*rows, strict=True))
    estimator = SequenceTagger(task="pos", members=("linear",), epochs=2)
    fitted = estimator.fit(sentences[:200], tags[:200])
    flat = [[*chain(*rows)] for rows in (tags[200:], fitted.predict(sentences[200:]))]
    score = fitted.score(sentences[200:], tags[200:])
    assert score == pytest.approx(accuracy_score(*flat))
    assert score > 0.5
    assert (cross_val_score(estimator, sentences, tags, cv=2) > 0.3).all()


@pytest.mark.slow
def test_a_task_of_another_kind_is_refused():
    with pytest.raises(InputError, match="of kind classification, found 'translation'"):
        TextClassifier(task="translation", epochs=1, options={"embedding_size": 8, "units": 8}).fit(
            TEXTS, LABELS
        )
