"""The `seqtasks` command on a finished run."""

import io
import json
import subprocess
import sys

import pytest
import tensorflow as tf

from seqtasks import export
from seqtasks.__main__ import main

TEXTS = ["the soup was not at all bad", "món phở không hề ngon"]


def labels(folder, texts):
    return [
        x.decode() for x in export.SavedPredictor(folder).serve(tf.constant(texts))["label"].numpy()
    ]


def test_prints_label_probability_and_text(finished, capsys):
    folder, _ = finished
    main(["predict", str(folder), *TEXTS])
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [row[0] for row in rows] == labels(folder, TEXTS)
    assert [row[2] for row in rows] == TEXTS
    assert all(0.5 <= float(row[1]) <= 1 for row in rows)


def test_json_has_all_classes(finished, capsys):
    folder, _ = finished
    main(["predict", str(folder), "--json", *TEXTS])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["label"] for row in rows] == labels(folder, TEXTS)
    for row in rows:
        assert set(row["probabilities"]) == {"negative", "positive"}
        assert sum(row["probabilities"].values()) == pytest.approx(1, abs=1e-5)


def test_reads_standard_input_whatever_bytes_it_holds(finished, capsys, monkeypatch):
    folder, _ = finished
    lines = b"\n".join([TEXTS[0].encode(), b"", b"bad \xff\x00 bytes", b"last"])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(lines)))
    main(["predict", str(folder)])
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 4
    assert rows[0].split("\t")[0] == labels(folder, TEXTS[:1])[0]
    assert rows[1].endswith("\t")


def test_arguments_may_hold_any_bytes(finished, capsys):
    folder, _ = finished
    main(["predict", str(folder), "--json", "bad \udcff bytes", TEXTS[1]])
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["text"] for row in rows] == ["bad \ufffd bytes", TEXTS[1]]


@pytest.mark.slow
def test_as_a_command_it_prints_nothing_else(finished):
    folder, _ = finished
    command = [sys.executable, "-m", "seqtasks", "predict", str(folder), TEXTS[0]]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == "" and len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize("folder", ["nowhere", "."])
def test_a_folder_without_a_run(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=r"no saved_model/ in it\. Expected .* Train one"):
        main(["predict", folder, "text"])
