"""JoeyNMT's recurrent network, driven by orders from standard input: see `translation.py`.

Runs in an environment of its own: joeynmt 2.3.0, torch 2.13.0, importlib_metadata,
sentencepiece < 0.2.1. The argument is a JSON object (`vocabulary`, `dropout`); each line of input
is a JSON list, ["train", source ids, target ids] or ["decode", source ids, length]; each answer is
a line with the seconds it took. Ids are padded with 0; 1 is unknown, 2 starts and 3 ends a text.
"""

import json
import sys
import time
from types import SimpleNamespace

import torch
from joeynmt.batch import Batch
from joeynmt.builders import build_gradient_clipper, build_optimizer
from joeynmt.model import build_model
from joeynmt.search import search
from joeynmt.vocabulary import Vocabulary

SPECIALS = {"unk_token": "<unk>", "pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>"}
IDS = {"unk_id": 0, "pad_id": 1, "bos_id": 2, "eos_id": 3, "sep_id": None, "sep_token": None}


def make(vocabulary, dropout):
    """The network of the comparison: one bidirectional and one forward LSTM, input feeding."""
    special = SimpleNamespace(**SPECIALS, **IDS, lang_tags=[])
    known = Vocabulary([f"token{n}" for n in range(vocabulary - 4)], special)
    embeddings = {"embedding_dim": 256, "dropout": dropout}
    recurrent = {"type": "recurrent", "rnn_type": "lstm", "num_layers": 1, "dropout": dropout}
    encoder = {**recurrent, "embeddings": embeddings, "hidden_size": 256, "bidirectional": True}
    decoder = {
        **recurrent,
        "embeddings": embeddings,
        "hidden_size": 512,
        "hidden_dropout": dropout,
        "attention": "bahdanau",
        "input_feeding": True,
        "init_hidden": "bridge",
    }
    model = build_model(
        {"encoder": encoder, "decoder": decoder, "tied_embeddings": True}, known, known
    )
    model.loss_function = "crossentropy", 0.1
    return model


def theirs(rows):
    """Ids with their padding, 1, and their unknown one, 0."""
    ids = torch.tensor(rows)
    return torch.where(ids == 0, 1, torch.where(ids == 1, 0, ids))


def batch_of(source, target, training):
    source = theirs(source)
    return Batch(
        src=source,
        src_length=(source != 1).sum(1),
        src_prompt_mask=None,
        trg=None if target is None else theirs(target),
        trg_prompt_mask=None,
        indices=torch.arange(len(source)),
        device=torch.device("cpu"),
        pad_index=1,
        eos_index=3,
        is_train=training,
    )


def main():
    torch.manual_seed(0)
    model = make(**json.loads(sys.argv[1]))
    optimizer = build_optimizer({"optimizer": "adam", "learning_rate": 1e-3}, model.parameters())
    clip = build_gradient_clipper({"clip_grad_norm": 1.0, "clip_grad_val": None})

    def train(source, target):
        model.train()
        batch = batch_of(source, target, True)
        batch.sort_by_src_length()
        loss, *_ = model(return_type="loss", **vars(batch))
        batch.normalize(loss, "tokens").backward()
        clip(parameters=model.parameters())
        optimizer.step()
        optimizer.zero_grad()

    def decode(source, length):
        model.eval()
        batch = batch_of(source, None, False)
        batch.sort_by_src_length()
        found, *_ = search(model, batch, length, 5, 1.0, min_output_length=length)
        if found.shape[1] != length:
            raise RuntimeError(f"expected hypotheses of {length} ids, got {found.shape}")

    for line in sys.stdin:
        order, *given = json.loads(line)
        started = time.perf_counter()
        {"train": train, "decode": decode}[order](*given)
        print(json.dumps(time.perf_counter() - started), flush=True)


if __name__ == "__main__":
    main()
