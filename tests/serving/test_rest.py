"""Requests and answers as TensorFlow Serving's documentation of its REST API has them."""

import base64

import numpy as np
import pytest
import tensorflow as tf

TEXTS = ["a good film", "what a bad, bad film", ""]


@pytest.fixture(scope="module")
def outputs(finished):
    """What the exported function says, called by TensorFlow alone."""
    loaded = tf.saved_model.load(str(finished[0] / "saved_model"))
    found = loaded.signatures["serving_default"](text=tf.constant(TEXTS))
    return {name: value.numpy() for name, value in found.items()}


def texts_of(values):
    if isinstance(values, list):
        return [texts_of(value) for value in values]
    return values.decode()


def check(answer, outputs):
    assert set(answer) == set(outputs)
    for name, values in outputs.items():
        if values.dtype == object:
            assert answer[name] == texts_of(values.tolist())
        else:
            np.testing.assert_allclose(answer[name], values, atol=1e-5)


@pytest.mark.parametrize(
    "instances",
    [
        TEXTS,  # the name is left out where there is one input
        [{"text": text} for text in TEXTS],
        [{"text": {"b64": base64.b64encode(text.encode()).decode()}} for text in TEXTS],
    ],
    ids=["values", "named", "base64"],
)
def test_rows(client, outputs, instances):
    answer = client.post("/v1/models/mood:predict", json={"instances": instances})
    assert answer.status_code == 200, answer.text
    rows = answer.json()["predictions"]
    assert set(answer.json()) == {"predictions"}
    check({name: [row[name] for row in rows] for name in outputs}, outputs)


@pytest.mark.parametrize("inputs", [TEXTS, {"text": TEXTS}], ids=["values", "named"])
def test_columns(client, outputs, inputs):
    body = {"signature_name": "serving_default", "inputs": inputs}
    answer = client.post("/v1/models/mood/versions/1:predict", json=body)
    assert answer.status_code == 200, answer.text
    check(answer.json()["outputs"], outputs)


def test_status_and_metadata(client):
    state = client.get("/v1/models/mood").json()["model_version_status"]
    assert state == [
        {
            "version": "1",
            "state": "AVAILABLE",
            "status": {"error_code": "OK", "error_message": ""},
        }
    ]
    found = client.get("/v1/models/mood/metadata").json()
    assert found["model_spec"] == {"name": "mood", "signature_name": "", "version": "1"}
    signature = found["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["inputs"]["text"]["dtype"] == "DT_STRING"
    assert signature["method_name"] == "tensorflow/serving/predict"


@pytest.mark.parametrize(
    ("address", "body", "status", "said"),
    [
        ("/v1/models/none:predict", {"instances": ["a"]}, 404, "Servable not found"),
        ("/v1/models/mood/versions/7:predict", {"instances": ["a"]}, 404, "Specific(mood, 7)"),
        ("/v1/models/mood:predict", {"instances": ["a"], "signature_name": "x"}, 400, '"x" not'),
        ("/v1/models/mood:predict", {"instances": ["a"], "inputs": ["a"]}, 400, ""),
        ("/v1/models/mood:predict", {"instances": []}, 400, ""),
        ("/v1/models/mood:predict", {"instances": [{"words": "a"}]}, 400, ""),
        ("/v1/models/mood:predict", {"instances": [1.5]}, 400, ""),
        ("/v1/models/mood:predict", {"instances": [["a"], ["b"]]}, 400, ""),
        ("/v1/models/mood:predict", {"instances": [{"text": {"b64": "%"}}]}, 400, ""),
        ("/v1/models/mood:predict", {}, 400, ""),
        ("/v1/models/mood:predict", [], 400, "object"),
        ("/v1/models/mood:regress", {"examples": []}, 400, "tensorflow/serving/regress"),
        ("/v1/models/mood:classify", {"examples": []}, 400, "tensorflow/serving/classify"),
        ("/v1/models/mood:other", {}, 400, "Malformed request"),
    ],
)
def test_bad_requests_get_the_documented_form_of_error(client, address, body, status, said):
    answer = client.post(address, json=body)
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error"}
    assert said in answer.json()["error"]
    assert len(answer.json()["error"]) > 10
