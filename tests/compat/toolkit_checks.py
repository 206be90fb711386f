"""Checks of the rows on other toolkits: what each value and each command's output must be."""

import re

import numpy as np

LABELS = {"O", "B-PER", "I-PER", "B-LOC", "I-LOC"}


def anything(found, n):
    """The row runs, and what it prints or gives is not nothing."""
    assert found and all(value is not None for value in found)


def shaped(*shape):
    def check(found, n):
        value = np.array(found[-1])
        assert value.shape == shape and np.isfinite(value).all()

    return check


def says(pattern):
    def check(found, n):
        assert re.search(pattern, found[0]), found[0]

    return check


def number(low, high):
    def check(found, n):
        assert low <= float(found[-1]) <= high

    return check


def text(found, n):
    assert isinstance(found[-1], str)


def run_of(task):
    def check(found, n):
        assert found or any(getattr(value, "task", None) == task for value in n.values())
        for value in found:
            assert value.task == task

    return check


def served(found, n):
    assert "serving_default" in found[-1].signatures


def dropped(found, n):
    y, ids = np.array(found[0]), n["ids"]
    assert ((y == ids) | (y == 1)).all() and (y == 1).any() and y[1, 2] == 0


def greedy(found, n):
    """The most probable token after each token, by a loop."""
    last, wanted = n["first"], []
    for number in range(5):
        scores = n["table"][last].copy()
        scores[:, :3] = -np.inf
        last = np.where(number == 4, 3, scores.argmax(-1))
        wanted.append(last)
        if (last == 3).all():
            break
    ids = np.array(found[0])[:, : len(wanted)]
    np.testing.assert_array_equal(ids, np.stack(wanted, 1))


def beams(found, n):
    """The best of all sequences by log p / ((5 + length) / 6)^0.6, found by enumeration."""
    log_p = n["table"] - np.log(np.exp(n["table"]).sum(-1, keepdims=True))
    best = []

    def extend(ids, total):
        last = ids[-1] if ids else 2
        for one in range(3, 12):
            if len(ids) == 4 and one != 3:
                continue
            score = total + log_p[last, one]
            if one == 3:
                best.append((score / ((5 + len(ids) + 1) / 6) ** 0.6, [*ids, one]))
            else:
                extend([*ids, one], score)

    extend([], 0.0)
    found_score = float(np.array(found[0].scores)[0, 0])
    scores = sorted((score for score, _ in best), reverse=True)
    assert found_score <= scores[0] + 1e-5
    ids = [one for one in np.array(found[0].ids)[0, 0].tolist() if one]
    assert abs(found_score - dict((tuple(y), s) for s, y in best)[tuple(ids)]) < 1e-4


def sampled(found, n):
    ids = np.array(found[0])
    assert ids.shape == (2, 5) and (ids[ids > 0] >= 3).all() and (ids == 3).any(1).all()


def tags(found, n):
    for row in found[-1] if isinstance(found[-1][0], list) else [found[-1]]:
        assert set(row) <= LABELS


def spans(found, n):
    for span in found[-1]:
        kind = span["type"] if isinstance(span, dict) else span.type
        assert kind in ("PER", "LOC")


def opinion(found, n):
    assert found[-1] in ("good", "bad")


def probabilities(found, n):
    assert abs(sum(found[-1].values()) - 1) < 1e-5 and set(found[-1]) == {"good", "bad"}


CHECKS = {
    "OpenNMT-tf": {
        "onmt-main train": says("bleu"),
        "onmt-build-vocab": anything,
        "onmt-main infer": anything,
        "onmt-main eval": says("bleu"),
        "onmt-main score": number(1, 1e6),
        "onmt-main export": served,
        "onmt-main update_vocab": says("bleu"),
        "opennmt.Runner": text,
        "opennmt.models.SequenceToSequence": shaped(2, 3, 12),
        "opennmt.models.LanguageModel": anything,
        "opennmt.models.Transformer": None,
        "opennmt.encoders.LSTMEncoder": shaped(2, 5, 8),
        "opennmt.encoders.RNNEncoder": shaped(2, 5, 16),
        "opennmt.encoders.PyramidalRNNEncoder": shaped(2, 2, 16),
        "opennmt.encoders.ConvEncoder": shaped(2, 3, 12),
        "opennmt.encoders.SelfAttentionEncoder": shaped(2, 3, 12),
        "opennmt.decoders.AttentionalRNNDecoder": shaped(2, 5, 8),
        "opennmt.layers.DenseBridge": shaped(2, 2, 8),
        "opennmt.utils.GreedySearch": greedy,
        "opennmt.utils.RandomSampler": sampled,
        "opennmt.utils.BeamSearch": beams,
        "opennmt.data.WordDropout": dropped,
    },
    "textgenrnn": {
        "textgenrnn().train_from_file": says("perplexity"),
        "textgenrnn().train_on_texts": run_of("generation"),
        "textgenrnn().generate": text,
        "textgenrnn().generate_samples": lambda found, n: [
            text([continuation], n) for continuation in found[0]
        ],
        "textgenrnn().generate_to_file": anything,
        "textgenrnn().interactive": anything,
        "textgenrnn(word_level=True)": run_of("generation"),
        "textgenrnn().save": text,
        "textgenrnn().encode_text_vectors": None,
    },
    "anaGo": {
        "anago.Sequence().fit": lambda found, n: run_of("ner")([n["tagger"].run_], n),
        "anago.Sequence().score": number(0, 1),
        "anago.Tagger().predict": tags,
        "anago.Sequence().analyze": spans,
        "anago.Sequence().save": lambda found, n: tags(n["tagger"].predict(n["x"][:2]), n),
        "anago.utils.load_data_and_labels": anything,
        "anago.Sequence.load": tags,
        "anago.models.BiLSTMCRF": shaped(1, 3, 3, 3),
        "anago.callbacks.F1score": lambda found, n: number(1, 1)([found[0]["f1"]], n),
        "anago.models.ELModel": None,
    },
    "Kashgari": {
        "kashgari.tasks.labeling.BiLSTM_CRF_Model": run_of("ner"),
        "BiLSTM_CRF_Model().evaluate": number(0, 1),
        "BiLSTM_CRF_Model().predict": tags,
        "BiLSTM_CRF_Model().predict_entities": spans,
        "kashgari.tasks.classification.BiLSTM_Model": opinion,
        "kashgari.tasks.classification.CNN_Model": run_of("sentiment"),
        "kashgari.embeddings.WordEmbedding": run_of("ner"),
        "kashgari.utils.load_model": spans,
        "kashgari.utils.convert_to_saved_model": served,
        "kashgari.embeddings.BertEmbedding": None,
    },
    "DeLFT": {
        "delft.applications.nerTagger train": says("f1"),
        "delft.applications.nerTagger tag": says('"spans"'),
        "delft.applications.nerTagger eval": says("f1"),
        "delft.sequenceLabelling.Sequence": run_of("ner"),
        "Sequence().train_nfold": says("f1"),
        "Sequence().eval": number(0, 1),
        "Sequence().tag": lambda found, n: [spans([result.spans], n) for result in found[0]],
        "Sequence().load": lambda found, n: tags(
            [[token["tag"] for token in found[0]["tokens"]]], n
        ),
        "delft.textClassification.Classifier": run_of("sentiment"),
        "Classifier().predict": probabilities,
        "delft.applications.grobidTagger": None,
    },
}
