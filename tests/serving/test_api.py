"""The friendly API: the JSON of `seqtasks predict`, streams, limits, tokens, the page."""

import json
import re

import pytest

from seqtasks.serving import Limits

MODELS = ("sentiment", "ner", "generation", "half_plus_three")
SETTINGS = {"length": 30, "temperature": 0.7, "top_k": 5, "top_p": 0.9, "seed": 11}


def events(response):
    """Names and contents of server-sent events, read as the HTML standard says."""
    found = []
    for block in response.text.split("\n\n")[:-1]:
        lines = dict(line.split(": ", 1) for line in block.splitlines())
        found.append((lines.get("event", "message"), json.loads(lines["data"])))
    return found


def test_no_texts_and_options_that_are_null(client):
    assert client.post("/api/sentiment", json={"text": []}).json() == []
    found = client.post("/api/generation", json={"text": "a", "length": None, "seed": None})
    assert found.status_code == 200 and len(found.json()["continuation"]) > 1


@pytest.mark.parametrize("options", [{}, SETTINGS, {"length": 1}, {"length": 16}])
def test_a_stream_is_the_answer_in_pieces(client, options):
    body = {"text": "abé", **options}
    whole = client.post("/api/generation", json=body).json()
    streamed = client.post("/api/generation/stream", json=body)
    asked = client.post("/api/generation", json=body, headers={"Accept": "text/event-stream"})
    assert streamed.headers["content-type"].startswith("text/event-stream")
    assert streamed.text == asked.text
    *pieces, done = events(streamed)
    assert {name for name, _ in pieces} == {"message"} and done == ("done", whole)
    assert "".join(content["continuation"] for _, content in pieces) == whole["continuation"]
    assert len(pieces) == 1 or len(whole["continuation"]) > 16


ERRORS = [
    ("sentiment", "", 400, "JSON Parse error"),
    ("sentiment", "[" * 100_000, 400, "nested too deeply"),
    ("sentiment", '{"text": ' + "9" * 5000 + "}", 400, "JSON Parse error"),
    ("sentiment", b"\xff\xfe", 400, "JSON Parse error"),
    ("sentiment", '"a"', 400, "expected an object, found str"),
    ("sentiment", {}, 400, "text: expected a string or a list of strings, found none"),
    ("sentiment", {"text": 1}, 400, "found int"),
    ("sentiment", {"text": ["a", 1]}, 400, "text 2: expected a string, found int"),
    ("sentiment", {"text": "a", "seed": 1}, 400, "'seed' does not apply"),
    ("ner", {"text": "a", "tokens": 1}, 400, "tokens: expected boolean, found '1'"),
    ("generation", {"text": "a", "seed": 1.5}, 400, "seed: expected integer"),
    ("generation", {"text": "a", "seed": True}, 400, "seed: expected integer"),
    ("generation", {"text": "a", "seed": -1}, 400, "seed: expected 0 to"),
    ("generation", {"text": "a", "seed": 2**70}, 400, "seed: expected integer"),
    ("generation", {"text": "a", "length": 0}, 400, "length: expected 1 to"),
    ("generation", {"text": "a", "length": 5000}, 400, "length: expected at most 4,096"),
    ("generation", {"text": "a", "top_p": 0}, 400, "top_p: expected more than 0"),
    ("generation", '{"text": "a", "temperature": NaN}', 400, "temperature: expected number"),
    ("generation", {"text": "a", "temperature": "1"}, 400, "temperature: expected number"),
    ("generation/stream", {"text": ["a"]}, 400, "expected one text to stream"),
    ("generation/stream", {"text": "a", "length": 0}, 400, "length: expected 1 to"),
    ("ner/stream", {"text": "a"}, 400, "expected a run that generates text, found tagging"),
    ("half_plus_three", {"text": "a"}, 400, "takes x, and no text. Send them to /v1/models/"),
    ("nobody", {"text": "a"}, 404, "no model 'nobody'. There are: sentiment"),
    ("sentiment/other", {"text": "a"}, 404, "See /openapi.json"),
]


@pytest.mark.parametrize(("name", "body", "status", "reason"), ERRORS)
def test_what_is_wrong_is_said(client, name, body, status, reason):
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    response = client.post(f"/api/{name}", content=content)
    assert response.status_code == status and reason in response.json()["error"]


def test_limits_of_bodies_rows_and_texts(served, runs):
    few = Limits(max_body=1000, max_rows=3, max_text=20, max_length=9)
    two = {name: runs[name] for name in ("sentiment", "generation")}
    with served(two, few) as client:

        def status(address, **body):
            response = client.post(address, json=body)
            content = response.json()
            return response.status_code, content["error"] if "error" in content else ""

        assert status("/api/sentiment", text=["ä" * 10] * 3) == (200, "")
        code, reason = status("/api/sentiment", text=["a", "ä" * 10 + "a"])
        assert code == 413 and "text 2: expected at most 20 bytes, found 21" in reason
        code, reason = status("/api/sentiment", text=["a"] * 4)
        assert code == 413 and "expected at most 3 texts, found 4" in reason
        for key in ("instances", "inputs"):
            code, reason = status("/v1/models/sentiment:predict", **{key: ["a"] * 4})
            assert code == 413 and "at most 3 texts" in reason
            code, reason = status("/v1/models/sentiment:predict", **{key: ["a", "ä" * 11]})
            assert code == 413 and "text 2: expected at most 20 bytes, found 22" in reason
        inputs = {"length": 10, "temperature": 1, "top_k": 0, "top_p": 1, "seed": 0}
        inputs = {"text": ["a"], **{name: [value] for name, value in inputs.items()}}
        body = {"signature_name": "generate", "inputs": inputs}
        code, reason = status("/v1/models/generation:predict", **body)
        assert code == 400 and "length: expected at most 9, found 10" in reason

        response = client.post("/api/sentiment", content=b'{"text": "a"}' + b" " * 1000)
        assert response.status_code == 413 and response.headers["connection"] == "close"
        assert "at most 1,000 bytes, found 1013" in response.json()["error"]

        async def chunks():
            for _ in range(1001):
                yield b" "

        response = client.post("/api/sentiment", content=chunks())
        assert response.status_code == 413 and "more than 1001" in response.json()["error"]


def test_models_and_their_options(client, runs):
    found = {model["name"]: model for model in client.get("/api").json()["models"]}
    assert [*found] == [*MODELS]
    assert found["sentiment"]["labels"] == ["bad", "good", "so-so"]
    assert found["ner"]["labels"] == ["LOC", "PER"]  # of its answers; inside it has BIOES tags
    assert found["sentiment"]["task"] == "sentiment" and found["sentiment"]["options"] == {}
    options = found["generation"]["options"]
    assert options["length"] == {"type": "integer", "minimum": 1, "maximum": 4096, "default": 40}
    assert options["temperature"]["default"] == 0.8 and options["top_p"]["exclusiveMinimum"] == 0
    assert client.get("/api/ner").json() == found["ner"]


def test_openapi_names_every_address(client):
    content = client.get("/openapi.json").json()
    assert content["openapi"] == "3.1.0"
    body = content["paths"]["/api/generation"]["post"]["requestBody"]["content"]
    properties = body["application/json"]["schema"]["properties"]
    assert {"text", "length", "temperature", "top_k", "top_p", "seed"} == set(properties)
    for address, operations in content["paths"].items():
        for method in operations:
            request = client.get if method == "get" else client.post
            assert request(address).status_code in (200, 400), address


def test_health_metrics_and_addresses_that_are_none(client):
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
    client.post("/api/ner", json={"text": ["a", "b"]})
    client.post("/api/ner", json={"text": 1})
    client.get("/api/no-such-model")
    text = client.get("/metrics").text
    for pattern in (
        r'seqtasks_requests_total\{model="ner",status="200"\} [1-9]',
        r'seqtasks_requests_total\{model="ner",status="400"\} [1-9]',
        r'seqtasks_requests_total\{model="",status="404"\} [1-9]',
        r'seqtasks_request_seconds_bucket\{le="0.001",model="ner"\}',
        r'seqtasks_batch_rows_sum\{model="ner"\} [2-9]',
        r'seqtasks_queue_length\{model="ner"\} 0.0',
        r'seqtasks_model_version\{model="ner"\} 1.0',
    ):
        assert re.search(pattern, text), pattern
    assert "no-such-model" not in text  # or anybody could fill the memory with names
    assert client.get("/nothing").status_code == 404
    assert client.get("/api/ner/stream").status_code == 405
    assert client.get("/metrics").headers["content-type"].startswith("text/plain; version=0.0.4")


def test_a_token_is_asked_for(served, runs):
    with served({"sentiment": runs["sentiment"]}, token="sesame") as client:
        for headers in ({}, {"Authorization": "Bearer Sesame"}, {"Authorization": "Basic sesame"}):
            for address in ("/api", "/v1/models/sentiment", "/metrics", "/api/sentiment"):
                response = client.get(address, headers=headers)
                assert response.status_code == 401 and "Bearer" in response.json()["error"]
                assert response.headers["www-authenticate"] == "Bearer"
        for address in ("/", "/page/page.js", "/healthz", "/readyz", "/openapi.json"):
            assert client.get(address).status_code == 200
        headers = {"Authorization": "Bearer sesame"}
        response = client.post("/api/sentiment", json={"text": "a"}, headers=headers)
        assert response.status_code == 200
        assert "security" in client.get("/openapi.json").json()


def test_other_origins_are_let_in_only_if_named(served, runs):
    preflight = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}

    def allowed(client, headers):
        found = client.run(client.http.options("/api/sentiment", headers=headers))
        return found.headers.get("access-control-allow-origin")

    one = {"sentiment": runs["sentiment"]}
    with served(one) as client:
        assert allowed(client, preflight) is None
        response = client.get("/api", headers=preflight)
        assert "access-control-allow-origin" not in response.headers
    with served(one, cors=["https://a.example"], token="sesame") as client:
        assert allowed(client, preflight) == "https://a.example"
        assert allowed(client, {**preflight, "Origin": "https://b.example"}) is None
        refused = client.get("/api", headers={"Origin": "https://a.example"})
        assert refused.status_code == 401  # and the page may read why
        assert refused.headers["access-control-allow-origin"] == "https://a.example"


def test_the_page_needs_nothing_from_outside(client):
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"].startswith("default-src 'self';")
    linked = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert {"page/page.css", "page/page.js"} <= set(linked)
    for address in linked:
        assert client.get(f"/{address}").status_code == 200
    assert not re.search(r"https?://|\sstyle=|\son\w+=|<script>", page.text)
    for outside in ("../app.py", "..%2fapp.py", "%2e%2e", "nothing.js", ".html"):
        assert client.get(f"/page/{outside}").status_code == 404


def test_limits_must_make_sense():
    with pytest.raises(ValueError, match="--max-batch: expected at least 1, found 0"):
        Limits(max_batch=0)
