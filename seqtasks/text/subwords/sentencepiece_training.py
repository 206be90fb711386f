"""Learns subword pieces with SentencePiece, from counts of words."""

from __future__ import annotations

import io
import tempfile
import unicodedata
from collections import Counter
from pathlib import Path

from seqtasks.errors import InputError

LONGEST_PIECE = 16  # characters; what SentencePiece allows
MAX_CANDIDATES = 1_000_000
MOST_WORDS = 300_000  # pieces are learned from the most frequent ones


def learn_pieces(counts: Counter[bytes], max_size: int, kind: str) -> list[tuple[str, float]]:
    """Pieces and their log-probabilities, in SentencePiece's order.

    Control characters (line ends among them) are pieces of their own, the last ones.

    Args:
        counts: of words, in UTF-8; a control character is a word of its own, with the blank
            before it.
        max_size: most pieces; fewer where the words do not have as many.
        kind: "unigram" or "bpe".

    Raises:
        InputError: fewer pieces wanted than there are different characters.
    """
    characters = {c for word in counts for c in word.decode()}
    if max_size < len(characters):
        raise InputError(
            f"a vocabulary of {max_size} subwords: expected at least {len(characters)}, one for "
            "each character of the training texts. Ask for more, or take the word tokenizer."
        )
    # SentencePiece reads words line by line, and some of these would end a line.
    alone = sorted(c for c in characters if unicodedata.category(c) in ("Cc", "Zl", "Zp"))
    words = Counter({w: n for w, n in counts.items() if w.decode()[-1] not in alone})
    if alone and "▁" in characters:  # there may be blanks before line ends only
        words["▁".encode()] += 1
    if len(words) > MOST_WORDS:  # SentencePiece would take minutes
        words = Counter(dict(words.most_common(MOST_WORDS)))
        known = {c for word in words for c in word.decode()}
        words.update(c.encode() for c in sorted(characters.difference(known, alone)))
    pieces = _learned(words, max_size - len(alone), kind) if words else []
    lowest = min((score for _, score in pieces), default=0.0)
    return pieces + [(piece, lowest - n) for n, piece in enumerate(alone, start=1)]


def _learned(counts: Counter[bytes], max_size: int, kind: str) -> list[tuple[str, float]]:
    """What SentencePiece learns."""
    import sentencepiece

    model = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:
        path, seeds = Path(folder) / "words.tsv", Path(folder) / "seeds.tsv"
        with path.open("wb") as file:
            for word, count in sorted(counts.items()):
                file.write(word + b"\t%d\n" % count)
        options = {}
        if kind == "unigram":
            lines = (f"{piece}\t{count}\n" for piece, count in candidates(counts))
            seeds.write_text("".join(lines), "utf-8")
            options["seed_sentencepieces_file"] = str(seeds)
        sentencepiece.SentencePieceTrainer.train(
            **options,
            input=str(path),
            input_format="tsv",
            model_writer=model,
            model_type=kind,
            vocab_size=max_size + 1,  # its unknown piece counts
            hard_vocab_limit=False,
            character_coverage=1.0,
            normalization_rule_name="identity",
            add_dummy_prefix=False,
            allow_whitespace_only_pieces=True,
            remove_extra_whitespaces=False,
            split_by_unicode_script=False,
            split_by_number=False,
            bos_id=-1,
            eos_id=-1,
            num_threads=1,
            minloglevel=2,
        )
    learned = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    return [(learned.id_to_piece(n), learned.get_score(n)) for n in range(1, len(learned))]


def candidates(counts: Counter[bytes], limit: int = MAX_CANDIDATES) -> list[tuple[str, int]]:
    """Initial pieces of a unigram model, with how often each occurs in the words.

    SentencePiece's own way, which looks for repeated strings in a text, finds none that is always
    followed by the same thing: in a list of words, no whole word, however frequent.

    Args:
        counts: of words.
        limit: look at rarer words only until so many pieces are known.

    Returns:
        Each character, then the longer pieces that occur twice or more.
    """
    characters: Counter[str] = Counter()
    longer: Counter[str] = Counter()
    for word, count in counts.most_common():
        text = word.decode()
        for start in range(len(text)):
            characters[text[start]] += count
            for end in range(start + 2, min(len(text), start + LONGEST_PIECE) + 1):
                if len(longer) >= limit:
                    break
                longer[text[start:end]] += count
    repeated = ((piece, count) for piece, count in longer.items() if count > 1)
    return [*characters.items(), *repeated]
