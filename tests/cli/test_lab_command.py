"""`seqtasks lab`: names, help, and a figure redrawn."""

import pytest

from seqtasks.cli import main
from seqtasks.lab import EXPERIMENTS


def test_help_names_every_experiment(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["lab", "--help"])
    printed = capsys.readouterr().out
    assert ended.value.code == 0 and all(f"  {name} " in printed for name in EXPERIMENTS)
    with pytest.raises(SystemExit):
        main(["lab", "adding", "--help"])
    assert "--learning-rate" in capsys.readouterr().out


def test_a_figure_is_redrawn_without_measuring(tmp_path, capsys):
    lines = ["cell,step,mse,seconds", "gru,250,0.2,3", "gru,500,0.004,6", "rnn,500,0.17,2"]
    (tmp_path / "adding.csv").write_text("\n".join(lines) + "\n")
    main(["lab", "adding", "--redraw", "--out", str(tmp_path)])
    printed = capsys.readouterr().out.splitlines()
    assert printed[2].split() == ["gru", "0.004", "yes", "500", "6"]
    assert printed[3].split() == ["rnn", "0.17", "no", "500", "2"]
    assert (tmp_path / "adding.png").read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_run_is_said(tmp_path):
    for arguments, message in (
        (["lab", "addng"], "Did you mean `adding`"),
        (["lab", "adding", "--redraw", "--out", str(tmp_path)], "found no such file"),
    ):
        with pytest.raises(SystemExit, match=message):
            main(arguments)
