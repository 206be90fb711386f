"""The lemma sample: aligned, disjoint, the same everywhere, with forms that training lacks."""

import hashlib
import os
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from seqtasks.data.samples import inflection, lemmas

PRINT_CHECKSUM = """
import hashlib
from seqtasks.data.samples import lemmas
rows = {split: list(stream) for split, stream in lemmas.streams().items()}
print(hashlib.sha256(repr(rows).encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def rows():
    return {split: list(stream) for split, stream in lemmas.streams().items()}


def pairs(split_rows):
    for forms, lemma_row in split_rows:
        yield from zip(forms.split(" "), lemma_row.split(" "), strict=True)


def test_every_token_has_a_lemma(rows):
    assert {split: len(split_rows) for split, split_rows in rows.items()} == lemmas.SIZES
    for split_rows in rows.values():
        for form, lemma in pairs(split_rows):
            assert form
            assert lemma
            assert not set("{}:/") & set(form + lemma)


def test_no_sentence_stands_in_two_splits(rows):
    counts = Counter(forms for split_rows in rows.values() for forms, _ in split_rows)
    assert max(counts.values()) == 1


def test_a_fifth_of_the_held_out_tokens_is_unknown_and_not_their_own_lemma_at_times(rows):
    known = {form for form, _ in pairs(rows["train"])}
    for split in ("validation", "test"):
        unknown = [pair for pair in pairs(rows[split]) if pair[0] not in known]
        assert 0.1 < len(unknown) / len(list(pairs(rows[split]))) < 0.3
        assert 0.15 < sum(form.lower() != lemma.lower() for form, lemma in unknown) / len(unknown)


def test_the_neighbours_decide_between_two_lemmas(rows):
    found = defaultdict(set)
    for form, lemma in pairs(rows["train"]):
        found[form].add(lemma)
    assert found["saw"] == {"saw", "see"}
    assert found["left"] == {"left", "leave"}
    assert found["painting"] == {"painting", "paint"}


def test_case_is_lost_at_sentence_starts_and_kept_in_names(rows):
    found = set(pairs(rows["train"]))
    assert {("The", "the"), ("They", "they"), ("Paris", "Paris"), ("NATO", "NATO")} <= found
    assert {("Hôm_nay", "hôm_nay"), ("Đồng_Hới", "Đồng_Hới"), ("I", "I"), ("an", "a")} <= found
    assert not [lemma for form, lemma in found if form == "Athens" and lemma != "Athens"]


@pytest.mark.parametrize(
    ("rule", "forms"),
    [
        (inflection.plural, "city/cities boy/boys box/boxes church/churches hero/heroes zoo/zoos"),
        (
            inflection.past,
            "plan/planned carry/carried bake/baked play/played open/opened fix/fixed",
        ),
        (inflection.past, "stay/stayed show/showed scrub/scrubbed clean/cleaned tie/tied"),
        (inflection.progressive, "tie/tying bake/baking dye/dyeing plan/planning see/seeing"),
        (inflection.progressive, "carry/carrying mix/mixing deliver/delivering"),
        (inflection.comparative, "dry/drier big/bigger wide/wider slow/slower clean/cleaner"),
        (inflection.superlative, "dry/driest big/biggest wide/widest slow/slowest grey/greyest"),
    ],
)
def test_english_spelling(rule, forms):
    for pair in forms.split(" "):
        word, form = pair.split("/")
        assert rule(word) == form


@pytest.mark.slow
def test_another_process_has_the_same_rows(rows):
    answer = subprocess.run(
        [sys.executable, "-c", PRINT_CHECKSUM],
        cwd=Path(__file__).parents[3],
        env={**os.environ, "PYTHONHASHSEED": "4321", "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == hashlib.sha256(repr(rows).encode()).hexdigest()
