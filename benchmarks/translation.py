"""Times training and beam-5 decoding of the translation networks, side by side in one process.

    python benchmarks/translation.py --data ../shared/data/multi30k --source de --target en

Sizes are those of the JoeyNMT run that the project compares itself with (256-wide embeddings, a
2 x 256 bidirectional LSTM, a 512 LSTM, 8,000 joint subwords, batches of 128 pairs): its network
(additive attention with input feeding, one decoder layer), and attention after one layer or between
two. Steps alternate; medians after warm-up, in target tokens a second without padding. Decoding is
that of the networks as the timed steps have left them, so the lengths of translations may differ.
"""

import argparse
import statistics
import time

import keras
import tensorflow as tf

from seqtasks.data import length_batches, open_pairs
from seqtasks.losses import SmoothedCrossentropy
from seqtasks.models import Seq2Seq
from seqtasks.predictors import Translator
from seqtasks.text import SubwordTokenizer, teacher_forced, with_end

NETWORKS = {
    "input feeding": {"input_feeding": True, "attention": "additive"},
    "attention between layers": {"attention": "bilinear", "decoder_layers": 2},
    "attention after one layer": {"attention": "bilinear", "decoder_layers": 1},
}


def make(tokenizer, options, jit):
    size = len(tokenizer.vocabulary)
    model = Seq2Seq(size, size, shared=True, embedding_size=256, units=512, **options)
    model.build()
    loss = SmoothedCrossentropy(0.1, reduction="mean_with_sample_weight")
    model.compile(keras.optimizers.Adam(1e-3, global_clipnorm=1.0), loss, jit_compile=jit)
    return model


def timed(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def training(models, batches, rounds):
    print("\ntraining, target tokens a second")
    for model in models.values():  # warm-up: compiles each shape
        for inputs, targets, weights in batches:
            model.train_on_batch(inputs, targets, weights)
    rates = {name: [] for name in models}
    for _ in range(rounds):
        for inputs, targets, weights in batches:
            tokens = float(tf.reduce_sum(weights))
            for name, model in models.items():
                seconds = timed(model.train_on_batch, inputs, targets, weights)
                rates[name].append(tokens / seconds)
    for name, values in rates.items():
        print(f"{name:28}{statistics.median(values):10,.0f}")


def decoding(models, tokenizer, texts, rounds):
    print("\nbeam-5 decoding, sentences a second")
    for size in (1, 32):
        rates = {name: [] for name in models}
        predictors = {
            name: Translator(tokenizer, tokenizer, model, beams=5, n_best=1)
            for name, model in models.items()
        }
        for n in range(rounds + 1):
            chunk = tf.constant(texts[n * size : (n + 1) * size])
            for name, predictor in predictors.items():
                rates[name].append(size / timed(predictor.serve, chunk))
        for name, values in rates.items():
            print(f"batch {size:<3}{name:28}{statistics.median(values[1:]):10.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--source", default="de")
    parser.add_argument("--target", default="en")
    parser.add_argument("--batches", type=int, default=10, help="different batches timed")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--vocabulary-size", type=int, default=8000)
    parser.add_argument("--no-jit", action="store_true")
    options = parser.parse_args()
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
    batches = [teacher_forced(*batch) for batch in data.take(options.batches)]
    models = {name: make(tokenizer, o, not options.no_jit) for name, o in NETWORKS.items()}
    training(models, batches, options.rounds)
    texts = [row[0] for row in splits.test]
    decoding(models, tokenizer, texts, options.rounds)


if __name__ == "__main__":
    main()
