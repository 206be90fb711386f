"""Training throughput of length buckets against padding every text to the longest.

    python benchmarks/bucketing.py [TABLE OR FOLDER]

One network, one process; passes over the training split alternate between the two ways of making
batches of the same size, and the ratio is taken pair by pair. Without an argument: the embedded
sample, whose texts differ little in length.
"""

import os
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from seqtasks.startup import start_quietly

PAIRS = 3


def main() -> None:
    start_quietly()
    import keras
    import tensorflow as tf

    from seqtasks.data import labelled_texts, length_batches, open_splits
    from seqtasks.pipelines.options import with_options
    from seqtasks.tasks import find
    from seqtasks.text import padded

    source = sys.argv[1] if len(sys.argv) > 1 else "sample"
    task = find("sentiment")
    config = with_options(task.config, {"data": source}, task.name)
    setup = task.pipeline.build(config, task.corpus(config))
    rows = list(open_splits(source, labelled_texts(), sample=task.sample()).train)
    tokenizer, batch_size = setup.tokenizers["text"], config.training.batch_size
    labels = sorted({label for _, label in rows})

    def encode(texts: tf.Tensor, names: tf.Tensor) -> tuple[tf.RaggedTensor, tf.Tensor]:
        numbers = tf.argmax(names[:, None] == tf.constant(labels)[None], axis=1)
        return tokenizer(texts), tf.cast(numbers, tf.int32)

    everything = length_batches(rows, encode, batch_size=len(rows), pool_batches=1)
    ids, targets = next(iter(everything))
    longest = padded(tf.RaggedTensor.from_tensor(ids, padding=0))  # to the longest text, no more
    ways = {
        "padded to the longest": tf.data.Dataset.from_tensor_slices((longest, targets))
        .shuffle(len(rows), seed=0)
        .batch(batch_size)
        .prefetch(4),
        "length buckets": length_batches(
            rows, encode, batch_size=batch_size, shuffle_seed=lambda: 0
        ),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(PAIRS + 1):  # the first pair warms up
        for name, dataset in ways.items():
            started = time.perf_counter()
            setup.model.fit(dataset, verbose=0, shuffle=False)
            seconds[name].append(time.perf_counter() - started)
    words = int(tf.reduce_sum(tf.cast(longest > 0, tf.int32)))
    print(
        f"{source}: {len(rows):,} texts of {words / len(rows):.1f} tokens on average, the longest "
        f"{longest.shape[1]}; keras {keras.__version__}, {os.cpu_count()} processors"
    )
    for name, values in seconds.items():
        print(f"{name:>22}: {len(rows) / statistics.median(values[1:]):8,.0f} texts/s (median)")
    slow, fast = (values[1:] for values in seconds.values())
    ratios = sorted(a / b for a, b in zip(slow, fast, strict=True))
    print(f"length buckets are {statistics.median(ratios):.2f}x as fast", end=" ")
    print(f"({PAIRS} alternating passes, {ratios[0]:.2f} to {ratios[-1]:.2f})")


if __name__ == "__main__":
    main()
