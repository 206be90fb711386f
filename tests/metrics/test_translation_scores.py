"""Translation scores against sacreBLEU's own command line and counting by hand."""

import subprocess
import sys

import pytest

from seqtasks.metrics import translation_scores

REFERENCES = ["The red house is big .", "Two dogs run .", "A man sings a song ."]
PREDICTIONS = ["the red house is very big .", "Two dogs run .", "A man is singing songs ."]


def test_are_those_of_the_command_line(tmp_path):
    (tmp_path / "r").write_text("\n".join(REFERENCES) + "\n", "utf-8")
    (tmp_path / "p").write_text("\n".join(PREDICTIONS) + "\n", "utf-8")
    scores = translation_scores(REFERENCES, PREDICTIONS)
    for name, options in (
        ("bleu", []),
        ("bleu_lowercased", ["-lc"]),
        ("chrf", ["-m", "chrf"]),
    ):
        command = [sys.executable, "-m", "sacrebleu", tmp_path / "r", "-i", tmp_path / "p"]
        command += [*options, "-b", "-w", "6"]
        out = subprocess.run([*map(str, command)], capture_output=True, text=True, check=True)
        assert scores[name] == pytest.approx(float(out.stdout), abs=1e-5)
    assert scores["exact_match"] == pytest.approx(1 / 3)
    assert "case:lc" in scores["bleu_lowercased_signature"]


def test_refuses_lists_that_do_not_match():
    with pytest.raises(ValueError, match="3 references and 2 predictions"):
        translation_scores(REFERENCES, PREDICTIONS[:2])
    with pytest.raises(ValueError, match="at least one reference"):
        translation_scores([], [])
