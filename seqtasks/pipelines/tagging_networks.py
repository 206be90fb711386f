"""The networks of the tagging pipeline, as its options describe them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seqtasks.pipelines.tagging_options import Network

if TYPE_CHECKING:
    import keras

    from seqtasks.data import TaggedSplits
    from seqtasks.features import WordFeatures

MANY_TAGS = 200  # a CRF over more of them is slow


def make_tagger(
    options: Network, features: WordFeatures, tagged: TaggedSplits, vectors: dict[str, Any]
) -> keras.Model:
    """The members that the options name, under one CRF.

    Args:
        options: of the networks.
        features: what they read.
        tagged: the corpus, for its tags and their scheme.
        vectors: pretrained word vectors by word; empty for none.
    """
    from seqtasks import models
    from seqtasks.data import vector_rows
    from seqtasks.text import bio

    rows, count = vector_rows(vectors, features.words.tokens), len(tagged.tags)
    makers = {
        "recurrent": lambda: models.RecurrentTagger(
            len(features.words),
            len(features.characters),
            count,
            vector_size=rows.shape[1],
            word_size=options.word_size,
            filters=options.filters,
            units=options.units,
            cell=options.cell,
            layers=options.layers,
            bidirectional=options.bidirectional,
            residual=options.residual,
            affix_buckets=options.affix_buckets,
            word_parts=options.word_parts,
            word_dropout_alpha=options.word_dropout_alpha,
            spelling_dropout=options.spelling_dropout,
            embedding_dropout=options.embedding_dropout,
            dropout=options.dropout,
            categories=[len(values) for values in features.categories],
            category_size=options.category_size,
        ),
        "linear": lambda: models.LinearTagger(
            count, dropout=options.feature_dropout, categories=len(features.categories)
        ),
    }
    spans: dict[str, Any] = {}
    if tagged.scheme:
        spans["constraints"] = bio.allowed_transitions(tagged.tags, tagged.scheme)
        spans |= {"outside": tagged.tags.index("O"), "recall_margin": options.recall_margin}
    members = [makers[name]() for name in options.members]
    model = models.Tagger(
        members,
        count,
        transitions=options.transitions,
        capitalization_noise=options.capitalization_noise,
        categories=len(features.categories),
        category_dropout=options.category_dropout,
        **spans,
    )
    model.build((None, None, features.width))
    for member in model.members if vectors else ():
        if isinstance(member, models.RecurrentTagger):
            member.vectors.assign(rows)
    return model


def advice(options: Network, tags: list[str]) -> tuple[str, ...]:
    """Notes on options that change nothing, or that cost much, with these tags."""
    notes: tuple[str, ...] = ()
    if options.transitions and len(tags) > MANY_TAGS:
        notes += (
            f"{len(tags)} tags: the time of the CRF grows with the square of their number; "
            "--no-transitions (transitions=False) is faster",
        )
    if options.residual and options.layers == 1:
        notes += ("--residual adds nothing with one layer: it needs --layers 2 or more",)
    return notes
