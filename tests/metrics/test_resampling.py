"""Bootstrap intervals and paired tests, against scipy's and sacreBLEU's on the same seeds."""

import numpy as np
import pytest
from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.chrf import CHRF
from sacrebleu.significance import PairedTest as SacrePairedTest
from scipy import stats
from sklearn.metrics import accuracy_score, f1_score

from seqtasks.metrics import (
    classification_scores,
    multilabel_scores,
    span_f1,
    token_scores,
    translation_scores,
)
from seqtasks.metrics.resampling import (
    RowStatistics,
    bootstrap_intervals,
    paired_test,
    prediction_statistics,
)

RNG = np.random.default_rng(3)
LABELS = np.array(["bad", "fair", "tốt"])


def labelled(rows=80, right=0.7):
    true = RNG.choice(LABELS, rows)
    true[: len(LABELS)] = LABELS[:rows]  # each occurs
    guess = np.where(RNG.random(rows) < right, true, RNG.choice(LABELS, rows))
    return [{"reference": str(a), "prediction": str(b)} for a, b in zip(true, guess, strict=True)]


def translated(references, seed):
    """Translations that lose or repeat words."""
    rng = np.random.default_rng(seed)
    return [
        " ".join(np.repeat(text.split(), rng.choice(3, len(text.split()), p=(0.2, 0.7, 0.1))))
        for text in references
    ]


WORDS = "mèo chó ăn cơm ngủ the cat sat on a mat and never slept".split()
REFERENCES = [" ".join(RNG.choice(WORDS, RNG.integers(4, 12))) for _ in range(60)]
FIRST, SECOND = (translated(REFERENCES, seed) for seed in (1, 2))


def pairs(predictions):
    both = zip(REFERENCES, predictions, strict=True)
    return [{"reference": true, "prediction": guess} for true, guess in both]


@pytest.mark.parametrize("score", ["accuracy", "macro_f1", "weighted_f1"])
def test_intervals_are_those_of_scipy(score):
    rows = labelled()
    true, guess = (np.array([row[name] for row in rows]) for name in ("reference", "prediction"))

    def statistic(places):
        if score == "accuracy":
            return accuracy_score(true[places], guess[places])
        average = score.removesuffix("_f1")
        return f1_score(
            true[places], guess[places], labels=LABELS, average=average, zero_division=0
        )

    theirs = stats.bootstrap(
        (np.arange(len(rows)),),
        statistic,
        vectorized=False,
        n_resamples=200,
        method="percentile",
        rng=np.random.default_rng(11),
    ).confidence_interval
    ours = bootstrap_intervals(
        prediction_statistics("classification", rows), resamples=200, seed=11
    )
    assert ours[score] == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert ours[score].low < ours[score].high


def test_large_draws_in_parts_are_those_at_once(monkeypatch):
    rows = prediction_statistics("classification", labelled())
    other = prediction_statistics("classification", labelled(right=0.5))
    whole = bootstrap_intervals(rows), paired_test(rows, other, method="randomization")
    for module in ("bootstrap", "paired_tests"):
        monkeypatch.setattr(f"seqtasks.metrics.resampling.{module}.CELLS", 1000)
    assert whole == (bootstrap_intervals(rows), paired_test(rows, other, method="randomization"))


@pytest.mark.parametrize(("method", "theirs"), [("bootstrap", "bs"), ("randomization", "ar")])
def test_p_values_are_those_of_sacrebleu(method, theirs):
    metrics = {"bleu": BLEU(), "chrf": CHRF()}
    _, found = SacrePairedTest(
        [("first", FIRST), ("second", SECOND)], metrics, [REFERENCES], theirs, n_samples=300
    )()
    first, second = (
        prediction_statistics("translation", pairs(guess)) for guess in (FIRST, SECOND)
    )
    ours = paired_test(first, second, method=method, resamples=300)  # their seed is 12345
    for name, title in (("bleu", "BLEU"), ("chrf", "chrF2")):
        one, other = found[title]
        assert ours[name].p == pytest.approx(other.p_value, abs=1e-12), name
        assert ours[name].difference == pytest.approx(other.score - one.score, abs=1e-3)
    assert 0 < ours["bleu"].p < 1


@pytest.mark.parametrize("right", [0.3, 0.6, 0.9])
def test_randomization_approaches_the_exact_permutation_test(right):
    """Of accuracies, whose differences have ties."""
    first, second = labelled(12, right=0.8), labelled(12, right=right)
    for one, other in zip(first, second, strict=True):
        other["reference"] = one["reference"]
    hits = [
        [float(row["reference"] == row["prediction"]) for row in rows] for rows in (first, second)
    ]
    exact = stats.permutation_test(
        hits,
        lambda a, b: abs(np.mean(a) - np.mean(b)),
        permutation_type="samples",
        vectorized=False,
        n_resamples=np.inf,
        alternative="greater",
    )
    one, other = (prediction_statistics("classification", rows) for rows in (first, second))
    ours = paired_test(one, other, method="randomization", resamples=20_000)["accuracy"]
    assert ours.p == pytest.approx(exact.pvalue, abs=0.015)


def test_one_row_of_difference_is_no_evidence():
    first = [{"reference": "a", "prediction": "a"} for _ in range(50)]
    second = [*first[:-1], {"reference": "a", "prediction": "b"}]
    one, other = (
        prediction_statistics("classification", rows, labels="ab") for rows in (first, second)
    )
    assert one.score() == {"accuracy": 1, "macro_f1": 1, "weighted_f1": 1}  # of "a" alone
    for method in ("bootstrap", "randomization"):
        assert paired_test(one, other, method=method)["accuracy"].p > 0.1


def test_the_scores_of_all_rows_are_those_of_the_metrics():
    rows = labelled()
    columns = [[row[name] for row in rows] for name in ("reference", "prediction")]
    scores = classification_scores(*columns)
    found = prediction_statistics("classification", rows).score()
    assert found == pytest.approx({name: scores[name] for name in found})

    sets = [
        {side: [*RNG.choice(LABELS, RNG.integers(0, 3), replace=False)] for side in rows[0]}
        for _ in range(40)
    ]
    scores = multilabel_scores(*[[row[name] for row in sets] for name in rows[0]])
    found = prediction_statistics("multilabel_classification", sets).score()
    assert found == pytest.approx({name: scores[name] for name in found})
    empty = [{"reference": [], "prediction": []}] * 3
    assert set(prediction_statistics("multilabel_classification", empty).score().values()) == {1}

    tags = ["B-PER", "I-PER", "O", "B-LOC"]
    tagged = [{side: [str(x) for x in RNG.choice(tags, 6)] for side in rows[0]} for _ in range(40)]
    columns = [[row[name] for row in tagged] for name in rows[0]]
    scores = {**token_scores(*columns), **span_f1(*columns)}
    found = prediction_statistics("tagging", tagged, "spans").score()
    assert found == pytest.approx({name: scores[name] for name in found})
    assert prediction_statistics("tagging", tagged).score().keys() == {"accuracy"}

    scores = translation_scores(REFERENCES, FIRST)
    found = prediction_statistics("translation", pairs(FIRST)).score()
    assert found == pytest.approx({name: scores[name] for name in found})


def test_documents():
    rows = [
        {"text": "ab" * n, "tokens": 2 * n, "nats_per_token": 0.5 + n / 10} for n in range(1, 9)
    ]
    rows.append({"text": "", "tokens": 0, "nats_per_token": None})
    nats = sum(row["nats_per_token"] * row["tokens"] for row in rows[:-1])
    tokens = sum(row["tokens"] for row in rows)
    found = prediction_statistics("generation", rows).score()
    assert found["perplexity"] == pytest.approx(np.exp(nats / tokens))
    assert found["bits_per_character"] == pytest.approx(nats / tokens / np.log(2))


def test_edges():
    one = prediction_statistics("classification", labelled(1))
    assert bootstrap_intervals(one) == {} and prediction_statistics("other", []) is None
    two = prediction_statistics("classification", labelled(2))
    with pytest.raises(ValueError, match="Received 1 rows of"):
        paired_test(one, two)
    same = paired_test(two, two)["accuracy"]
    assert same.difference == 0 and same.p == 1 and tuple(same.interval) == (0, 0)
    undefined = RowStatistics.of_rows([[0.0], [1.0]], lambda sums: {"x": sums[..., 0] * np.nan})
    assert bootstrap_intervals(undefined) == {}
