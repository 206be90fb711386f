"""A run that is replaced while it is served: no request is lost, no answer is mixed."""

import asyncio
import os
import shutil

import pytest

from seqtasks.errors import InputError
from seqtasks.runs import folder
from seqtasks.serving.models import named_runs

TEXTS = ["good", "not good at all", "New York"]


@pytest.fixture
def path(runs, tmp_path):
    return shutil.copytree(runs["sentiment"], tmp_path / "sentiment")


def replace(path, other):
    """As training does: the new run takes the place of the old one by two renames."""
    shutil.copytree(other, folder.partial(path))
    folder.publish(path)


def answers(client):
    return client.post("/api/sentiment", json={"text": TEXTS}).json()


def test_a_replaced_run_is_taken_up_under_load(served, runs, path):
    async def load(client, stop):
        found = []
        while not stop.is_set():
            body = {"text": TEXTS}
            found.append(await client.http.post("/api/sentiment", json=body))
        return found

    async def scenario(client):
        stop = asyncio.Event()
        clients = [asyncio.ensure_future(load(client, stop)) for _ in range(8)]
        await asyncio.sleep(0.3)
        await asyncio.to_thread(replace, path, runs["other_sentiment"])
        for _ in range(400):
            await asyncio.sleep(0.05)
            ready = await client.http.get("/readyz")
            if ready.json()["versions"] == {"sentiment": 2}:
                break
        await asyncio.sleep(0.2)
        stop.set()
        return [await one for one in clients]

    with served({"sentiment": runs["other_sentiment"]}) as client:
        new = answers(client)
    with served({"sentiment": path}, poll_seconds=0.05) as client:
        old = answers(client)
        assert [row["probabilities"] for row in old] != [row["probabilities"] for row in new]
        found = client.run(scenario(client))
        for responses in found:
            assert all(response.status_code == 200 for response in responses)
            bodies = [close_to(response.json(), old, new) for response in responses]
            assert bodies == sorted(bodies) and bodies[0] == 0 and bodies[-1] == 1
        status = client.get("/v1/models/sentiment").json()["model_version_status"]
        assert [state["version"] for state in status] == ["2"]
        assert client.get("/v1/models/sentiment/versions/1").status_code == 404


def close_to(found, old, new):
    """Which of two answers this is: 0 or 1; never a mixture."""
    matches = [
        all(
            one["probabilities"] == pytest.approx(other["probabilities"], abs=1e-5)
            for one, other in zip(found, expected, strict=True)
        )
        for expected in (old, new)
    ]
    return matches.index(True)


def test_what_cannot_be_loaded_leaves_the_old_run(served, runs, path, caplog):
    with served({"sentiment": path}, poll_seconds=1000) as client:
        model = client.app.state.models["sentiment"]
        old = answers(client)
        assert client.run(model.reload_if_replaced()) is False  # nothing has changed
        broken = shutil.copytree(runs["other_sentiment"], folder.partial(path))
        (broken / "saved_model" / "saved_model.pb").write_bytes(b"no graph")
        folder.publish(path)
        assert client.run(model.reload_if_replaced()) is False
        assert "the old one goes on" in caplog.text and answers(client) == old
        caplog.clear()
        assert client.run(model.reload_if_replaced()) is False
        assert caplog.text == ""  # said once
        shutil.rmtree(path)
        assert client.run(model.reload_if_replaced()) is False and answers(client) == old
        shutil.copytree(runs["other_sentiment"], path)
        os.utime(path / folder.MANIFEST)
        assert client.run(model.reload_if_replaced()) is True
        assert answers(client) != old


def test_names_of_runs():
    found = named_runs(["saved_models/ner", "film=runs/sentiment", "runs/x=y/z"])
    assert {name: str(path) for name, path in found.items()} == {
        "ner": "saved_models/ner",
        "film": "runs/sentiment",
        "z": "runs/x=y/z",
    }
    for given, reason in (
        (["a/x", "b/x"], r"b/x: 'x' names a/x already.*OTHER=b/x"),
        (["my run"], r"expected a name of letters.*found 'my run'. Give one: NAME=my run"),
        (["tên=ner"], "expected a name of letters"),
    ):
        with pytest.raises(InputError, match=reason):
            named_runs(given)
