"""A BiLSTM-CRF in PyTorch with the inputs of our tagger, timed on orders from standard input.

Word, ten affixes, shape and characters of each token are looked up in Python, once for each
distinct word; a character CNN, a bidirectional LSTM, a linear layer; Viterbi over whole batches.
"""

import functools
import json
import re
import sys
import time
import zlib

import torch
from torch import nn

WORDS, AFFIXES, SHAPES, LETTERS, LENGTH = 16_000, 10_000, 1000, 200, 20


class Tagger(nn.Module):
    """Features [batch, time, columns] -> tags [batch, time]."""

    def __init__(self, tags, word_size, filters, units):
        super().__init__()
        self.words = nn.Embedding(WORDS, word_size, padding_idx=0)
        self.affixes = nn.Embedding(AFFIXES, word_size)
        self.shapes = nn.Embedding(SHAPES, 16)
        self.letters = nn.Embedding(LETTERS, 24, padding_idx=0)
        self.spell = nn.Conv1d(24, filters, 3, padding=2)
        self.lstm = nn.LSTM(word_size + 16 + filters, units, batch_first=True, bidirectional=True)
        self.emit = nn.Linear(2 * units, tags)
        self.between = nn.Parameter(torch.randn(tags, tags))

    def forward(self, features, lengths):
        """The best tags; what stands after a sentence's length does not count."""
        words, shapes, affixes = features[..., 0], features[..., 1], features[..., 2:12]
        letters = features[..., 12:]
        batch, time_steps, places = letters.shape
        spelled = self.letters(letters.reshape(-1, places)).transpose(1, 2)
        spelled = torch.relu(self.spell(spelled)).amax(2).view(batch, time_steps, -1)
        x = self.words(words) + self.affixes(affixes).sum(2)
        x = torch.cat([x, self.shapes(shapes), spelled], -1)
        packed = nn.utils.rnn.pack_padded_sequence(
            x, lengths, batch_first=True, enforce_sorted=False
        )
        h, _ = nn.utils.rnn.pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        return self.viterbi(self.emit(h), lengths)

    def viterbi(self, emissions, lengths):
        """The best path of each row."""
        scores, pointers = emissions[:, 0], []
        still = torch.arange(emissions.shape[1])[None] < lengths[:, None]
        for t in range(1, emissions.shape[1]):
            best, before = (scores[:, :, None] + self.between).max(1)
            real = still[:, t, None]
            scores = torch.where(real, best + emissions[:, t], scores)
            pointers.append(torch.where(real, before, torch.arange(before.shape[1])))
        tag = scores.argmax(1)
        path = [tag]
        for before in reversed(pointers):
            tag = before.gather(1, tag[:, None])[:, 0]
            path.append(tag)
        return torch.stack(path[::-1], 1)


def bucket(text, size):
    return 1 + zlib.crc32(text.encode()) % (size - 1)


@functools.cache
def look_up(token):
    lower = token.lower()
    affixes = [lower[:n] for n in (1, 2, 3, 4)] + [lower[-n:] for n in (1, 2, 3, 4)]
    affixes += [re.split("[_-]", lower)[0], re.split("[_-]", lower)[-1]]
    shape = re.sub(r"\d", "d", re.sub("[a-z]", "x", re.sub("[A-Z]", "X", token)))[:10]
    letters = [bucket(letter, LETTERS) for letter in token[:LENGTH]]
    return [
        bucket(re.sub(r"\d", "0", lower), WORDS),
        bucket(shape, SHAPES),
        *(bucket(f"{n}{affix}", AFFIXES) for n, affix in enumerate(affixes)),
        *letters,
        *[0] * (LENGTH - len(letters)),
    ]


def one_pass(model, batches, names):
    started = time.perf_counter()
    for batch in batches:
        tokens = [sentence.split(" ") for sentence in batch]
        longest = max(map(len, tokens))
        padding = [0] * (12 + LENGTH)
        rows = [[*map(look_up, row), *[padding] * (longest - len(row))] for row in tokens]
        lengths = torch.tensor([len(row) for row in tokens])
        path = model(torch.tensor(rows), lengths).tolist()
        [[names[tag] for tag in tags[: len(row)]] for tags, row in zip(path, tokens, strict=True)]
    return time.perf_counter() - started


def main():
    size = json.loads(sys.argv[1])
    torch.manual_seed(0)
    model = Tagger(**size).eval()
    names = [f"tag{n}" for n in range(size["tags"])]
    batches = []
    for line in sys.stdin:
        [order] = json.loads(line)
        batches = order if isinstance(order, list) else batches
        with torch.inference_mode():
            print(json.dumps(one_pass(model, batches, names)), flush=True)


if __name__ == "__main__":
    main()
