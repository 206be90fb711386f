"""TensorFlow Serving's REST API over runs: `/v1/models/NAME`, `/metadata`, `:predict`.

What is documented at https://www.tensorflow.org/tfx/serving/api_rest: addresses, bodies, statuses
and, where they are documented or stand in its source, the words of errors. A run's version is 1,
and one more each time it is replaced; there are no labels of versions, nor `:classify` and
`:regress`, as no signature of ours takes tf.Example.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from seqtasks.predictors import SERVING
from seqtasks.serving.bodies import check_rows, check_size, json_object, json_response
from seqtasks.serving.errors import RequestError
from seqtasks.serving.limits import Limits
from seqtasks.serving.models import ModelVersion, ServedModel
from seqtasks.serving.options import check_length
from seqtasks.serving.tensors import answer_of, inputs_of

_MODEL = r"/v1/models/(?P<name>[^/:]+)(?:/versions/(?P<version>\d+)|/labels/(?P<label>[^/:]+))?"
_POST = re.compile(_MODEL + r":(?P<method>classify|regress|predict)", re.ASCII | re.IGNORECASE)
_GET = re.compile(_MODEL + r"(?P<metadata>/metadata)?", re.ASCII | re.IGNORECASE)


async def answer(request: Request) -> Response:
    """The answer to any request under `/v1/`."""
    models: Mapping[str, ServedModel] = request.app.state.models
    path = request.url.path
    pattern = _POST if request.method == "POST" else _GET
    found = pattern.fullmatch(path)
    if not found:
        if path.rstrip("/").lower() == "/v1/models":
            raise RequestError(400, "Missing model name in request.")
        raise RequestError(400, f"Malformed request: {request.method} {path[:200]}")
    parts = found.groupdict()
    name, number = parts["name"], parts["version"]
    if name in models:
        request.scope["seqtasks.model"] = name
    if parts["label"]:
        raise RequestError(400, f"Unrecognized servable version label: {parts['label'][:60]}")
    if request.method == "POST":
        version = _version(models, name, number)
        if parts["method"].lower() != "predict":
            raise RequestError(
                400,
                f"Expected signature method_name to be tensorflow/serving/{parts['method']}. Was: "
                "tensorflow/serving/predict",
            )
        return await _predict(request, models[name], version)
    if parts["metadata"]:
        return _metadata(name, _version(models, name, number))
    return _status(models, name, number)


def _version(models: Mapping[str, ServedModel], name: str, number: str | None) -> ModelVersion:
    version = models[name].version if name in models else None
    if version is None or (number and number.lstrip("0") != str(version.number)):
        asked = f"Specific({name[:60]}, {number[:20]})" if number else f"Latest({name[:60]})"
        raise RequestError(404, f"Servable not found for request: {asked}")
    return version


def _status(models: Mapping[str, ServedModel], name: str, number: str | None) -> Response:
    if name not in models:
        raise RequestError(404, f"Could not find any versions of model {name[:60]}")
    version = models[name].version
    if number and number.lstrip("0") != str(version.number):
        raise RequestError(404, f"Could not find version {number[:20]} of model {name}")
    state = {
        "version": str(version.number),
        "state": "AVAILABLE",
        "status": {"error_code": "OK", "error_message": ""},
    }
    return json_response({"model_version_status": [state]})


def _metadata(name: str, version: ModelVersion) -> Response:
    spec = {"name": name, "signature_name": "", "version": str(version.number)}
    definitions = {"signature_def": {"signature_def": version.signature_def}}
    return json_response({"model_spec": spec, "metadata": definitions})


async def _predict(request: Request, model: ServedModel, version: ModelVersion) -> Response:
    content = await json_object(request, model.limits)
    signature = content.get("signature_name", SERVING)
    if not isinstance(signature, str):
        raise RequestError(400, "'signature_name' key must be a string value.")
    signature = signature or SERVING
    if signature not in version.inputs:
        raise RequestError(
            400, f'Serving signature name: "{signature[:60]}" not found in signature def'
        )
    form, inputs = inputs_of(content, version.inputs[signature])
    _check(inputs, version, model.limits)
    outputs = await model.call(version, signature, inputs)
    return json_response(answer_of(outputs, form))


def _check(inputs: Mapping[str, np.ndarray], version: ModelVersion, limits: Limits) -> None:
    """Refuse what is too much for the server, or what its memory would not bound."""
    for name, value in inputs.items():
        if value.ndim:
            check_rows(len(value), limits)
        if value.dtype == object:
            for number, text in enumerate(value.ravel(), start=1):
                check_size(number, len(text), limits)
        if name == "length" and version.run.kind == "generation" and value.size:
            check_length(int(value.max()), limits)
