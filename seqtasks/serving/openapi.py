"""OpenAPI description of a server, from the models that it has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import metadata
from typing import Any

from seqtasks.serving.models import ServedModel
from seqtasks.serving.options import described_options

OBJECT = {"type": "object"}
ERROR = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
STATUSES = {
    "400": "The request is invalid; the reason is in `error`.",
    "401": "The token is missing or wrong.",
    "404": "There is no such model, or version of it.",
    "413": "The body, a text, or the number of texts is too large.",
    "503": "The queue is full; try again after `Retry-After` seconds.",
}


def description(models: Iterable[ServedModel], *, token: bool) -> dict[str, Any]:
    """The description of a server's addresses.

    Args:
        models: that it has.
        token: whether it asks for one.
    """
    paths: dict[str, Any] = {
        "/healthz": {"get": _operation("Liveness.", "plain", OBJECT)},
        "/readyz": {"get": _operation("Readiness; 503 during shutdown.", "plain", OBJECT)},
        "/metrics": {"get": _operation("Metrics, for Prometheus.", "plain", None)},
        "/api": {"get": _operation("The models of the server.", "api", OBJECT)},
    }
    for model in models:
        paths |= _friendly(model) | _serving(model)
    content: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": "seqtasks", "version": metadata.version("seqtasks")},
        "paths": paths,
        "components": {"schemas": {"Error": ERROR}},
    }
    if token:
        scheme = {"type": "http", "scheme": "bearer"}
        content["components"]["securitySchemes"] = {"token": scheme}
        content["security"] = [{"token": []}]
    return content


def _friendly(model: ServedModel) -> dict[str, Any]:
    run, limits = model.version.run, model.limits
    options = described_options(run, limits)
    one, many = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
    texts = {"anyOf": [one, {**many, "maxItems": limits.max_rows}]}
    title = f"{run.task}: what `seqtasks predict --json` prints for a text, or a list for several."
    answers = {"anyOf": [OBJECT, {"type": "array", "items": OBJECT}]}
    address = f"/api/{model.name}"
    found = {
        address: {
            "get": _operation("Task, labels and options of the model.", "api", OBJECT),
            "post": _operation(title, "api", answers, _body({"text": texts, **options}, ["text"])),
        }
    }
    if run.kind == "generation":
        body = _body({"text": one, **options}, ["text"])
        events = _operation("Generated text as server-sent events.", "api", None, body)
        events["responses"]["200"]["content"] = {"text/event-stream": {"schema": one}}
        found[f"{address}/stream"] = {"post": events}
    return found


def _serving(model: ServedModel) -> dict[str, Any]:
    names = {"type": "string", "enum": [*model.version.run.manifest.signatures]}
    fields = {
        "signature_name": {**names, "default": "serving_default"},
        "instances": {"type": "array", "description": "Inputs in rows."},
        "inputs": {"description": "Inputs in columns: a value, or an object by name."},
    }
    address, tag = f"/v1/models/{model.name}", "TensorFlow Serving"
    status = "The versions of the model and their state."
    metadata_title = "The signatures of the SavedModel."
    return {
        address: {"get": _operation(status, tag, OBJECT)},
        f"{address}/metadata": {"get": _operation(metadata_title, tag, OBJECT)},
        f"{address}:predict": {
            "post": _operation("`predictions` or `outputs`.", tag, OBJECT, _body(fields, []))
        },
    }


def _operation(
    title: str, tag: str, schema: Mapping[str, Any] | None, body: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    error = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    right: dict[str, Any] = {"description": "The answer."}
    right["content"] = {"application/json": {"schema": schema}} if schema else {"text/plain": {}}
    responses = {"200": right}
    if tag != "plain":
        responses |= {
            status: {"description": reason, "content": error} for status, reason in STATUSES.items()
        }
    found = {"summary": title, "tags": [tag], "responses": responses}
    return {**found, "requestBody": body} if body else found


def _body(properties: Mapping[str, Any], required: list[str]) -> dict[str, Any]:
    schema = {"type": "object", "properties": dict(properties), "required": required}
    return {"required": True, "content": {"application/json": {"schema": schema}}}
