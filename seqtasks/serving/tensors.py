"""JSON of TensorFlow Serving's REST API <-> arrays.

The rules and the words of the messages are those of TensorFlow Serving's `json_tensor.cc` and of
its page on the REST API (https://www.tensorflow.org/tfx/serving/api_rest).
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from seqtasks.serving.errors import RequestError

Specs = Mapping[str, tf.TensorSpec]
ROWS, COLUMNS = "instances", "inputs"
_JSON_TYPES = {
    dict: "Object", list: "Array", str: "String", int: "Number", float: "Number",
    type(None): "Null",
}  # fmt: skip


def inputs_of(content: Mapping[str, Any], specs: Specs) -> tuple[str, dict[str, np.ndarray]]:
    """The inputs of a request to `:predict`.

    Args:
        content: the request's body.
        specs: of the signature's inputs, by name.

    Returns:
        `ROWS` or `COLUMNS`, the format of the request, which the answer has too; and arrays by
        name. Strings are arrays of bytes objects.

    Raises:
        RequestError: 400, other inputs than the signature has.
    """
    if ROWS in content and COLUMNS in content:
        raise _wrong(
            f"JSON Value: {_shown(content)} Not formatted correctly expecting only one of "
            f"'{COLUMNS}' or '{ROWS}' keys to exist"
        )
    if ROWS in content:
        return ROWS, _of_rows(content[ROWS], specs)
    if COLUMNS in content:
        return COLUMNS, _of_columns(content[COLUMNS], specs)
    raise _wrong(f"Missing '{COLUMNS}' or '{ROWS}' key")


def _of_rows(rows: Any, specs: Specs) -> dict[str, np.ndarray]:
    if not isinstance(rows, list):
        raise _wrong(f"JSON Value: {_shown(rows)} Expecting '{ROWS}' to be a list/array")
    if not rows:
        raise _wrong(f"No values in '{ROWS}' array")
    objects = _is_object(rows[0])
    if not objects and len(specs) > 1:
        raise _wrong(
            f"{ROWS} is a plain list, but expecting list of objects as multiple input tensors "
            f"required: {', '.join(sorted(specs))}"
        )
    for number, row in enumerate(rows):
        if _is_object(row) != objects:
            what = ("object", "list/value") if objects else ("value/list", "object")
            raise _wrong(f"Expecting {what[0]} but got {what[1]} at item {number} of input list")
        if objects and row.keys() != specs.keys():
            raise _wrong(
                f"Failed to process element: {number} of '{ROWS}' list. JSON object: "
                f"{_shown(row)} keys must be equal to: {','.join(sorted(specs))}"
            )
    if objects:
        columns = {name: [row[name] for row in rows] for name in specs}
    else:
        columns = {next(iter(specs)): rows}
    return {name: _array(column, name, specs[name]) for name, column in columns.items()}


def _of_columns(content: Any, specs: Specs) -> dict[str, np.ndarray]:
    if not _is_object(content):
        if len(specs) > 1:
            raise _wrong(
                f"{COLUMNS} is a plain value/list, but expecting an object as multiple input "
                f"tensors required: {', '.join(sorted(specs))}"
            )
        content = {next(iter(specs)): content}
    for name in specs:
        if name not in content:
            raise _wrong(f"Missing named input: {name} in '{COLUMNS}' object.")
    for name in content:
        if name not in specs:
            raise _wrong(f"JSON object: does not have named input: {name}")
    return {name: _array(content[name], name, spec) for name, spec in specs.items()}


def _array(value: Any, name: str, spec: tf.TensorSpec) -> np.ndarray:
    """A JSON value as an array of an input's type and shape."""
    shape: list[int] = []
    inner = value
    while isinstance(inner, list):
        shape.append(len(inner))
        inner = inner[0] if inner else None
    if spec.shape.rank is not None and (
        len(shape) > spec.shape.rank or (len(shape) < spec.shape.rank and 0 not in shape)
    ):
        raise _wrong(f"Input {name}: expecting shape {spec.shape} but got {shape}")
    flat: list[Any] = []
    _flatten(value, shape, 0, flat)
    convert = _string if spec.dtype == tf.string else _number
    values = [convert(item, spec.dtype) for item in flat]
    if spec.dtype == tf.string:
        array = np.empty(len(values), object)
        array[:] = values
    else:
        array = np.array(values, spec.dtype.as_numpy_dtype)
    if spec.shape.rank is not None and len(shape) < spec.shape.rank:
        shape += [size or 0 for size in spec.shape[len(shape) :]]
    array = array.reshape(shape)
    if not spec.shape.is_compatible_with(array.shape):
        raise _wrong(f"Input {name}: expecting shape {spec.shape} but got {[*array.shape]}")
    return array


def _flatten(value: Any, shape: list[int], level: int, into: list[Any]) -> None:
    if not isinstance(value, list):
        if level != len(shape):
            raise _wrong(
                f"JSON Value: {_shown(value)} found at incorrect level: {level + 1} in the JSON "
                f"DOM. Expected at level: {len(shape)}"
            )
        into.append(value)
        return
    if level >= len(shape):
        raise _wrong(f"Encountered list at unexpected level: {level} expected < {len(shape)}")
    if len(value) != shape[level]:
        raise _wrong(
            f"Encountered list at unexpected size: {len(value)} at level: {level} expected size: "
            f"{shape[level]}"
        )
    for item in value:
        _flatten(item, shape, level + 1, into)


def _string(value: Any, dtype: tf.DType) -> bytes:
    try:
        if isinstance(value, str):
            return value.encode()
        if isinstance(value, dict) and not _is_object(value):
            return base64.b64decode(value["b64"], validate=True)
    except UnicodeEncodeError:
        raise _wrong("JSON Parse error: The surrogate pair in string is invalid.") from None
    except (binascii.Error, ValueError):
        raise _wrong("Unable to base64 decode") from None
    if isinstance(value, dict):
        raise _wrong(f"JSON Value: {_shown(value)} not formatted correctly for base64 data")
    raise _wrong_type(value, dtype)


def _number(value: Any, dtype: tf.DType) -> Any:
    if dtype == tf.bool:
        if isinstance(value, bool):
            return value
        raise _wrong_type(value, dtype)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong_type(value, dtype)
    if dtype.is_integer:
        if isinstance(value, int) and int(dtype.min) <= value <= int(dtype.max):
            return value
        raise _wrong_type(value, dtype)
    if isinstance(value, int) and abs(value) > 2**53:
        raise _lossy(value, dtype)
    if math.isfinite(value) and not abs(value) <= float(dtype.max):
        raise _lossy(value, dtype)
    return value


def answer_of(outputs: Mapping[str, np.ndarray], form: str) -> dict[str, Any]:
    """Outputs of a signature -> the body of an answer: `predictions` or `outputs`.

    Args:
        outputs: by name, [rows, ...].
        form: `ROWS` or `COLUMNS`, as the request.
    """
    columns = {name: _plain(name, value) for name, value in outputs.items()}
    if form == COLUMNS:
        return {"outputs": columns if len(columns) > 1 else next(iter(columns.values()))}
    sizes = {name: value.shape[:1] for name, value in outputs.items()}
    if len({*sizes.values()}) > 1 or () in sizes.values():
        found = ", ".join(f"{name} {[*outputs[name].shape]}" for name in outputs)
        raise _wrong(f"Outputs have inconsistent batch sizes: {found}. Use '{COLUMNS}'.")
    if len(columns) == 1:
        return {"predictions": next(iter(columns.values()))}
    rows = zip(*columns.values(), strict=True)
    return {"predictions": [dict(zip(columns, row, strict=True)) for row in rows]}


def _plain(name: str, value: np.ndarray) -> Any:
    """An array as nested lists of what JSON has."""
    if value.dtype.kind in "OSU":
        return _text(value.tolist(), binary=name.endswith("_bytes"))
    if value.dtype == np.float32:  # 0.2, not 0.20000000298: the shortest that reads back the same
        value = value.astype("U").astype(np.float64)
    return value.tolist()


def _text(value: Any, *, binary: bool) -> Any:
    if isinstance(value, list):
        return [_text(item, binary=binary) for item in value]
    if binary:
        return {"b64": base64.b64encode(value).decode()}
    return value.decode("utf-8", "replace")


def _is_object(value: Any) -> bool:
    """Whether a JSON value is an object, but not one that holds base64 of bytes."""
    if not isinstance(value, dict):
        return False
    return not (value.keys() == {"b64"} and isinstance(value["b64"], str))


def _shown(value: Any) -> str:
    try:
        text = json.dumps(value)
    except (ValueError, RecursionError):
        text = "..."
    return text if len(text) <= 200 else text[:200] + "..."


def _wrong(reason: str) -> RequestError:
    return RequestError(400, reason)


def _wrong_type(value: Any, dtype: tf.DType) -> RequestError:
    kind = str(value) if isinstance(value, bool) else _JSON_TYPES.get(type(value), "")
    return _wrong(f"JSON Value: {_shown(value)} Type: {kind} is not of expected type: {dtype.name}")


def _lossy(value: Any, dtype: tf.DType) -> RequestError:
    return _wrong(f"Cannot convert JSON value: {value} to {dtype.name} without loss of precision.")
