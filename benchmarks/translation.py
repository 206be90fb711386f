"""Times training and beam-5 decoding of the translation networks, beside JoeyNMT's.

    python benchmarks/translation.py --data FOLDER --source de --target en --joeynmt PYTHON

Sizes are those of a JoeyNMT run that the project compares itself with: 256-wide embeddings, a
bidirectional LSTM of 2 x 256, an LSTM of 512, 8,000 joint subwords, batches of 128 pairs, dropout
0.3. Three networks of ours: the same one (additive attention with input feeding), attention after
one decoder layer, and attention between two. JoeyNMT 2.3.0 runs in an environment of its own
(`translation_rival.py` says what is in it); without `--joeynmt` ours run alone.

All get the same batches of ids, one after the other on each batch; medians after warm-up, in target
tokens a second without padding. Decoding is from ids to ids, and all hypotheses are made `--length`
ids long, so that nobody gains by ending early.
"""

import argparse
import functools
import json
import statistics
import time
from pathlib import Path

from rival import Rival

from seqtasks.startup import start_quietly

BEAMS = 5
PAD, START = 0, 2  # in every vocabulary of ours
NETWORKS = {
    "input feeding": {"input_feeding": True, "attention": "additive"},
    "attention after one layer": {"attention": "bilinear", "decoder_layers": 1},
    "attention between two layers": {"attention": "bilinear", "decoder_layers": 2},
}


def make(size, dropout, options):
    """One of our networks, compiled."""
    import keras

    from seqtasks.models import Seq2Seq
    from seqtasks.training.losses import SmoothedCrossentropy

    model = Seq2Seq(
        size, size, shared=True, embedding_size=256, units=512, dropout=dropout, **options
    )
    model.build()
    loss = SmoothedCrossentropy(0.1, reduction="mean_with_sample_weight")
    model.compile(keras.optimizers.Adam(1e-3, global_clipnorm=1.0), loss, jit_compile=True)
    return model


def searcher(model, length):
    """Source ids [batch, source] -> ids of the best of `BEAMS` hypotheses, all `length` long."""
    import tensorflow as tf

    from seqtasks.decoding import Rules, beam_search

    @tf.function(input_signature=[tf.TensorSpec([None, None], tf.int32)], autograph=False)
    def search(source):
        memory, states = model.encode(source)

        def step(ids, states):
            logits, states, _ = model.step(ids, states, memory)
            return logits, states

        start = tf.fill([tf.shape(source)[0]], START)
        rules = Rules(minimum_length=length - 1)
        return beam_search(step, states, start, length=length, beams=BEAMS, rules=rules).ids

    return search


def trimmed(ids):
    """A batch of ids without the columns in which all rows are padding."""
    return ids[:, : int((ids.numpy() != PAD).sum(1).max())]


def timed(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def table(title, rates):
    """Prints medians, and their ratio to JoeyNMT's."""
    medians = {name: statistics.median(values) for name, values in rates.items()}
    print(f"\n{title}")
    for name, median in medians.items():
        ratio = f"{median / medians['JoeyNMT']:8.2f}x" if "JoeyNMT" in medians else ""
        print(f"{name:32}{median:10,.1f}{ratio}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--source", default="de")
    parser.add_argument("--target", default="en")
    parser.add_argument("--joeynmt", help="a Python that has joeynmt")
    parser.add_argument("--batches", type=int, default=6, help="different batches timed")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--length", type=int, default=16, help="ids of each hypothesis")
    parser.add_argument("--vocabulary-size", type=int, default=8000)
    parser.add_argument("--dropout", type=float, default=0.3)
    options = parser.parse_args()

    start_quietly()
    from seqtasks.data import length_batches, open_pairs
    from seqtasks.text import SubwordTokenizer, teacher_forced, with_end

    splits = open_pairs(options.data, options.source, options.target, sample={}).splits
    tokenizer = SubwordTokenizer.fit(
        (text for row in splits.train for text in row),
        max_size=options.vocabulary_size,
        max_length=100,
    )
    data = length_batches(
        splits.train,
        lambda source, target: (tokenizer(source), with_end(tokenizer(target))),
        batch_size=128,
        shuffle_seed=lambda: 0,
    )
    batches = [batch for batch in data if len(batch[0]) == 128][: options.batches]
    size = len(tokenizer.vocabulary)
    models = {name: make(size, options.dropout, network) for name, network in NETWORKS.items()}
    rival = None
    if options.joeynmt:
        network = json.dumps({"vocabulary": size, "dropout": options.dropout})
        script = str(Path(__file__).with_name("translation_rival.py"))
        rival = Rival("JoeyNMT", [options.joeynmt, script, network])

    def trainers(source, target):
        inputs, targets, weights = teacher_forced(source, target)
        for name, model in models.items():
            yield name, functools.partial(timed, model.train_on_batch, inputs, targets, weights)
        if rival:
            start = [[START, *row] for row in trimmed(target).numpy().tolist()]
            order = "train", trimmed(source).numpy().tolist(), start
            yield "JoeyNMT", functools.partial(rival.ask, *order)

    rates = {}
    for number in range(options.rounds + 1):  # the first one compiles each shape
        for source, target in batches:
            tokens = int((target.numpy() != PAD).sum())
            for name, train in trainers(source, target):
                seconds = train()
                if number:
                    rates.setdefault(name, []).append(tokens / seconds)
    table("training, target tokens a second", rates)

    searches = {name: searcher(model, options.length) for name, model in models.items()}
    source = tokenizer([row[0] for row in splits.test]).to_tensor()
    for rows in (1, 32):
        rates = {}
        for number in range(8 * options.rounds + 1):
            chunk = trimmed(source[number * rows % 900 :][:rows])
            seconds = {name: timed(search, chunk) for name, search in searches.items()}
            if rival:
                seconds["JoeyNMT"] = rival.ask("decode", chunk.numpy().tolist(), options.length)
            for name, value in seconds.items() if number else ():
                rates.setdefault(name, []).append(rows / value)
        table(f"beam-{BEAMS} decoding, batches of {rows}, sentences a second", rates)


if __name__ == "__main__":
    main()
