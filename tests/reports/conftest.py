"""Records of runs that were never trained: random predictions, scored as training scores them."""

import random
import re

import numpy as np
import pytest

from seqtasks import explanations, metrics, results
from seqtasks.reports import Functions, RunRecord

WORDS = "mèo chó ăn cơm ngủ ngon the cat sat on a mat and never slept <b>bold</b> &amp;".split()
HOSTILE = "</script><img src=x onerror=\"console.error('run')\"> \x00 \ud800 'quoted' 食 '"


def texts(rng, count):
    found = [" ".join(rng.choices(WORDS, k=rng.randint(1, 30))) for _ in range(count)]
    return [HOSTILE, "", *found[2:]]


def labelled(rng, rows, labels):
    names = [f"label {n}" for n in range(labels - 1)] + ["<i>&"]
    return [
        {
            "text": text,
            "reference": (true := rng.choice(names)),
            "prediction": true if rng.random() < 0.7 else rng.choice(names),
            "confidence": round(rng.uniform(0.2, 1), 6),
        }
        for text in texts(rng, rows)
    ]


def make_record(kind="classification", rows=200, labels=3, targets="tags", seed=0, **changes):
    rng = random.Random(seed)
    made, scores = MAKERS[kind](rng, rows, labels, targets)
    plain = [name for name, value in scores.items() if isinstance(value, float)]
    given = {
        "name": f"a <run> of {kind}",
        "task": "any",
        "title": "a task & its title",
        "kind": kind,
        "config": {"task": "any", "units": 4, "data": "corpus <1>", "members": ["a", "b"]}
        | {"targets": targets},
        "defaults": {"units": 8, "data": "sample", "members": ["a"], "seed": 0},
        "scores": {
            **scores,
            **{f"baseline_{name}": scores[name] / 2 for name in plain},
            "baseline": "a baseline",
            "split": "test",
            "rows": {"train": 2000, "test": rows},
            "label_counts": {"train": {"<i>&": 7}} if labels else {},
            "training_seconds": 3,
            "parameters": 1234,
            "seed": 0,
            "versions": {"seqtasks": "0"},
        },
        "history": [{"loss": 1 / n, "val_loss": 1.2 / n, "seconds": 1.0} for n in (1, 2, 3)],
        "best_epoch": 2,
        "rows": made,
        "total_rows": len(made),
        "functions": FUNCTIONS,
    }
    return RunRecord(**{**given, **changes})


def _classification(rng, rows, labels, _):
    made = labelled(rng, rows, labels)
    return made, metrics.classification_scores(*sides(made))


def _multilabel(rng, rows, labels, _):
    made = labelled(rng, rows, labels)
    for row in made:
        guess = [row["prediction"]] if rng.random() < 0.9 else []
        row |= {"reference": [row["reference"]], "prediction": guess}
        row["confidence"] = [row["confidence"]] * len(guess)
    return made, metrics.multilabel_scores(*sides(made))


def _tagging(rng, rows, labels, targets):
    tags = ["O", "B-PER", "I-PER", "B-LOC"] if targets == "spans" else ["NOUN", "VERB", "ADJ"]
    made = []
    for text in texts(rng, rows):
        tokens = text.split() or ["."]
        true = [rng.choice(tags) for _ in tokens]
        guess = [tag if rng.random() < 0.8 else rng.choice(tags) for tag in true]
        own = {"reference": true, "prediction": guess, "confidence": [rng.random() for _ in true]}
        made.append({"tokens": tokens, **own})
    scores = metrics.token_scores(*sides(made))
    if targets == "spans":
        scores |= metrics.span_f1(*sides(made))
        scores["per_class"] = scores.pop("per_type")
    return made, scores


def _translation(rng, rows, *_):
    made = []
    for source, target in zip(texts(rng, rows), texts(rng, rows), strict=True):
        guess = " ".join(word for word in target.split() if rng.random() < 0.8)
        own = {"reference": target.replace("\ud800", ""), "prediction": guess.replace("\ud800", "")}
        made.append({"source": source, **own, "score": -1.0})
    return made, metrics.translation_scores(*sides(made))


def _generation(rng, rows, *_):
    found = [{"text": text, "tokens": len(text)} for text in texts(rng, rows)[2:]]
    made = [{"document": n, **row, "nats_per_token": 1.5} for n, row in enumerate(found, start=1)]
    return made, {"perplexity": float(np.exp(1.5)), "nats_per_token": 1.5}


MAKERS = {
    "classification": _classification,
    "multilabel_classification": _multilabel,
    "tagging": _tagging,
    "translation": _translation,
    "generation": _generation,
}


def sides(rows):
    return [[row[name] for row in rows] for name in ("reference", "prediction")]


def _answer(given, attention=False, **options):
    if isinstance(given, str):
        return results.Generation(given, f" goes on at {options['temperature']} {HOSTILE}")
    weights = np.full((2, 3), 1 / 3, np.float32)
    seen = results.Attention(("<a>", "b", "c"), ("x", "y"), weights)
    return [results.Translation(text, (results.Hypothesis("x y", -1.0),), seen) for text in given]


def _explain(text=None, tokens=None):
    """The n-th word adds n nats, every second of them less than nothing; one span or all tokens."""
    text = " ".join(tokens) if text is None else text
    places = [match.span() for match in re.finditer(r"\S+", text)]
    words = tuple(
        explanations.WordContribution(text[a:b], a, b, float(n * (-1) ** n))
        for n, (a, b) in enumerate(places)
    )
    targets = [(None, None, None)] if tokens is None else [(text[a:b], a, b) for a, b in places]
    return tuple(explanations.Explanation(text, "<l>", 1.5, words, None, *t) for t in targets)


FUNCTIONS = Functions(
    explain=_explain,
    answer=_answer,
    log_probability=lambda given: np.array([-0.5 * len(text) for text in given]),
    ids=lambda given: [
        np.array([1 if w.startswith("<") else 4 + len(w) for w in t.split()], int) for t in given
    ],
)


@pytest.fixture(scope="session")
def record():
    """A function that makes a record of a kind: see `make_record`."""
    return make_record
