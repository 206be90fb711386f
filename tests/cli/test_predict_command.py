"""The `seqtasks` command on a finished run."""

import io
import json
import math
import subprocess
import sys

import pytest

import seqtasks
from seqtasks.cli import main

TEXTS = ["the soup was not at all bad", "món phở không hề ngon"]


def labels(folder, texts):
    return [result.label for result in seqtasks.load(folder)(texts)]


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


@pytest.mark.parametrize(
    ("folder", "message"), [("nowhere", "no such folder"), (".", "no finished run in it")]
)
def test_a_folder_without_a_run(folder, message, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=message):
        main(["predict", folder, "text"])


def test_what_does_not_apply_is_refused(finished):
    folder, _ = finished
    for options, name in [(["--nbest", "3"], "n_best"), (["--length", "3"], "length")]:
        with pytest.raises(SystemExit, match=f"'{name}' does not apply to a run of kind class"):
            main(["predict", str(folder), "x", *options])
    with pytest.raises(SystemExit, match="'tokens' does not apply"):
        main(["predict", str(folder), "x", "--tokens"])
    with pytest.raises(SystemExit, match=r"expected a file name that ends in \.png"):
        main(["predict", str(folder), "x", "--show-attention", "a.xyz"])


def test_json_is_what_python_gives(finished, capsys):
    folder, _ = finished
    main(["predict", str(folder), "--json", *TEXTS])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines == [result.to_dict() for result in seqtasks.load(folder)(TEXTS)]


@pytest.mark.slow
def test_a_reader_that_has_enough_is_no_error(finished):
    folder, _ = finished
    command = f"yes | head -50000 | {sys.executable} -m seqtasks predict {folder} | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True)
    assert len(done.stdout.splitlines()) == 1 and done.stderr == ""


@pytest.mark.slow
def test_an_ascii_terminal_and_closed_input(finished):
    folder, _ = finished
    command = f"{sys.executable} -m seqtasks predict {folder}"
    ascii_only = {"PYTHONIOENCODING": "ascii", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        ["bash", "-c", f"{command} 'món phở'"], capture_output=True, text=True, env=ascii_only
    )
    assert done.returncode == 0 and r"m\xf3n ph\u1edf" in done.stdout
    done = subprocess.run(["bash", "-c", f"{command} <&-"], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "error: no texts were given, and standard input is closed. Give texts.\n"


def test_explain_prints_what_each_word_adds(finished, capsys):
    folder, _ = finished
    run = seqtasks.load(folder)
    main(["predict", str(folder), "--explain", TEXTS[0]])
    first, title, head, *lines = capsys.readouterr().out.splitlines()
    assert first.endswith(f"\t{TEXTS[0]}") and head.split() == [
        "word",
        "leave-one-out",
        "gradients",
    ]
    (why,) = run.explain(TEXTS[0])
    assert title.strip().startswith(f"{why.label}, log-odds {why.log_odds:+.2f} (")
    assert [line.split()[0] for line in lines if line] == [word.text for word in why.words]
    main(["predict", str(folder), "--explain", "--json", *TEXTS])
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for text, row in zip(TEXTS, found, strict=True):
        assert row["label"] == run(text).label == row["explanations"][0]["label"]
        chance = row["probabilities"][row["label"]]
        odds = row["explanations"][0]["log_odds"]
        assert chance == pytest.approx(1 / (1 + math.exp(-odds)), abs=1e-5)
    with pytest.raises(seqtasks.errors.InputError, match="one text at a time"):
        run.explain(TEXTS)
