"""A rival in a process of its own: a line of JSON with an order in, a line with its answer out."""

import json
import os
import shlex
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]


class Rival:
    """A process that obeys orders, and imports this checkout.

    Args:
        name: to be called by.
        command: to start it with.
        **environment: variables of its own.
    """

    def __init__(self, name, command, **environment):
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        self.name, self.command = name, command
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "PYTHONPATH": path, **environment},
        )

    def ask(self, *order):
        """Sends an order, waits for its answer."""
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.name} ended; run by hand: {shlex.join(self.command)}")
        return json.loads(answer)

    def end(self):
        """Closes the process and waits until it is gone."""
        self.process.stdin.close()
        self.process.wait()
