"""Whatever comes in as a body, the answer is right or 4xx with a reason, never 5xx."""

import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MODELS = ("sentiment", "ner", "generation", "half_plus_three")
SIGNATURES = st.sampled_from(
    ["", "serving_default", "tokens", "generate", "score", "named", "bytes", "checked"]
)
SETTINGS = settings(
    max_examples=60,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

texts = st.text(max_size=30) | st.sampled_from(
    ["\x00", "\ud800", "👩‍👩‍👧‍👦", "א\u202eb", "e\u0301" * 9]
)
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | texts
    | st.builds(lambda text: {"b64": text}, st.sampled_from(["", "YQ==", "Y", "é", "/+8="]))
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=12,
)
names = st.sampled_from(["text", "x", "tag", "length", "temperature", "seed", "top_k", "top_p"])
inputs = values | st.lists(texts, max_size=4) | st.dictionaries(names, values | st.lists(texts))
requests = st.fixed_dictionaries(
    {}, optional={"instances": inputs, "inputs": inputs, "signature_name": SIGNATURES | values}
)
# Close to what is right: the settings of generation as they should be, but for one or another.
numbers_near = {
    "length": st.integers(-5, 30),
    "temperature": st.floats(-10, 10),
    "top_k": st.integers(-5, 30),
    "top_p": st.floats(-1, 2),
    "seed": st.integers(-5, 30),
}
generate = st.integers(1, 3).flatmap(
    lambda rows: st.fixed_dictionaries(
        {
            "text": st.lists(texts, min_size=rows, max_size=rows) | values,
            **{
                name: st.lists(each, min_size=rows, max_size=rows) | scalars
                for name, each in numbers_near.items()
            },
        }
    )
)


def check(response):
    """The answer is 200, or 4xx with a reason, and JSON in any case."""
    content = response.json()
    assert response.status_code == 200 or 400 <= response.status_code < 500, content
    if response.status_code != 200:
        assert [*content] == ["error"] and content["error"].strip()
    return response.status_code, content


def sent(client, address, body):
    content = json.dumps(body).encode()
    return check(client.post(address, content=content))


@pytest.mark.parametrize("model", MODELS)
@SETTINGS
@given(body=requests | values)
def test_of_tensorflow_serving(client, model, body):
    sent(client, f"/v1/models/{model}:predict", body)


@SETTINGS
@given(inputs=generate)
def test_settings_of_generation(client, inputs):
    body = {"signature_name": "generate", "inputs": inputs}
    sent(client, "/v1/models/generation:predict", body)


@pytest.mark.parametrize("model", MODELS)
@SETTINGS
@given(body=st.dictionaries(st.just("text") | names | texts, values, max_size=4) | values)
def test_of_the_friendly_api(client, model, body):
    sent(client, f"/api/{model}", body)


@SETTINGS
@given(several=st.lists(texts, max_size=6), options=st.dictionaries(names, scalars, max_size=2))
def test_of_texts(client, several, options):
    """Texts as they come, and options that are nearly right."""
    for model in ("sentiment", "ner"):
        status, content = sent(client, f"/api/{model}", {"text": several})
        assert status == 200 and len(content) == len(several)
        assert all(map(math.isfinite, numbers(content)))
    sent(client, "/api/generation", {"text": several, "length": 5, **options})


def numbers(content):
    if isinstance(content, dict):
        content = [*content.values()]
    if isinstance(content, list):
        return [number for value in content for number in numbers(value)]
    return [content] if isinstance(content, float) else []


@SETTINGS
@given(body=st.binary(max_size=200), headers=st.dictionaries(st.just("content-type"), st.just("x")))
def test_of_bytes(client, body, headers):
    for address in ("/api/sentiment", "/v1/models/sentiment:predict"):
        check(client.post(address, content=body, headers=headers))
