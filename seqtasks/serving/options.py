"""Options of prediction in requests: which a run has, their types and bounds."""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Mapping
from typing import Any

from seqtasks.runs import Run, answers
from seqtasks.serving.errors import RequestError
from seqtasks.serving.limits import Limits

JSON_TYPES = {int: "integer", float: "number", bool: "boolean"}


def option_types(kind: str) -> dict[str, type]:
    """The options that runs of a kind have: int, float or bool by name."""
    names = answers.option_names(kind)
    hints = typing.get_type_hints(answers.ANSWERS[kind]) if names else {}
    found = {}
    for name in names:
        parts = [part for part in typing.get_args(hints[name]) if part is not types.NoneType]
        found[name] = parts[0] if parts else hints[name]
    return found


def described_options(run: Run, limits: Limits) -> dict[str, dict[str, Any]]:
    """The options of a run as JSON schemas: type, default and bounds."""
    found: dict[str, dict[str, Any]] = {}
    for name, kind in option_types(run.kind).items():
        found[name] = {"type": JSON_TYPES[kind]}
        if name in answers.LIMITS:
            least, most = answers.LIMITS[name]
            most = min(most, limits.max_length) if name == "length" else most
            found[name] |= {"minimum": least, "maximum": most}
        if name == "top_p":
            found[name] |= {"exclusiveMinimum": 0, "maximum": 1}
        if name == "n_best":
            found[name] |= {"maximum": run.predictor.settings["n_best"], "default": 1}
        elif name in run.predictor.settings:
            found[name]["default"] = run.predictor.settings[name]
        elif kind is bool:
            found[name]["default"] = False
    return found


def checked_options(
    given: Mapping[str, Any], run: Run, name: str, limits: Limits
) -> dict[str, Any]:
    """The options of a request; those that are null are left out.

    Args:
        given: by name.
        run: the loaded run.
        name: of the model, for messages.
        limits: of the server.

    Raises:
        RequestError: 400, an option that the run does not have, or one of another type.
    """
    known = option_types(run.kind)
    found: dict[str, Any] = {}
    for option, value in given.items():
        if option not in known:
            takes = f"It takes text and {', '.join(known)}." if known else "It takes text alone."
            raise RequestError(
                400, f"{name}: '{option[:60]}' does not apply to a run of kind {run.kind}. {takes}"
            )
        if value is not None:
            found[option] = _checked(option, value, known[option])
    if "length" in found:
        check_length(found["length"], limits)
    return found


def check_length(length: int, limits: Limits) -> None:
    """Refuse to generate more tokens than the server allows.

    Raises:
        RequestError: 400.
    """
    if length > limits.max_length:
        raise RequestError(
            400,
            f"length: expected at most {limits.max_length:,}, found {length:,}. Ask for less, or "
            "start the server with a higher --max-length.",
        )


def _checked(name: str, value: Any, kind: type) -> Any:
    fits = isinstance(value, bool) == (kind is bool)
    fits = fits and isinstance(value, int | float if kind is float else kind)
    if fits and kind is not bool:
        fits = math.isfinite(value) if isinstance(value, float) else abs(value) < 2**63
    if not fits:
        raise RequestError(400, f"{name}: expected {JSON_TYPES[kind]}, found {str(value)[:60]!r}.")
    return kind(value)
