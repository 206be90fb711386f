"""Beam search: the best sequences by length-normalised log-probability."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import keras
from keras import ops

from seqtasks.decoding.rules import Rules
from seqtasks.decoding.sampling import Step, like, row_limits

LOWEST = -float("inf")


class Hypotheses(NamedTuple):
    """The hypotheses of each row, best first.

    Attributes:
        ids: int32 [batch, n_best, length]: up to and including the end, then 0.
        scores: float32 [batch, n_best]; minus infinity where there are fewer hypotheses.
        log_probabilities: float32 [batch, n_best], of whole sequences.
    """

    ids: Any
    scores: Any
    log_probabilities: Any


class _Search(NamedTuple):
    """The loop variables; rows = batch * beams, batch-major."""

    number: Any  # ids emitted so far
    last: Any  # [rows]
    ids: Any  # [batch, beams, length]
    alive: Any  # log-probabilities [batch, beams]
    done: Any  # [batch]
    found: Hypotheses  # finished, [batch, beams, ...]
    state: Any  # nested tensors [rows, ...]


def beam_search(
    step: Step,
    state: Any,
    start: Any,
    *,
    length: int,
    beams: int = 5,
    n_best: int = 1,
    length_penalty: float = 1.0,
    penalty: Callable[[Any], Any] | None = None,
    limits: Any = None,
    rules: Rules = Rules(),  # noqa: B008  (frozen)
) -> Hypotheses:
    """Searches for the sequences of highest score with a beam of partial hypotheses.

        score(y) = log p(y) / lp(y) + penalty        lp(y) = ((5 + |y|) / 6)^length_penalty

    |y| includes the end. Each step keeps the best `beams` unfinished hypotheses. One that emits the
    end while among the best `beams` is finished. The search of a row stops when no unfinished
    hypothesis can still become one of its `n_best`, or once `beams` have finished and no unfinished
    one has a higher score at its current length; a row's result does not depend on the other rows.
    With one beam it is `greedy`.

    Plain operations in one loop: compile it with the backend's own compiler (`tf.function`,
    `jax.jit`); in a SavedModel any loader runs it.

    Args:
        step: ids [rows] and a state -> logits [rows, vocabulary] and the new state, where rows is
            batch * beams, the beams of one row of the batch next to each other. Values shared by
            all beams, such as an encoded source, need not be in the state: `step` may close over
            them.
        state: the first step's; nested tensors [batch, ...] whose shapes do not change.
        start: ids fed to the first step, int [batch].
        length: ids in a row of the result.
        beams: unfinished hypotheses kept at each step.
        n_best: number of hypotheses to return, at most `beams`.
        length_penalty: exponent of the length normalisation; 0 turns it off, 1 is close to the mean
            over the ids.
        penalty: state [rows, ...] -> a term of at most 0, [rows], added to the score of a sequence
            that ends in that state; for example `coverage_penalty`.
        limits: maximum length of each row, the end included, int [batch]; None is `length` for all.
        rules: constraints on the sequences; needs an `end`.

    Returns:
        `Hypotheses`, sorted by score; all different.

    Raises:
        ValueError: n_best > beams, a negative length penalty, or rules without an end.

    Reference:
        Wu et al., arXiv:1609.08144 (length and coverage penalty).
    """
    if not 1 <= n_best <= beams:
        raise ValueError(
            f"beam_search: expected 1 <= n_best <= beams, received n_best={n_best} and "
            f"beams={beams}. Pass at least as many beams as n_best."
        )
    if length_penalty < 0 or rules.end is None:
        raise ValueError(
            "beam_search: expected length_penalty >= 0 and rules with an end, received "
            f"length_penalty={length_penalty}, end={rules.end}. Pass 0 for no length "
            "normalisation, and the id that ends a sequence: finished sequences are compared."
        )
    start = ops.cast(start, "int32")
    limits = row_limits(limits, start, length)

    def normalised(log_probabilities: Any, count: Any) -> Any:
        return log_probabilities / ((5.0 + ops.cast(count, "float32")) / 6.0) ** length_penalty

    def going(*search: Any) -> Any:
        search = _Search(*search)
        return ops.logical_and(search.number < length, ops.logical_not(ops.all(search.done)))

    def one(*search: Any) -> tuple:
        search = _Search(*search)
        logits, after = step(search.last, search.state)
        log_p = ops.log_softmax(ops.cast(logits, "float32"), axis=-1)
        so_far = ops.reshape(search.ids, (-1, ops.shape(search.ids)[-1]))
        log_p = rules.apply(log_p, so_far, search.number, ops.repeat(limits, beams))
        scores, parents, ids = _best_continuations(search.alive, log_p, beams)
        sequences = _extended(search.ids, parents, ids, search.number)
        ends = ids == rules.end

        final = normalised(scores, search.number + 1)[:, :beams]
        if penalty is not None:
            added = ops.reshape(ops.cast(penalty(after), "float32"), (-1, beams))
            final = final + ops.take_along_axis(added, parents[:, :beams], axis=1)
        ended = ops.logical_and(ends[:, :beams], ops.logical_not(search.done)[:, None])
        final = ops.where(ended, final, LOWEST)
        new = Hypotheses(sequences[:, :beams], final, scores[:, :beams])
        found = _best_of(search.found, new, beams)

        alive, places = ops.top_k(ops.where(ends, LOWEST, scores), beams)
        parents, ids = (ops.take_along_axis(x, places, axis=1) for x in (parents, ids))
        to_beat = found.scores[:, n_best - 1]
        longest = ops.maximum(limits, search.number + 2)
        enough = ops.logical_and(
            found.scores[:, beams - 1] > LOWEST,
            normalised(alive[:, 0], search.number + 1) <= to_beat,
        )
        over = ops.logical_or(enough, normalised(alive[:, 0], longest) <= to_beat)
        next_search = _Search(
            search.number + 1,
            ops.reshape(ids, (-1,)),
            ops.take_along_axis(sequences, places[..., None], axis=1),
            alive,
            ops.logical_or(search.done, over),
            found,
            _of_parents(after, parents, beams),
        )
        return tuple(keras.tree.map_structure(like, tuple(next_search), tuple(search)))

    first = _first(state, start, length, beams)
    found = _Search(*ops.while_loop(going, one, tuple(first))).found
    return Hypotheses(*(x[:, :n_best] for x in found))


def coverage_penalty(coverage: Any, mask: Any = None) -> Any:
    """The penalty of source steps without attention: Σ_s log min(coverage_s, 1).

    Args:
        coverage: sum of the attention weights of each source step, [rows, source].
        mask: bool [rows, source], True on real steps, or None.

    Returns:
        float32 [rows], at most 0; coverage is at least 1e-6.

    Reference:
        Wu et al., arXiv:1609.08144, equation 14 (there times β).
    """
    logs = ops.log(ops.clip(ops.cast(coverage, "float32"), 1e-6, 1.0))
    return ops.sum(logs if mask is None else ops.where(mask, logs, 0.0), axis=-1)


def _first(state: Any, start: Any, length: Any, beams: int) -> _Search:
    """The loop variables before the first step: equal beams, all but one of probability 0."""
    row = ops.zeros_like(start)[:, None]  # [batch, 1]
    ids = row[..., None] + ops.zeros((beams, 1), "int32") + ops.zeros((length,), "int32")
    alive = ops.cast(row, "float32") + ops.convert_to_tensor([0.0] + [LOWEST] * (beams - 1))
    nothing = ops.full_like(alive, LOWEST)
    return _Search(
        ops.convert_to_tensor(0, "int32"),
        ops.repeat(start, beams),
        ids,
        alive,
        ops.zeros_like(start, dtype="bool"),
        Hypotheses(ids, nothing, nothing),
        keras.tree.map_structure(lambda x: ops.repeat(x, beams, axis=0), state),
    )


def _best_continuations(alive: Any, log_p: Any, beams: int) -> tuple[Any, Any, Any]:
    """Log-probabilities, parents and ids of the best 2 * beams, each [batch, 2 * beams].

    Of 2 * beams at least `beams` do not end: each parent has only one continuation that does.
    """
    vocabulary = log_p.shape[-1]
    total = alive[..., None] + ops.reshape(log_p, (-1, beams, vocabulary))
    scores, places = ops.top_k(ops.reshape(total, (-1, beams * vocabulary)), 2 * beams)
    places = ops.cast(places, "int32")
    return scores, places // vocabulary, places % vocabulary


def _extended(sequences: Any, parents: Any, ids: Any, number: Any) -> Any:
    """The parents' sequences with one more id, [batch, 2 * beams, length]."""
    sequences = ops.take_along_axis(sequences, parents[..., None], axis=1)
    here = ops.arange(ops.shape(sequences)[-1], dtype="int32") == number
    return ops.where(here, ids[..., None], sequences)


def _best_of(found: Hypotheses, new: Hypotheses, beams: int) -> Hypotheses:
    """The best `beams` of both; of equal scores those found earlier come first."""
    ids, scores, log_p = (ops.concatenate([a, b], axis=1) for a, b in zip(found, new, strict=True))
    scores, places = ops.top_k(scores, beams)
    ids = ops.take_along_axis(ids, places[..., None], axis=1)
    log_p = ops.take_along_axis(log_p, places, axis=1)
    real = scores > LOWEST
    return Hypotheses(ops.where(real[..., None], ids, 0), scores, ops.where(real, log_p, LOWEST))


def _of_parents(state: Any, parents: Any, beams: int) -> Any:
    """The states [rows, ...] of the parents of the new beams."""
    batch = ops.shape(parents)[0]
    rows = ops.arange(batch, dtype="int32")[:, None] * beams + parents
    return keras.tree.map_structure(lambda x: ops.take(x, ops.reshape(rows, (-1,)), axis=0), state)
