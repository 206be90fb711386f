"""Text for the terminal: durations, suggestions, tables."""

import pytest

from seqtasks.wording import did_you_mean, duration, table


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.4, "0 s"),
        (59, "59 s"),
        (61, "1 min 1 s"),
        (599, "9 min 59 s"),
        (600, "10 min"),
        (3599, "59 min"),
        (3600, "1 h 0 min"),
        (7260, "2 h 1 min"),
    ],
)
def test_durations_are_short(seconds, said):
    assert duration(seconds) == said


def test_the_nearest_names_are_asked_for():
    assert did_you_mean("trian", ["train", "predict"]) == "Did you mean train? "
    both = did_you_mean("word", ["words", "world", "x"])
    assert both == "Did you mean world or words? "
    assert did_you_mean("trian", ["train"], "`{}`") == "Did you mean `train`? "
    assert did_you_mean("", ["train"]) == did_you_mean("zzz", ["train"]) == ""


def test_columns_are_aligned():
    shown = table(["cell", "units", "error"], [["lstm", 8, 0.123456], ["a long name", None]])
    assert shown.split("\n") == [
        "cell         units   error",
        "-----------  -----  ------",
        "lstm             8  0.1235",
        "a long name      -",
    ]
    assert table(["only"], []) == "only\n----"
