"""Problems of memory: the answer follows from the token at the stated distance, and only there."""

import random

import numpy as np
import pytest

from seqtasks.lab.problems.agreement_sentences import FORMS
from seqtasks.lab.problems.memory_problems import CLASSES, IDS, PADDING, PROBLEMS, VOCABULARY

WORDS = {number: word for word, number in IDS.items()}
LONGEST = 16


def tokens_of(row):
    return [WORDS[number] for number in row if number != PADDING]


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda p: p.title)
def test_distance_is_that_from_the_deciding_token_to_the_answer(problem):
    """At each distance the token there decides, and at no other place one token does so alone."""
    for fillers in problem.fillers(LONGEST):
        distance = problem.distance(fillers)
        ids, classes = problem.draw(random.Random(1), 300, LONGEST, fillers)
        assert ids.shape == (300, LONGEST + 1) and distance <= LONGEST
        decisive = []
        for place in range(LONGEST + 1):
            seen = {}
            for number, label in zip(ids[:, place], classes, strict=True):
                seen.setdefault(int(number), set()).add(int(label))
            if len(seen) > 1 and all(len(labels) == 1 for labels in seen.values()):
                decisive.append(LONGEST + 1 - place)
        if problem.name != "adding":  # where two tokens decide together
            assert decisive == [distance], fillers
    assert max(map(problem.distance, problem.fillers(LONGEST))) > LONGEST - problem.unit


def test_sums_letters_and_brackets_are_right():
    adding, copying, brackets = PROBLEMS[:3]
    for row, label in zip(*adding.draw(random.Random(0), 200, 9), strict=True):
        marked = [token for token in tokens_of(row) if token.endswith("*")]
        assert len(marked) == 2 and sum(int(token[0]) for token in marked) == label
        assert tokens_of(row)[0] == marked[0]
    for row, label in zip(*copying.draw(random.Random(0), 200, 9), strict=True):
        assert "ABCDEFGH"[label] == tokens_of(row)[0] and set(tokens_of(row)[1:]) <= {"_", "?"}
    pairs = {")": "(", "]": "[", "}": "{"}
    for row, label in zip(*brackets.draw(random.Random(0), 200, 9), strict=True):
        stack = []
        for token in tokens_of(row):
            if token in pairs:
                assert stack.pop() == pairs[token]
            else:
                stack.append(token)
        assert stack == ["([{"[label]]


def test_ids_and_classes_fit_the_one_network():
    assert max(IDS.values()) < VOCABULARY and len(set(IDS.values())) == len(IDS)
    assert max(problem.classes for problem in PROBLEMS) == CLASSES


@pytest.mark.parametrize("form", FORMS, ids=lambda f: f"{f.name} {f.language}")
def test_nouns_in_between_tell_nothing(form):
    """Both heads follow a filler equally often, whatever the answer."""
    rng, counts = random.Random(0), np.zeros((2, 2))
    for _ in range(2000):
        tokens, answer = form.example(rng, 1)
        text = " ".join(tokens).partition(f" {form.filler} ")[2]
        starts = [tuple(f"{head} " for head in heads) for heads in form.heads]
        between = next(n for n, heads in enumerate(starts) if f"{text} ".startswith(heads))
        counts[answer, between] += 1
    np.testing.assert_allclose(counts / 2000, 0.25, atol=0.05)
