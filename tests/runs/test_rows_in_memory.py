"""Rows in memory through `seqtasks.train`: every task names the row, nothing is left behind."""

import numpy as np
import pytest

import seqtasks
from seqtasks.errors import InputError

TEXTS = [(f"text {n}", "ab"[n % 2]) for n in range(60)]
SENTENCES = [([f"word{n}", "x"], ["B-X", "O"]) for n in range(60)]
PAIRS = [{"en": f"house {n}", "vi": f"nhà {n}"} for n in range(60)]
BAD = {
    "a missing label": ("sentiment", [*TEXTS, ("a", None)], "row 61: 'label' is missing"),
    "a NaN": ("language", [*TEXTS, ("a", np.nan)], "row 61: 'label' is missing"),
    "mixed types": ("sentiment", [*TEXTS, ("a", 1)], "row 61: 'label': expected str as before"),
    "mixed rows": ("sentiment", [*TEXTS, "a"], "row 61: expected a tuple as in row 1"),
    "no rows": ("sentiment", [], "train rows: there are none"),
    "no test rows": ("ner", {"train": SENTENCES, "test": []}, "test rows: there are none"),
    "a generator": ("pos", (row for row in SENTENCES), r"can be read once. Give list"),
    "a tag less": ("ner", [*SENTENCES, (["a", "b"], ["O"])], "row 61: expected as many tags as"),
    "a missing token": ("pos", [*SENTENCES, (["a", None], ["O"] * 2)], "row 61: 'tokens' 2 of 2"),
    "a tag of no scheme": ("ner", [*SENTENCES, (["a"], ["PER"])], r"row 61 .* received 'PER'"),
    "half a pair": ("translation", [*PAIRS, {"en": "a", "vi": None}], "row 61: 'vi' is missing"),
    "a lost language": ("translation", [*PAIRS, {"en": "a"}], "row 61: expected 'vi' as in row 1"),
    "no text": ("generation", ["a text", None], "row 2: expected a str as in row 1, found None"),
    "numbers": ("generation", {"train": [1, 2]}, r"train rows, row 1: expected a text or a dict"),
    "a bad test row": (
        "sentiment",
        {"train": TEXTS, "dev": TEXTS, "test": [*TEXTS, ("a", "c")]},
        "test rows, row 61: the label 'c' is not in the training split",
    ),
    "a bad validation row": (
        "ner",
        {"train": SENTENCES, "dev": [(["a"], ["O", "O"])], "test": SENTENCES},
        "validation rows, row 1: expected as many tags as tokens",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_row_is_named(case, tmp_path):
    task, data, message = BAD[case]
    with pytest.raises(InputError, match=message) as told:
        seqtasks.train(task, data, out=tmp_path / "run", verbose=0)
    assert len(str(told.value).splitlines()) == 1
    assert not (tmp_path / "run").exists()
    # What is corrected can be trained without --overwrite: nothing was begun.
    assert not list(tmp_path.rglob("checkpoint.npz"))


def test_a_frame_without_the_columns(tmp_path):
    pandas = pytest.importorskip("pandas")
    for task, frame, message in [
        ("sentiment", pandas.DataFrame({"id": ["a"], "label": ["b"]}), "column 'text', found no"),
        ("ner", pandas.DataFrame({"tokens": [["a"]], "other": [["O"]]}), "found none among 'token"),
        ("translation", pandas.DataFrame({"en": ["a"], "fr": ["b"]}), "--target"),
    ]:
        with pytest.raises(InputError, match=message):
            seqtasks.train(task, frame, out=tmp_path / "run", verbose=0)


def test_a_task_that_does_not_exist_gets_the_nearest(tmp_path):
    with pytest.raises(InputError, match=r"no task 'sentimant'\. Did you mean sentiment"):
        seqtasks.train("sentimant", TEXTS, out=tmp_path / "run")
    with pytest.raises(InputError, match=r"no option 'epoch'\. Did you mean epochs"):
        seqtasks.train("sentiment", TEXTS, out=tmp_path / "run", epoch=3)
