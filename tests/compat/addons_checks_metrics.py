"""Checks of the rows on Addons' metrics and losses: values of Addons' docstrings, and NumPy."""

import numpy as np

NAMES = {
    *(
        f"tfa.metrics.{name}"
        for name in (
            "CohenKappa",
            "F1Score",
            "FBetaScore",
            "GeometricMean",
            "HammingLoss",
            "HarmonicMean",
            "KendallsTauB",
            "KendallsTauC",
            "MatthewsCorrelationCoefficient",
            "MeanMetricWrapper",
            "MultiLabelConfusionMatrix",
            "PearsonsCorrelation",
            "RSquare",
            "SpearmansRank",
            "hamming_distance",
            "hamming_loss_fn",
        )
    ),
    *(
        f"tfa.losses.{name}"
        for name in (
            "PinballLoss",
            "SigmoidFocalCrossEntropy",
            "pinball_loss",
            "sigmoid_focal_crossentropy",
        )
    ),
}
WITHOUT = set()


def gives(wanted, **tolerance):
    """A check: all values are this, or what this function of the page's names finds."""

    def check(found, n):
        value = wanted(n) if callable(wanted) else wanted
        assert found
        for one in found:
            np.testing.assert_allclose(one, value, **{"rtol": 1e-5, "atol": 1e-7, **tolerance})

    return check


def confusion(n):
    """True negatives, false positives, false negatives, true positives of each label, counted."""
    found = np.zeros((3, 2, 2))
    for row in range(3):
        for label in range(3):
            found[label, n["truth"][row, label], int(n["probability"][row, label] > 0.5)] += 1
    return found


def ranks(x):
    return np.array([(x < one).sum() + (1 + (x == one).sum()) / 2 for one in x])


def spearman(n):
    return np.corrcoef(ranks(n["classes"]), ranks(n["predicted"]))[0, 1]


def concordant(a, b):
    """Pairs in the same order less pairs in the opposite order."""
    return sum(np.sign((a[i] - a[j]) * (b[i] - b[j])) for i in range(len(a)) for j in range(i))


A, B = np.array([12, 2, 1, 12, 2]), np.array([1, 4, 7, 1, 0])
FOCAL = [6.8532745e-06, 1.9097870e-04, 2.0559824e-05]

CHECKS = {
    "tfa.metrics.F1Score": gives([0.5, 0.8, 0.6666667]),
    "tfa.metrics.FBetaScore": gives([0.3846154, 0.90909094, 0.8333334]),
    "tfa.metrics.CohenKappa": gives(0.61904764),
    "tfa.metrics.MatthewsCorrelationCoefficient": gives(-0.33333334),
    "tfa.metrics.MultiLabelConfusionMatrix": gives(confusion),
    "tfa.metrics.HammingLoss": gives(lambda n: (n["truth"] != (n["probability"] > 0.5)).sum() / 9),
    "tfa.metrics.hamming_loss_fn": gives([1 / 3, 3 / 3, 0]),
    "tfa.metrics.hamming_distance": gives(2 / 8),
    "tfa.metrics.RSquare": gives(0.57142854),
    "tfa.metrics.PearsonsCorrelation": gives(
        lambda n: np.corrcoef(n["numbers"], n["others"])[0, 1]
    ),
    "tfa.metrics.SpearmansRank": gives(spearman),
    "tfa.metrics.KendallsTauB": gives(-0.47140455),
    "tfa.metrics.KendallsTauC": gives(2 * concordant(A, B) / (5**2 * (3 - 1) / 3)),
    "tfa.metrics.GeometricMean": gives(lambda n: np.prod(n["classes"]) ** (1 / 8)),
    "tfa.metrics.HarmonicMean": gives(lambda n: 8 / (1 / n["classes"]).sum()),
    "tfa.metrics.MeanMetricWrapper": gives(2 / 3),
    "tfa.losses.SigmoidFocalCrossEntropy": gives(FOCAL, rtol=1e-3),
    "tfa.losses.sigmoid_focal_crossentropy": gives(FOCAL, rtol=1e-3),
    "tfa.losses.PinballLoss": gives((0.9 + 0 + 0.9) / 3),
    "tfa.losses.pinball_loss": gives((0.9 + 0 + 0.9) / 3),
}
