"""Times the exported tagger beside a PyTorch BiLSTM-CRF of the same size, from strings to tags.

    python benchmarks/tagging.py RUN CORPUS [--torch PYTHON] [--rounds 5] [--batch 64]

RUN is a folder of `train.py pos` or `ner`, CORPUS a file or folder whose test split is tagged,
`--torch` a Python that has torch, where this one has not. Both get sentences of joined tokens in
batches, in the order of the file, and give tags; one pass over the test split each in turn, medians
of the sentences a second. The rival (`tagging_rival.py`) looks features up in Python, each distinct
word once and for all; it has neither the linear member nor the probabilities that ours has.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

from rival import Rival

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("corpus")
    parser.add_argument("--torch", default=sys.executable)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch", type=int, default=64)
    options = parser.parse_args()

    from seqtasks.startup import start_quietly

    start_quietly()
    import tensorflow as tf

    import seqtasks
    from seqtasks.data import open_splits, tagged_sentences

    rows = list(open_splits(options.corpus, tagged_sentences(), sample={}).test)
    sentences = [tokens for tokens, _ in rows]
    batches = [sentences[n : n + options.batch] for n in range(0, len(rows), options.batch)]
    run = seqtasks.load(options.run)
    tag = run.predictor.signatures["tokens"]

    def ours():
        started = time.perf_counter()
        for batch in batches:
            tag(text=tf.constant(batch))["tags"].numpy()
        return time.perf_counter() - started

    size = {
        "tags": len({tag for _, tags in rows for tag in tags.split(" ")}),
        **{name: run.config[name] for name in ("word_size", "filters", "units")},
    }
    command = [options.torch, str(HERE / "tagging_rival.py"), json.dumps(size)]
    rival = Rival("torch", command, PYTHONHASHSEED="0")
    rival.ask(batches)
    ours()
    seconds = {"seqtasks": [], "torch": []}
    for _ in range(options.rounds):
        seconds["seqtasks"].append(ours())
        seconds["torch"].append(rival.ask("again"))
    rival.end()
    rates = {
        name: [len(sentences) / second for second in passes] for name, passes in seconds.items()
    }
    for name, values in rates.items():
        middle = statistics.median(values)
        print(f"{name:10}{middle:10,.0f} sentences/s  ({min(values):,.0f} to {max(values):,.0f})")
    ratio = statistics.median(rates["seqtasks"]) / statistics.median(rates["torch"])
    print(f"seqtasks / torch: {ratio:.2f}")


if __name__ == "__main__":
    main()
