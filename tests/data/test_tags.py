"""Tags made ready: schemes found and rewritten, mistakes counted or named with their line."""

import itertools

import pytest

from seqtasks.data import Splits, Stream, in_pieces, plain_tags, replace_mentions, span_tags
from seqtasks.errors import InputError
from seqtasks.text import bio


def stream(name, rows):
    rows = [(" ".join(f"w{n}" for n in range(len(tags.split()))), tags) for tags in rows]
    return Stream(name, lambda: ((10 * n, row) for n, row in enumerate(rows, start=1)))


def splits(train, validation=("O",), test=("O",)):
    named = {"train.txt": train, "dev.txt": validation, "test.txt": test}
    return Splits(*(stream(name, rows) for name, rows in named.items()), notes=("given",))


def tags_of(rows):
    return [tags for _, tags in rows]


@pytest.mark.parametrize(
    ("scheme", "train"),
    [
        ("IOB1", ["I-PER I-PER B-PER O I-LOC", "O I-LOC I-PER"]),
        ("BIO", ["B-PER I-PER B-PER O B-LOC", "O B-LOC B-PER"]),
        ("BIOES", ["B-PER E-PER S-PER O S-LOC", "O S-LOC S-PER"]),
    ],
)
def test_every_scheme_becomes_the_same(scheme, train):
    corpus = span_tags(splits(train, validation=train[1:]))
    assert tags_of(corpus.splits.train) == ["B-PER E-PER S-PER O S-LOC", "O S-LOC S-PER"]
    assert tags_of(corpus.splits.validation) == ["O S-LOC S-PER"]
    assert corpus.tags == sorted(["O", *(f"{p}-{t}" for p in "BIES" for t in ("PER", "LOC"))])
    assert corpus.scheme == "bioes"
    assert corpus.splits.notes[:2] == ("given", f"tags are read as {scheme}, learned as BIOES")
    assert len(corpus.splits.notes) == 2


def test_an_inside_without_its_begin_is_read_and_counted():
    corpus = span_tags(splits(["B-A I-A O B-B", "B-B O O", "O I-A O"], test=["I-B I-B O I-A B-C"]))
    assert tags_of(corpus.splits.train)[-1] == "O S-A O"
    assert tags_of(corpus.splits.test) == ["B-B E-B O S-A S-C"]
    assert corpus.splits.notes[2:] == (
        "train: 1 tags break the scheme; read as conlleval reads them",
        "test: 2 tags break the scheme; read as conlleval reads them",
        "test: 1 tokens have tags that training lacks (S-C; first at test.txt, line 10): "
        "they count as mistakes",
    )


@pytest.mark.parametrize(
    ("corpus", "message"),
    [
        (splits(["B-A O", "O X-A"]), r"train.txt, line 20 \(token 2 from there, 'w1'\).*'X-A'"),
        (splits(["NOUN VERB"]), "train.txt, line 10 .*'NOUN'.*--layer.*`train.py pos`"),
        (splits(["B-A"], test=["O", "B-A Q"]), r"test.txt, line 20 \(token 2 .*'Q'"),
        (splits(["O O", "O"]), "train.txt: all tags are O. Expected some spans"),
    ],
)
def test_tags_of_no_scheme_are_named_with_their_line(corpus, message):
    with pytest.raises(InputError, match=message):
        span_tags(corpus)


def test_plain_tags_stay_and_unknown_ones_are_counted():
    corpus = plain_tags(splits(["N V", "N"], validation=["N X Y X", "Z"]))
    assert corpus.tags == ["N", "V"]
    assert corpus.scheme is None
    assert tags_of(corpus.splits.validation) == ["N X Y X", "Z"]
    assert corpus.splits.notes[1].startswith(
        "validation: 4 tokens have tags that training lacks (X, Y, Z; first at dev.txt, line 10)"
    )


@pytest.mark.parametrize("train", [["N N"], [f"tag{n}" for n in range(1001)]])
def test_too_few_or_too_many_tags(train):
    with pytest.raises(InputError, match=r"train.txt: expected 2 to 1000 different tags, found"):
        plain_tags(splits(train))


def test_long_sentences_in_pieces():
    rows = in_pieces(stream("s", ["a b c d e f g", "h i"]), 3)
    assert list(rows) == [
        ("w0 w1 w2", "a b c"),
        ("w3 w4 w5", "d e f"),
        ("w6", "g"),
        ("w0 w1", "h i"),
    ]
    assert [line for line, _ in rows.read()] == [10, 10, 10, 20]


def test_replaced_mentions_keep_their_types_and_all_other_words():
    rows = [
        ("Ann Lee lives in New York now", "B-PER E-PER O O B-LOC E-LOC O"),
        ("Bob saw Oslo", "S-PER O S-LOC"),
        ("nobody here", "O O"),
    ]
    known = {"PER": {"Ann Lee", "Bob"}, "LOC": {"New York", "Oslo"}}
    numbers = itertools.count()
    source = Stream("there", lambda: iter(enumerate(rows, 1)))
    replaced = replace_mentions(source, "bioes", 0.5, lambda: next(numbers))
    seen = set()
    for _ in range(200):
        for (tokens, tags), (old_tokens, old_tags) in zip(replaced, rows, strict=True):
            words, old_words = tokens.split(" "), old_tokens.split(" ")
            spans = bio.spans_of(tags.split(" "), "bioes")
            old_spans = bio.spans_of(old_tags.split(" "), "bioes")
            assert [span.type for span in spans] == [span.type for span in old_spans]
            for kind, start, end in spans:
                assert " ".join(words[start:end]) in known[kind]
            outside = [w for w, t in zip(words, tags.split(" "), strict=True) if t == "O"]
            old_tags = old_tags.split(" ")
            assert outside == [w for w, t in zip(old_words, old_tags, strict=True) if t == "O"]
            seen.add(tokens)
    assert {"Bob lives in Oslo now", "Ann Lee saw New York", "Bob saw Oslo"} <= seen


def test_without_replacement_the_stream_is_the_same():
    source = stream("train.txt", ["S-PER"])
    assert replace_mentions(source, "bioes", 0.0, lambda: 0) is source


def columned(tags):
    """Each word with its own values of two columns."""
    words = [f"w{n}" for n in range(len(tags.split()))]
    return (
        " ".join(words),
        tags,
        " ".join(f"p{w}" for w in words),
        " ".join(f"q{w}" for w in words),
    )


def test_columns_stay_with_their_words_and_mentions_bring_their_own():
    rows = [columned("B-PER I-PER O O O"), columned("O O O B-PER B-LOC"), columned("O")]
    source = Stream("there", lambda: iter(enumerate(rows, 1)))
    corpus = span_tags(Splits(source, source, source))
    assert [row[2:] for row in corpus.splits.train] == [row[2:] for row in rows]
    assert [row[2:] for row in corpus.references.train] == [row[2:] for row in rows]
    numbers, seen = itertools.count(), set()
    replaced = replace_mentions(corpus.splits.train, "bioes", 0.5, lambda: next(numbers))
    for _ in range(50):
        for tokens, tags, first, second in replaced:
            words = tokens.split(" ")
            assert first.split(" ") == [f"p{word}" for word in words]
            assert second.split(" ") == [f"q{word}" for word in words]
            assert len(tags.split(" ")) == len(words)
            seen.add(len(words))
    assert seen == {1, 4, 5, 6}  # "w0 w1" and "w3" stand for each other
    pieces = [*in_pieces(source, 2)]
    assert pieces[2] == ("w4", "O", "pw4", "qw4")
