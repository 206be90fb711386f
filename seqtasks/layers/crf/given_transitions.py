"""Scores and log-likelihoods of a CRF over a given transition matrix, without a layer.

    s(y) = Σ_t e_t[y_t] + Σ_t transitions[y_{t-1}, y_t]        p(y | e) = exp s(y) / Σ_y' exp s(y')

All compute in float32 whatever the types of the arguments, take -inf for what is forbidden, and
leave masked steps out of the sequence, wherever they are. For scores of the first and the last tag
add them to the emissions there.
"""

from __future__ import annotations

from typing import Any

from keras import ops

from seqtasks.layers.crf.chain_scores import (
    log_likelihood,
    log_partition,
    permitted_scores,
    without_rows,
)
from seqtasks.layers.crf.given_chain import Chain, given_chain, given_tags, permitted_tags
from seqtasks.layers.crf.viterbi import path_score


def _log_norm(chain: Chain, unary: Any) -> Any:
    if without_rows(unary):
        return ops.zeros((0,))
    return log_partition(unary, chain.between, chain.real)


def crf_sequence_score(
    emissions: Any, tags: Any, transitions: Any, *, mask: Any = None, lengths: Any = None
) -> Any:
    """Scores of given tag sequences, before normalisation.

    Args:
        emissions: e [batch, time, tags], scores of each tag at each step.
        tags: integers [batch, time]; on masked steps anything.
        transitions: [tags, tags], scores from one tag (row) to the next (column).
        mask: bool [batch, time], True on real steps, or None.
        lengths: integers [batch], number of real steps at the beginning of each row, instead of
            `mask`.

    Returns:
        s(tags) float32 [batch]; 0 with no real step, -1e9 or less where a tag or a transition is
        forbidden (-inf) or a tag is no number of one.

    Raises:
        ValueError: shapes that do not fit, or both `mask` and `lengths`.

    Example:
        >>> score = crf_sequence_score(keras.ops.ones((1, 3, 2)), [[0, 1, 1]], keras.ops.eye(2))

    Reference:
        Sutton and McCallum, An introduction to conditional random fields, 2012, section 4.1.
    """
    chain = given_chain(emissions, transitions, mask, lengths, "crf_sequence_score")
    tags = given_tags(tags, chain, "crf_sequence_score")
    return path_score(chain.emissions, chain.between, chain.real, tags)


def crf_multitag_sequence_score(
    emissions: Any, permitted: Any, transitions: Any, *, mask: Any = None, lengths: Any = None
) -> Any:
    """Log-sum of the exponential scores of all sequences of permitted tags.

    Args:
        emissions: as in `crf_sequence_score`.
        permitted: bool [batch, time, tags], the tags that each step may have; on masked steps
            anything.
        transitions: as in `crf_sequence_score`.
        mask: as in `crf_sequence_score`.
        lengths: as in `crf_sequence_score`.

    Returns:
        log Σ exp s(y) over the permitted y, float32 [batch]; 0 with no real step, -1e9 or less
        where no sequence is permitted.

    Raises:
        ValueError: shapes that do not fit, or both `mask` and `lengths`.

    Example:
        >>> score = crf_multitag_sequence_score(*[keras.ops.ones((1, 2, 2))] * 2, keras.ops.eye(2))

    Reference:
        Tsuboi et al., Training conditional random fields using incomplete annotations, 2008.
    """
    owner = "crf_multitag_sequence_score"
    chain = given_chain(emissions, transitions, mask, lengths, owner)
    permitted = permitted_tags(permitted, chain, owner)
    return _log_norm(chain, permitted_scores(chain.emissions, permitted, chain.real))


def crf_log_norm(emissions: Any, transitions: Any, *, mask: Any = None, lengths: Any = None) -> Any:
    """The log-partition function: log-sum of the exponential scores of all tag sequences.

    Args:
        emissions: as in `crf_sequence_score`.
        transitions: as in `crf_sequence_score`.
        mask: as in `crf_sequence_score`.
        lengths: as in `crf_sequence_score`.

    Returns:
        log Σ_y exp s(y), float32 [batch]; 0 with no real step. Its gradient is that of
        forward-backward: the marginals, and the expected number of transitions. It has no second
        derivative.

    Raises:
        ValueError: shapes that do not fit, or both `mask` and `lengths`.

    Example:
        >>> norm = crf_log_norm(keras.ops.ones((1, 3, 2)), keras.ops.eye(2), lengths=[2])

    Reference:
        Lafferty et al., Conditional random fields, 2001.
    """
    chain = given_chain(emissions, transitions, mask, lengths, "crf_log_norm")
    return _log_norm(chain, chain.emissions)


def crf_log_likelihood(
    emissions: Any, tags: Any, transitions: Any, *, mask: Any = None, lengths: Any = None
) -> Any:
    """Log-probability of given tag sequences.

    Args:
        emissions: as in `crf_sequence_score`.
        tags: as in `crf_sequence_score`.
        transitions: as in `crf_sequence_score`.
        mask: as in `crf_sequence_score`.
        lengths: as in `crf_sequence_score`.

    Returns:
        log p(tags | emissions), float32 [batch]; 0 with no real step, -1e9 or less where a tag or
        a transition is forbidden (-inf) or a tag is no number of one. A step of -inf alone says
        nothing about its tag.

    Raises:
        ValueError: shapes that do not fit, or both `mask` and `lengths`.

    Example:
        >>> log_p = crf_log_likelihood(keras.ops.ones((1, 3, 2)), [[0, 1, 1]], keras.ops.eye(2))

    Reference:
        Lafferty et al., Conditional random fields, 2001.
    """
    chain = given_chain(emissions, transitions, mask, lengths, "crf_log_likelihood")
    tags = given_tags(tags, chain, "crf_log_likelihood")
    return log_likelihood(chain.unary, chain.between, chain.real, tags)


def crf_multitag_log_likelihood(
    emissions: Any, permitted: Any, transitions: Any, *, mask: Any = None, lengths: Any = None
) -> Any:
    """Log-probability that all tags are permitted ones: the loss of partially labelled data.

    Args:
        emissions: as in `crf_sequence_score`.
        permitted: as in `crf_multitag_sequence_score`.
        transitions: as in `crf_sequence_score`.
        mask: as in `crf_sequence_score`.
        lengths: as in `crf_sequence_score`.

    Returns:
        log Σ p(y | emissions) over the permitted y, float32 [batch]; 0 with no real step, -1e9 or
        less where no sequence is permitted.

    Raises:
        ValueError: shapes that do not fit, or both `mask` and `lengths`.

    Example:
        >>> log_p = crf_multitag_log_likelihood(*[keras.ops.ones((1, 2, 2))] * 2, keras.ops.eye(2))

    Reference:
        Tsuboi et al., Training conditional random fields using incomplete annotations, 2008.
    """
    owner = "crf_multitag_log_likelihood"
    chain = given_chain(emissions, transitions, mask, lengths, owner)
    permitted = permitted_tags(permitted, chain, owner)
    return log_likelihood(chain.unary, chain.between, chain.real, permitted)
