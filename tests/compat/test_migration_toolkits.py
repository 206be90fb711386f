"""Every row of `docs/migration.md` on other toolkits runs, commands too, in the order of the page.

The corpora are small, and so are the networks: options that make a command quick are added to it.
"""

import migration_page
import numpy as np
import pytest
from toolkit_checks import CHECKS

TAGGER = ["--members", "recurrent", "--units", "8", "--epochs", "1", "--no-report"]
SMALL = {
    "seqtasks train translation": "--epochs 1 --units 8 --embedding-size 8 --tokenizer word "
    "--batch-size 16 --jit off --no-report".split(),
    "seqtasks train generation": "--epochs 1 --units 16 --batch-size 4 --no-report".split(),
    "seqtasks train ner": TAGGER,
}


@pytest.fixture
def corpora(tmp_path, monkeypatch):
    """The folders and files that the page names, in the working directory."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    german = {"rot": "red", "groß": "big", "haus": "house", "hund": "dog", "und": "and"}
    (tmp_path / "corpus").mkdir()
    (tmp_path / "names").mkdir()
    for split, size in (("train", 64), ("val", 16), ("test", 16)):
        lines = [" ".join(rng.choice(list(german), size=rng.integers(2, 6))) for _ in range(size)]
        other = [" ".join(german[word] for word in line.split()) for line in lines]
        for language, texts in (("de", lines), ("en", other)):
            path = tmp_path / "corpus" / f"{split}.{language}"
            path.write_text("\n".join(texts) + "\n", "utf-8")
        columns = (PEOPLE, VERBS, PLACES)
        words = zip(*(rng.choice(column, size=size) for column in columns), strict=True)
        tagged = [f"{who} B-PER\n{verb} O\n{place} B-LOC\n" for who, verb, place in words]
        name = {"val": "valid"}.get(split, split)
        (tmp_path / "names" / f"{name}.txt").write_text("\n".join(tagged), "utf-8")
    (tmp_path / "book.txt").write_text("to be or not to be, that is the question. " * 200, "utf-8")
    rows = [f"a {word} film number {n}\t{label}" for n in range(20) for word, label in OPINIONS]
    (tmp_path / "reviews.tsv").write_text("\n".join(["text\tlabel", *rows]), "utf-8")
    (tmp_path / "vectors.txt").write_text("Anna 1 0 1\nIvan 1 0 2\nsaw 0 1 0\n", "utf-8")


PEOPLE = ("Anna", "Bình", "Chi", "Dũng", "Emma", "Frank", "Giang", "Hoa", "Ivan", "Jana")
VERBS, PLACES = ("saw", "left", "knows"), ("Huế", "Paris", "Rome", "Vinh")
OPINIONS = (("fine", "good"), ("dull", "bad"))


@pytest.mark.slow
@pytest.mark.parametrize("title", CHECKS)
@pytest.mark.filterwarnings("ignore:.*ran out of data.*:UserWarning")
def test_the_rows_run_in_order(title, corpora):
    namespace, failed = None, {}
    for row in migration_page.rows(title):
        check = CHECKS[title][row.name]
        if check is None:
            continue
        try:
            found, namespace = migration_page.values(row, namespace, SMALL)
            check(found, namespace)
        except (Exception, SystemExit) as error:  # all rows are tried, and named
            failed[row.name] = f"{type(error).__name__}: {error}"
            if namespace is None:
                raise
    assert not failed


@pytest.mark.parametrize("title", CHECKS)
def test_rows_and_checks_are_the_same(title):
    rows = migration_page.rows(title)
    names = [row.name for row in rows]
    assert len(set(names)) == len(names) and set(names) == set(CHECKS[title])
    for row in rows:
        without = CHECKS[title][row.name] is None
        assert (row.text == "no counterpart" and bool(row.note)) == without
        assert without or row.now, row.name
