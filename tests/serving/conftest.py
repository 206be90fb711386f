"""A server of one small run, in the process of the test."""

import contextlib

import pytest
from starlette.testclient import TestClient

from seqtasks.serving.app import create_app
from seqtasks.serving.limits import Limits
from seqtasks.serving.metrics import Metrics
from seqtasks.serving.models import ServedModel


@contextlib.contextmanager
def client_of(runs, limits=None, **options):
    """A client of a server of runs by name."""
    metrics = Metrics()
    models = {
        name: ServedModel(name, path, limits or Limits(), metrics) for name, path in runs.items()
    }
    with TestClient(create_app(models, metrics, **options), raise_server_exceptions=False) as one:
        yield one


@pytest.fixture(scope="session")
def client(finished):
    """A client of a server of the sentiment run, under the name `mood`."""
    with client_of({"mood": finished[0]}) as one:
        yield one
