"""Tagger: features of words -> tags, by networks that learn side by side under one CRF."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np
from keras import ops

from seqtasks.features.capitalization_noise import Respelling
from seqtasks.features.columns import WORD
from seqtasks.layers import CRF
from seqtasks.models.side_by_side import SideBySide


@keras.saving.register_keras_serializable(package="seqtasks")
class Tagger(SideBySide):
    """Networks whose scores for each tag are averaged, and a CRF over them.

        e = mean_k e_k + b    y = best(CRF(e))    loss = -mean_k log CRF(y; e_k)

    The transition scores are the members' in common. `tag_bias` b [tags] is 0 until
    `seqtasks.training.calibration` sets it.

    Args:
        members: models, each features -> emissions [batch, time, tags].
        tags: number of tags.
        constraints: which tags may be first, follow each other and be last, as `CRF` takes them;
            None permits everything.
        outside: the tag of words outside of all spans, or None.
        recall_margin: in training, `outside` gets so much more where it is wrong: spans must win by
            that margin, so fewer are missed where the text differs from training.
        respelling: share of capitalized words that are read as others in training; see
            `Respelling`.

    Call arguments:
        features: integers [batch, time, columns]; a step whose word is 0 is padding.
        training: True gives each member's own emissions, for the loss.

    Returns:
        Emissions [batch, time, tags]; [batch, members, time, tags] in training.

    Reference:
        Huang, Xu and Yu, arXiv:1508.01991 (a CRF over a recurrent network); Mohit et al.,
        Recall-oriented learning of named entities, 2012 (the margin).
    """

    def __init__(
        self,
        members: Sequence[keras.Model],
        tags: int,
        constraints: Any = None,
        outside: int | None = None,
        recall_margin: float = 0.0,
        respelling: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(members, **kwargs)
        self.tags = tags
        self.constraints = constraints
        self.outside, self.recall_margin = outside, recall_margin
        self.respell = Respelling(respelling)
        self.crf = CRF(tags, constraints)

    def build(self, features_shape: tuple) -> None:
        super().build(features_shape)
        if not self.crf.built:
            self.crf.build((*features_shape[:2], self.tags))
        self.tag_bias = self.add_weight((self.tags,), "zeros", trainable=False, name="tag_bias")

    def adapt(self, batches: Iterable[tuple[Any, Any]]) -> None:
        """Count the words, for the members that have an `adapt`: see `RecurrentTagger`.

        Args:
            batches: features and tags of all training sentences.
        """
        members = [member for member in self.members if hasattr(member, "adapt")]
        counts = np.zeros(max((member.vocabulary_size for member in members), default=0), int)
        for features, _ in batches if members else ():
            words = ops.convert_to_numpy(features[:, :, WORD]).ravel()
            counts += np.bincount(words, minlength=len(counts))
        for member in members:
            member.adapt(counts)

    def apart(self, inputs: Any, training: bool | None = None) -> Any:
        return super().apart(self.respell(inputs, training=training), training)

    def combine(self, logits: Any) -> Any:
        """Members' emissions [batch, members, time, tags] -> their mean, and the bias."""
        return ops.mean(logits, axis=1) + self.tag_bias

    def unbiased(self, features: Any) -> tuple[Any, Any]:
        """Emissions without the bias, [batch, time, tags], and which steps are real."""
        emissions = ops.mean(self.apart(features, training=False), axis=1)
        return emissions, features[:, :, WORD] != 0

    def decode(self, features: Any) -> tuple[Any, Any]:
        """Tags int32 [batch, time], and p(tag) of all tags [batch, time, tags]."""
        mask = features[:, :, WORD] != 0
        emissions = self(features, training=False)
        return self.best(emissions, mask), self.crf.marginals(emissions, mask)

    def best(self, emissions: Any, mask: Any) -> Any:
        """The best tags int32 [batch, time].

        Those of the best path, which keeps to the constraints; where there are none, the likeliest
        tag of each step: fewer of these are wrong.
        """
        if self.constraints is not None:
            return self.crf.viterbi(emissions, mask)[0]
        return ops.cast(ops.argmax(self.crf.marginals(emissions, mask), axis=-1), "int32")

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The negative log-likelihood of a tag, a mean over all real steps and members."""
        mask = x[:, :, WORD] != 0
        tags = ops.clip(ops.cast(y, "int32"), 0, self.tags - 1)  # tags unknown to training
        if len(y_pred.shape) == 4:
            members, time = len(self.members), ops.shape(y_pred)[2]
            y_pred = ops.reshape(y_pred, (-1, time, self.tags))
            mask, tags = (ops.repeat(v, members, axis=0) for v in (mask, tags))
            if self.outside is not None:
                missed = ops.cast(tags != self.outside, y_pred.dtype)[:, :, None]
                margin = self.recall_margin * ops.one_hot(self.outside, self.tags)
                y_pred = y_pred + missed * margin
        likelihoods = self.crf.log_likelihood(y_pred, tags, mask)
        return -ops.sum(likelihoods) / ops.maximum(ops.sum(ops.cast(mask, "float32")), 1)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict:
        """Metrics take tags, not scores: the best; in training, those before the CRF."""
        mask = x[:, :, WORD] != 0
        if len(y_pred.shape) == 4:
            tags = ops.argmax(ops.mean(y_pred, axis=1), axis=-1)
        else:
            tags = self.best(y_pred, mask)
        return super().compute_metrics(x, y, tags, ops.cast(mask, "float32"))

    def compute_output_shape(self, features_shape: tuple) -> tuple:
        return (*features_shape[:2], self.tags)

    def get_config(self) -> dict:
        options = {"tags": self.tags, "constraints": self.constraints}
        options |= {"outside": self.outside, "recall_margin": self.recall_margin}
        options |= {"respelling": self.respell.share}
        return {**super().get_config(), **options}
