"""`seqtasks evaluate`, `info`, `tasks` and what every command shares."""

import errno
import json
import os

import pytest

import seqtasks
from seqtasks.cli import main


def test_evaluate_gives_the_scores_of_the_run(finished, capsys):
    folder, _ = finished
    main(["evaluate", str(folder), "--json"])
    scores = json.loads(capsys.readouterr().out)
    saved = seqtasks.load(folder).scores
    for name in ("accuracy", "macro_f1", "per_class", "confusion_matrix"):
        assert scores[name] == saved[name]
    assert "baseline_accuracy" not in scores


def test_evaluate_on_another_corpus(finished, tmp_path, capsys):
    folder, _ = finished
    rows = [("the soup was bad", "negative"), ("the soup was good", "positive")] * 3
    lines = "\n".join(["wording\tremark\tlabel", *("\tnone\t".join(row) for row in rows)])
    (tmp_path / "other.tsv").write_text(lines + "\n")
    main(
        ["evaluate", str(folder), "--data", str(tmp_path / "other.tsv"), "--text-field", "wording"]
    )
    printed = capsys.readouterr().out
    found = seqtasks.load(folder)([text for text, _ in rows])
    right = sum(r.label == label for r, (_, label) in zip(found, rows, strict=True))
    assert f"accuracy      {right / 6:.4f}" in printed
    with pytest.raises(SystemExit, match="expected one column named"):
        main(["evaluate", str(folder), "--data", str(tmp_path / "other.tsv")])


def test_info(finished, capsys):
    folder, _ = finished
    main(["info", str(folder)])
    printed = capsys.readouterr().out
    assert f"{folder}: sentiment (text classification" in printed
    assert "options: " in printed and "units=4" in printed and "dropout=0.5" not in printed
    assert "signatures: serving_default" in printed and "accuracy" in printed
    main(["info", str(folder), "--json"])
    assert json.loads(capsys.readouterr().out)["manifest"]["kind"] == "classification"


def test_version_tasks_and_usage(capsys):
    main(["--version"])
    assert capsys.readouterr().out == f"seqtasks {seqtasks.__version__}\n"
    main(["tasks"])
    assert "ner          tagging: named entities" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stopped:
        main([])
    assert stopped.value.code == 2 and "usage: seqtasks COMMAND" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="Did you mean `seqtasks predict`"):
        main(["pedict"])


def test_a_full_disk_is_called_that(monkeypatch):
    def fail(folder):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))

    monkeypatch.setattr("seqtasks.runs.folder.locate", fail)
    with pytest.raises(SystemExit, match=r"^error: the disk is full .*some-run.* with --resume\."):
        main(["info", "some-run"])
