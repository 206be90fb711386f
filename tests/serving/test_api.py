"""The friendly API: answers as `seqtasks predict --json` prints them; limits; what is asked for."""

import json
import subprocess
import sys

import pytest
from conftest import client_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import seqtasks
from seqtasks.cli import serve_command
from seqtasks.serving.limits import Limits
from seqtasks.serving.models import named_runs

TEXTS = ["a good film", "what a bad, bad film", "", "Thật là hay!\u0000"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
BODIES = st.dictionaries(
    st.sampled_from(
        ["text", "instances", "inputs", "signature_name", "length", "top_k", "seed", "x"]
    ),
    VALUES,
    max_size=4,
)


def test_answers_are_those_of_predict(client, finished):
    run = seqtasks.load(finished[0])
    answer = client.post("/api/mood", json={"text": TEXTS})
    assert answer.status_code == 200, answer.text
    for one, result in zip(answer.json(), run(TEXTS), strict=True):
        wanted = result.to_dict()
        assert one.pop("probabilities") == pytest.approx(wanted.pop("probabilities"), abs=1e-5)
        assert one == wanted
    one = client.post("/api/mood", json={"text": TEXTS[0]}).json()
    assert one["label"] == answer.json()[0]["label"]


def test_the_models_are_described(client):
    (model,) = client.get("/api").json()["models"]
    assert model["name"] == "mood"
    assert model["task"] == "sentiment"
    assert model["labels"] == ["negative", "positive"]
    assert client.get("/api/mood").json() == model
    document = client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.")
    assert "/api/mood" in document["paths"]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({}, 400, "text: expected a string or a list"),
        ({"text": 3}, 400, "text: expected a string or a list"),
        ({"text": ["a", None]}, 400, "text 2: expected a string, found NoneType"),
        ({"text": "a", "temperature": 1}, 400, "'temperature' does not apply"),
        ([], 400, "expected an object"),
    ],
)
def test_bad_requests_are_told_why(client, body, status, said):
    answer = client.post("/api/mood", json=body)
    assert (answer.status_code, said in answer.json()["error"]) == (status, True), answer.text


def test_unknown_names_and_addresses(client):
    assert "There are: mood" in client.post("/api/x", json={"text": "a"}).json()["error"]
    assert client.get("/nothing").status_code == 404
    assert client.delete("/api/mood").status_code == 405
    assert client.post("/api/mood", content=b'{"text": ').status_code == 400
    assert client.post("/api/mood/stream", json={"text": "a"}).status_code == 400


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(BODIES, st.sampled_from(["/api/mood", "/v1/models/mood:predict"]))
def test_no_body_is_an_error_of_the_server(client, body, address):
    answer = client.post(
        address,
        content=json.dumps(body).encode(),  # NaN and Infinity included
    )
    assert answer.status_code in (200, 400, 413), (body, answer.text)
    assert answer.status_code == 200 or answer.json()["error"]


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.binary(max_size=60))
def test_no_bytes_are_an_error_of_the_server(client, body):
    assert client.post("/api/mood", content=body).status_code in (200, 400)


def test_limits_are_said(finished):
    limits = Limits(max_body=1000, max_rows=2, max_text=20)
    with client_of({"mood": finished[0]}, limits) as client:
        for text, said in (
            (["a"] * 3, "at most 2 texts, found 3"),
            ("x" * 21, "at most 20 bytes, found 21"),
            ("x" * 2000, "a body of at most 1,000 bytes"),
        ):
            answer = client.post("/api/mood", json={"text": text})
            assert answer.status_code == 413
            assert said in answer.json()["error"]


def test_a_token_is_asked_for(finished):
    with client_of({"mood": finished[0]}, token="secret") as client:
        assert client.get("/healthz").status_code == 200
        refused = client.post("/api/mood", json={"text": "a"})
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
        wrong = {"Authorization": "Bearer other"}
        assert client.post("/api/mood", json={"text": "a"}, headers=wrong).status_code == 401
        right = {"Authorization": "Bearer secret"}
        assert client.post("/api/mood", json={"text": "a"}, headers=right).status_code == 200


def test_other_origins_may_call_only_where_asked(client, finished):
    origin = {"Origin": "https://example.org"}
    assert "access-control-allow-origin" not in client.get("/api", headers=origin).headers
    with client_of({"mood": finished[0]}, cors=["https://example.org"]) as open_to:
        allowed = open_to.get("/api", headers=origin).headers
        assert allowed["access-control-allow-origin"] == "https://example.org"


def test_the_page_needs_nothing_from_outside(client):
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "://" not in page.text.replace("http://www.w3.org", "")
    for name in ("page.js", "page.css"):
        assert client.get(f"/page/{name}").status_code == 200
    assert client.get("/page/..%2Fapp.py").status_code == 404


def test_metrics_count_what_was_answered(finished):
    with client_of({"mood": finished[0]}) as client:
        client.post("/api/mood", json={"text": ["a", "b", "c"]})
        client.post("/api/mood", json={})
        found = client.get("/metrics").text
    assert 'seqtasks_requests_total{model="mood",status="200"} 1.0' in found
    assert 'seqtasks_requests_total{model="mood",status="400"} 1.0' in found
    assert 'seqtasks_batch_rows_sum{model="mood"} 3.0' in found


def test_a_missing_extra_is_named(monkeypatch):
    monkeypatch.setattr(serve_command, "PACKAGES", ("json", "no_such_package"))
    with pytest.raises(seqtasks.errors.InputError, match=r'pip install "seqtasks\[serve\]"'):
        serve_command.check_installed()


def test_the_command_is_found_without_the_extra():
    code = "import sys; sys.modules['starlette'] = sys.modules['uvicorn'] = None\n"
    code += "import seqtasks.cli.serve_command, seqtasks.cli.main"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_names_of_runs(tmp_path):
    found = named_runs([str(tmp_path / "ner"), f"mood={tmp_path}"])
    assert found == {"ner": tmp_path / "ner", "mood": tmp_path}
    for given_runs, said in (
        (["a b=x"], "expected a name of letters"),
        (["a=x", "a=y"], "'a' names x already"),
    ):
        with pytest.raises(seqtasks.errors.InputError, match=said):
            named_runs(given_runs)
