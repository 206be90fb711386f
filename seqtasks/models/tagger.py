"""Tagger: features of words -> tags, by an ensemble of networks under one CRF or a softmax."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from seqtasks.features.capitalization_noise import CapitalizationNoise
from seqtasks.features.columns import WORD
from seqtasks.layers import CRF, WordDropout
from seqtasks.models.ensemble import Ensemble


@keras.saving.register_keras_serializable(package="seqtasks")
class Tagger(Ensemble):
    """An ensemble whose emissions (scores of each tag at each step) are averaged, under a CRF.

        e = mean_k e_k + b    y = best(CRF(e))    loss = -mean_k log CRF(y; e_k)

    All members share the transition scores. Without transitions the tags of a sentence are
    independent of each other, given the sentence: p(y_t) = softmax(e_t), which hundreds of tags
    need, as the CRF's time grows with the square of their number. The decision bias b [tags] is 0
    until `seqtasks.training.calibration` tunes it on the validation split.

    Args:
        members: models, each features -> emissions [batch, time, tags].
        tags: number of tags.
        constraints: which tags may be first, follow each other and be last, as `CRF` takes them;
            None permits everything. They need transitions.
        transitions: whether neighbouring tags are scored together (CRF).
        outside: id of the tag of words outside of all spans (`O`), or None.
        recall_margin: margin added to the score of `outside` where it is wrong, in training
            (softmax-margin loss); higher raises recall. 0 is the plain log-likelihood.
        capitalization_noise: fraction of capitalized words whose spelling is replaced in training;
            see `CapitalizationNoise`.
        categories: number of categorical columns, the last columns of the features.
        category_dropout: fraction of their values replaced by UNK in training, so that values which
            training lacks are learned.

    Call arguments:
        features: integers [batch, time, columns]; a step whose word is 0 is padding.
        training: passed on to the members, and so is presence: see `Ensemble`.

    Returns:
        A dict: `logits` [batch, time, tags], the emissions e; `member_logits`
        [batch, members, time, tags], each member's own.

    Reference:
        Huang, Xu and Yu, arXiv:1508.01991 (a CRF over a recurrent network); Mohit et al.,
        Recall-oriented learning of named entities, 2012 (the margin).
    """

    def __init__(
        self,
        members: Sequence[keras.Model],
        tags: int,
        constraints: Any = None,
        transitions: bool = True,
        outside: int | None = None,
        recall_margin: float = 0.0,
        capitalization_noise: float = 0.0,
        categories: int = 0,
        category_dropout: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(members, **kwargs)
        if constraints is not None and not transitions:
            raise ValueError("Tagger: constraints need transitions=True.")
        self.tags, self.transitions = tags, transitions
        self.constraints = constraints
        self.outside, self.recall_margin = outside, recall_margin
        self.categories, self.category_dropout = categories, category_dropout
        self.capitalization_noise = CapitalizationNoise(capitalization_noise, categories)
        self.crf = CRF(tags, constraints) if transitions else None
        self._metrics_use_crf = False
        self.drop_categories = WordDropout(category_dropout) if categories else None

    def build(self, features_shape: tuple) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        super().build(features_shape)
        if self.crf and not self.crf.built:
            self.crf.build((*features_shape[:2], self.tags))
        self.tag_bias = self.add_weight((self.tags,), "zeros", trainable=False, name="tag_bias")

    @property
    def label_weights(self) -> list:
        """The weights that depend on the tags, those of the members apart."""
        return self.crf.weights if self.crf else []

    def member_logits(self, inputs: Any, training: bool | None = None, presence: Any = None) -> Any:
        """Each member's own emissions, [batch, members, time, tags]."""
        inputs = self.capitalization_noise(inputs, training=training)
        if self.drop_categories:
            first = -self.categories
            categories = self.drop_categories(inputs[:, :, first:], training=training)
            inputs = ops.concatenate([inputs[:, :, :first], categories], axis=-1)
        return super().member_logits(inputs, training, presence)

    def combine(self, member_logits: Any) -> Any:
        """Members' emissions [batch, members, time, tags] -> their mean plus the decision bias."""
        return ops.mean(member_logits, axis=1) + self.tag_bias

    def unbiased(self, features: Any) -> tuple[Any, Any]:
        """Emissions without the decision bias, [batch, time, tags], and which steps are real."""
        emissions = ops.mean(self.member_logits(features, training=False), axis=1)
        return emissions, features[:, :, WORD] != 0

    def decode(self, features: Any) -> tuple[Any, Any]:
        """Tags int32 [batch, time], and the probabilities of all tags [batch, time, tags]."""
        mask = features[:, :, WORD] != 0
        emissions = self(features, training=False)["logits"]
        return self.best(emissions, mask), self._marginals(emissions, mask)

    def _marginals(self, emissions: Any, mask: Any) -> Any:
        """Probabilities of the tags of each step, [batch, time, tags]."""
        if self.crf is None:
            return ops.softmax(emissions)
        return ops.minimum(self.crf.marginals(emissions, mask), 1.0)  # rounding may exceed it

    def best(self, emissions: Any, mask: Any) -> Any:
        """The best tags int32 [batch, time].

        With constraints those of the most probable path, which obeys them; else the most probable
        tag of each step, which makes the fewest errors.
        """
        if self.crf is not None and self.constraints is not None:
            return self.crf.viterbi(emissions, mask)[0]
        scores = emissions if self.crf is None else self.crf.marginals(emissions, mask)
        return ops.cast(ops.argmax(scores, axis=-1), "int32")

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """The negative log-likelihood per tag.

        In training the mean over all real steps of all members, with the margin; else over all
        real steps of the combined emissions. Tags that training does not know are the last one to
        a CRF, and left out without.
        """
        mask = x[:, :, WORD] != 0
        if self.crf is None:
            mask &= ops.cast(y, "int32") < self.tags
        tags = ops.clip(ops.cast(y, "int32"), 0, self.tags - 1)
        emissions = y_pred["logits"]
        if training:
            members, time = len(self.members), ops.shape(emissions)[1]
            emissions = ops.reshape(y_pred["member_logits"], (-1, time, self.tags))
            mask, tags = (ops.repeat(v, members, axis=0) for v in (mask, tags))
            if self.outside is not None:
                missed = ops.cast(tags != self.outside, emissions.dtype)[:, :, None]
                margin = self.recall_margin * ops.one_hot(self.outside, self.tags)
                emissions = emissions + missed * margin
        if self.crf is None:
            chosen = ops.take_along_axis(ops.log_softmax(emissions), tags[:, :, None], axis=-1)
            likelihoods = ops.where(mask, chosen[:, :, 0], 0.0)
        else:
            likelihoods = self.crf.log_likelihood(emissions, tags, mask)
        return -ops.sum(likelihoods) / ops.maximum(ops.sum(ops.cast(mask, "float32")), 1)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict:
        """Metrics of tags [batch, time].

        In `test_step` they are the tags that `decode` gives; while training, the highest mean
        emission of each step, which costs no pass through the CRF.
        """
        mask = x[:, :, WORD] != 0
        if self._metrics_use_crf:
            tags = self.best(y_pred["logits"], mask)
        else:
            tags = ops.argmax(ops.mean(y_pred["member_logits"], axis=1), axis=-1)
        return super(Ensemble, self).compute_metrics(x, y, tags, ops.cast(mask, "float32"))

    def test_step(self, *data: Any) -> dict:
        """Keras's step of evaluation, with the metrics of decoded tags."""
        self._metrics_use_crf = True
        try:
            return super().test_step(*data)
        finally:
            self._metrics_use_crf = False

    def get_config(self) -> dict:
        options = {
            "tags": self.tags,
            "transitions": self.transitions,
            "constraints": self.constraints,
            "outside": self.outside,
            "recall_margin": self.recall_margin,
            "capitalization_noise": self.capitalization_noise.rate,
            "categories": self.categories,
            "category_dropout": self.category_dropout,
        }
        return {**super().get_config(), **options}
