"""`seqtasks serve` where the packages of its extra are not installed."""

import subprocess
import sys

import pytest

from seqtasks.cli import serve_command
from seqtasks.errors import InputError


def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setattr(serve_command, "PACKAGES", ("json", "no_such_package"))
    with pytest.raises(InputError, match=r'no_such_package.*pip install "seqtasks\[serve\]"'):
        serve_command.check_installed()


def test_other_commands_need_no_extra():
    code = "import sys; sys.modules.update(starlette=None, uvicorn=None, prometheus_client=None)\n"
    code += "import seqtasks.cli.serve_command; from seqtasks.cli import main; main(['tasks'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "sentiment" in done.stdout
