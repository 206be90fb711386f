"""TensorFlow Serving's REST API: requests and answers of its documentation, on its own model.

The pairs are those of https://www.tensorflow.org/tfx/serving/api_rest, where the model is
`half_plus_three`; the words of other errors are those of its source (json_tensor.cc).
"""

import base64
import json

import numpy as np
import pytest
import tensorflow as tf

MODELS = ("half_plus_three", "ner")
MODEL = "/v1/models/half_plus_three"
ROWS = [
    {"tag": "foo", "signal": [1, 2, 3, 4, 5], "sensor": [[1, 2], [3, 4]]},
    {"tag": "bar", "signal": [3, 4, 1, 2, 5], "sensor": [[4, 5], [6, 8]]},
]
COLUMNS = {
    "tag": ["foo", "bar"],
    "signal": [[1, 2, 3, 4, 5], [3, 4, 1, 2, 5]],
    "sensor": [[[1, 2], [3, 4]], [[4, 5], [6, 8]]],
}


def predict(client, body, model=MODEL):
    text = body if isinstance(body, str) else json.dumps(body)
    # What `curl -d` sends.
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    response = client.post(f"{model}:predict", content=text, headers=headers)
    assert response.headers["content-type"] == "application/json"
    return response.status_code, response.json()


class TestPairsOfTheDocumentation:
    def test_status(self, client):
        state = {
            "version": "1",
            "state": "AVAILABLE",
            "status": {"error_code": "OK", "error_message": ""},
        }
        for address in (MODEL, f"{MODEL}/versions/1"):
            assert client.get(address).json() == {"model_version_status": [state]}

    def test_predict(self, client):
        for body in ('{"instances": [1.0,2.0,5.0]}', '{"instances": [1,2,5]}'):
            assert predict(client, body) == (200, {"predictions": [3.5, 4.0, 5.5]})
        assert predict(client, {"inputs": [1.0, 2.0, 5.0]}) == (200, {"outputs": [3.5, 4.0, 5.5]})
        version = f"{MODEL}/versions/1"
        assert predict(client, {"instances": [1.0]}, version) == (200, {"predictions": [3.5]})

    def test_a_model_that_is_not_there(self, client):
        found = predict(client, '{"instances": [1.0,5.0]}', "/v1/models/half")
        assert found == (404, {"error": "Servable not found for request: Latest(half)"})

    def test_named_inputs_in_rows_and_in_columns(self, client):
        body = {"signature_name": "named", "instances": ROWS}
        expected = [{"tag": row["tag"], "total": 15.0, "sensor": row["sensor"]} for row in ROWS]
        assert predict(client, body) == (200, {"predictions": expected})
        body = {"signature_name": "named", "inputs": COLUMNS}
        found = {"tag": ["foo", "bar"], "total": [15.0, 15.0], "sensor": COLUMNS["sensor"]}
        assert predict(client, body) == (200, {"outputs": found})

    def test_binary_values(self, client):
        binary = {"b64": base64.b64encode(bytes(range(256))).decode()}
        for key, answer in (("instances", "predictions"), ("inputs", "outputs")):
            body = {"signature_name": "bytes", key: [binary, {"b64": "aW1hZ2UgYnl0ZXM="}]}
            found = predict(client, body)
            assert found == (200, {answer: [binary, {"b64": "aW1hZ2UgYnl0ZXM="}]})
        body = {"signature_name": "bytes", "instances": [{"image": binary}]}
        assert predict(client, body) == (200, {"predictions": [binary]})

    def test_numbers_that_json_does_not_know(self, client):
        response = client.post(f"{MODEL}:predict", content='{"instances": [NaN, -Infinity, 0.4]}')
        first, *others = json.loads(response.text)["predictions"]
        assert np.isnan(first) and others == [-np.inf, 3.2]
        assert "3.2]" in response.text  # not 3.200000047, as float64 would have it


def test_metadata_is_what_the_saved_model_says(client, runs):
    """Read by TensorFlow's loader for its older API, as TensorFlow Serving reads it."""
    found = client.get(f"{MODEL}/metadata").json()
    assert found["model_spec"] == {"name": "half_plus_three", "signature_name": "", "version": "1"}
    definitions = found["metadata"]["signature_def"]["signature_def"]
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        path = str(runs["half_plus_three"] / "saved_model")
        expected = tf.compat.v1.saved_model.load(session, ["serve"], path).signature_def
    assert set(definitions) == set(expected) - {"__saved_model_init_op"}
    for name, definition in definitions.items():
        assert definition["method_name"] == expected[name].method_name
        for side in ("inputs", "outputs"):
            tensors = getattr(expected[name], side)
            assert set(definition[side]) == set(tensors)
            for key, info in definition[side].items():
                assert info["name"] == tensors[key].name
                assert (
                    info["dtype"]
                    == "DT_"
                    + tf.as_dtype(tensors[key].dtype).name.replace("float32", "float").upper()
                )
                sizes = [int(dim["size"]) for dim in info["tensor_shape"]["dim"]]
                assert sizes == [dim.size for dim in tensors[key].tensor_shape.dim]
                assert info["tensor_shape"]["unknown_rank"] is False


NAMED = {"signature_name": "named"}
ERRORS = [
    ("", 400, "JSON Parse error"),
    ("{", 400, "JSON Parse error"),
    ("[1]", 400, "expected an object"),
    ({}, 400, "Missing 'inputs' or 'instances' key"),
    ({"instances": [1], "inputs": [1]}, 400, "only one of 'inputs' or 'instances'"),
    ({"instances": 1}, 400, "to be a list/array"),
    ({"instances": []}, 400, "No values in 'instances' array"),
    ({"instances": ["a"]}, 400, 'JSON Value: "a" Type: String is not of expected type: float'),
    ({"instances": [True]}, 400, "JSON Value: true Type: True is not of expected type: float"),
    ({"instances": [None]}, 400, "Type: Null is not of expected type: float"),
    ({"instances": [[1], 2]}, 400, "Input x: expecting shape"),
    ({"instances": [1, [2]]}, 400, "unexpected level: 1 expected < 1"),
    ({"instances": [1e39]}, 400, "to float32 without loss of precision"),
    ({"instances": [{"y": 1}]}, 400, "keys must be equal to: x"),
    ({"instances": [1, {"x": 1}]}, 400, "Expecting value/list but got object at item 1"),
    ({"instances": [{"x": 1}, 1]}, 400, "Expecting object but got list/value at item 1"),
    ({"inputs": {"y": [1]}}, 400, "Missing named input: x in 'inputs' object."),
    ({"inputs": 1}, 400, "Input x: expecting shape"),
    ({"signature_name": 1, "instances": [1]}, 400, "'signature_name' key must be a string"),
    (
        {"signature_name": "none", "instances": [1]},
        400,
        'Serving signature name: "none" not found in signature def',
    ),
    ({**NAMED, "instances": [1]}, 400, "instances is a plain list, but expecting list of objects"),
    ({**NAMED, "inputs": [1]}, 400, "inputs is a plain value/list, but expecting an object"),
    (
        {**NAMED, "inputs": {**COLUMNS, "sensor": [[[1, 2], [3]], [[4, 5], [6, 8]]]}},
        400,
        "Encountered list at unexpected size: 1 at level: 2 expected size: 2",
    ),
    (
        {**NAMED, "inputs": {**COLUMNS, "sensor": [[[1.5, 2], [3, 4]]]}},
        400,
        "JSON Value: 1.5 Type: Number is not of expected type: int32",
    ),
    ({**NAMED, "inputs": {**COLUMNS, "signal": [[1, 2]]}}, 400, "Input signal: expecting shape"),
    ({"signature_name": "bytes", "inputs": [{"b64": "?"}]}, 400, "Unable to base64 decode"),
    ({"signature_name": "bytes", "inputs": [{"b64": 1}]}, 400, "not formatted correctly"),
    ('{"signature_name": "bytes", "inputs": ["\\ud800"]}', 400, "surrogate pair"),
    ('{"signature_name": "checked", "instances": [NaN]}', 400, "not a number"),
    ({"signature_name": "total", "instances": [1]}, 400, "inconsistent batch sizes"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "status", "reason"), ERRORS)
def test_errors(client, body, status, reason):
    found, content = predict(client, body)
    assert (found, [*content]) == (status, ["error"]) and reason in content["error"]


@pytest.mark.parametrize(
    ("method", "address", "status", "reason"),
    [
        ("GET", "/v1/models", 400, "Missing model name in request."),
        ("GET", "/v1/models/half", 404, "Could not find any versions of model half"),
        ("GET", f"{MODEL}/versions/2", 404, "Could not find version 2 of model half_plus_three"),
        ("GET", f"{MODEL}/versions/2/metadata", 404, "Specific(half_plus_three, 2)"),
        ("POST", f"{MODEL}/versions/2:predict", 404, "Specific(half_plus_three, 2)"),
        ("POST", f"{MODEL}/labels/stable:predict", 400, "Unrecognized servable version label"),
        ("POST", f"{MODEL}:classify", 400, "to be tensorflow/serving/classify"),
        ("POST", f"{MODEL}:guess", 400, "Malformed request: POST"),
        ("GET", f"{MODEL}/versions/x", 400, "Malformed request: GET"),
    ],
)
def test_addresses(client, method, address, status, reason):
    request = client.get if method == "GET" else client.post
    response = request(address)
    assert response.status_code == status and reason in response.json()["error"]


def test_outputs_that_are_no_rows_are_for_columns(client):
    assert predict(client, {"signature_name": "total", "inputs": [1, 2]}) == (200, {"outputs": 3.0})


def test_our_models_answer_as_their_saved_models(client, runs):
    texts = ["Anna Lee sings in Huế.", "", "not good at all"]
    model = tf.saved_model.load(runs["ner"] / "saved_model")
    outputs = model.signatures["serving_default"](text=tf.constant(texts))
    status, content = predict(client, {"instances": texts}, "/v1/models/ner")
    assert status == 200 and len(content["predictions"]) == 3
    for name, value in outputs.items():
        found = [row[name] for row in content["predictions"]]
        if value.dtype == tf.string:
            expected = np.char.decode(value.numpy().astype("S"), "utf-8").tolist()
            assert found == expected
        else:
            np.testing.assert_allclose(found, value.numpy(), rtol=1e-6)
