"""Sentence pairs from files that lie line by line, tables, the sample, and what cannot be read."""

import gzip
import re

import pytest
import tensorflow as tf

from seqtasks.data import Stream, open_pairs
from seqtasks.data.samples import translation as sample
from seqtasks.errors import InputError

DE = ["Ein Haus.", "Zwei Hunde.", "", "Drei Katzen.", "Vier."]
EN = ["A house.", "Two dogs.", "Nothing.", "  ", "Four."]
NONE: dict[str, Stream] = {}


def write(folder, name, lines, zipped=False):
    data = "".join(f"{line}\n" for line in lines).encode()
    path = folder / (f"{name}.gz" if zipped else name)
    path.write_bytes(gzip.compress(data) if zipped else data)


def corpus(folder, **options):
    for name in ("train", "val", "test_2017", "test_2016"):
        write(folder, f"{name}.de", DE, zipped=name == "train")
        write(folder, f"{name}.en", EN, zipped=name == "val")
    return folder


def test_line_parallel_files_of_a_folder(tmp_path):
    pairs = open_pairs(str(corpus(tmp_path)), "de", "en", sample=NONE)
    expected = [("Ein Haus.", "A house."), ("Zwei Hunde.", "Two dogs."), ("Vier.", "Four.")]
    splits = pairs.splits
    for stream in (splits.train, splits.validation, splits.test, splits.train):
        assert list(stream) == expected
    assert list(pairs.tests) == ["test_2016", "test_2017"]
    assert splits.test.origin == pairs.tests["test_2016"].origin
    assert "train: 2 pairs with an empty side were left out" in splits.notes
    turned = open_pairs(str(tmp_path), "en", "de", sample=NONE).splits
    assert list(turned.train) == [row[::-1] for row in expected]


def test_files_of_unequal_length_say_where(tmp_path):
    corpus(tmp_path)
    write(tmp_path, "val.de", DE[:3])
    (tmp_path / "val.de.gz").unlink(missing_ok=True)
    with pytest.raises(InputError, match=r"val\.de ends after line 3, but .*val\.en\.gz goes on"):
        open_pairs(str(tmp_path), "de", "en", sample=NONE)


def test_a_table_of_pairs_and_missing_splits(tmp_path):
    rows = [f"{n} books\t{n} quyển sách" for n in range(200)]
    (tmp_path / "pairs.tsv").write_text("en\tvi\n" + "\n".join(rows), "utf-8")
    pairs = open_pairs(str(tmp_path / "pairs.tsv"), "vi", "en", sample=NONE)
    parts = [list(s) for s in (pairs.splits.train, pairs.splits.validation, pairs.splits.test)]
    assert sorted(row for part in parts for row in part) == sorted(
        (f"{n} quyển sách", f"{n} books") for n in range(200)
    )
    assert list(pairs.tests) == ["test"] and all(parts)
    with pytest.raises(InputError, match="expected one column named 'fr'"):
        open_pairs(str(tmp_path / "pairs.tsv"), "fr", "en", sample=NONE)


@pytest.mark.parametrize(
    "spec, source, target, message",
    [
        ("sample", "en", "en", "expected two languages"),
        ("sample", "en", "de", "the sample holds 'en' and 'vi'"),
        ("{folder}", "fr", "en", r"no file ends in .fr .* endings de, en"),
        ("{folder}/nowhere", "de", "en", "no such file or folder"),
    ],
)
def test_what_cannot_be_opened_says_so(tmp_path, spec, source, target, message):
    spec = spec.format(folder=corpus(tmp_path))
    with pytest.raises(InputError, match=message):
        open_pairs(spec, source, target, sample=NONE)


def test_only_tests_and_two_trains_are_refused(tmp_path):
    write(tmp_path, "test.de", DE)
    write(tmp_path, "test.en", EN)
    with pytest.raises(InputError, match="expected a train split, found test"):
        open_pairs(str(tmp_path), "de", "en", sample=NONE)
    for name in ("train_a", "train_b"):
        write(tmp_path, f"{name}.de", DE)
        write(tmp_path, f"{name}.en", EN)
    with pytest.raises(InputError, match="train_a, train_b could each be the train split"):
        open_pairs(str(tmp_path), "de", "en", sample=NONE)


def test_a_split_without_pairs_is_refused(tmp_path):
    corpus(tmp_path)
    (tmp_path / "val.de").write_text("\n\n", "utf-8")
    (tmp_path / "val.en.gz").unlink()
    (tmp_path / "val.en").write_text("A\nB\n", "utf-8")
    with pytest.raises(InputError, match=r"val\.de and val\.en: no pairs in it"):
        open_pairs(str(tmp_path), "de", "en", sample=NONE)


def test_translations_of_tensorflow_datasets(tmp_path):
    import tensorflow_datasets as tfds

    rows = {"de": [f"Satz {n}" for n in range(60)], "en": [f"sentence {n}" for n in range(60)]}
    tfds.dataset_builders.store_as_tfds_dataset(
        name="pairs",
        version="1.0.0",
        features=tfds.features.Translation(languages=["de", "en"]),
        split_datasets={"train": tf.data.Dataset.from_tensor_slices(rows)},
        data_dir=tmp_path,
        disable_shuffling=True,
    )
    splits = open_pairs("tfds:pairs", "en", "de", sample=NONE, data_dir=str(tmp_path)).splits
    parts = [row for s in (splits.train, splits.validation, splits.test) for row in s]
    assert sorted(parts) == sorted(zip(rows["en"], rows["de"], strict=True))
    with pytest.raises(InputError, match="expected a field 'fr', found de, en"):
        open_pairs("tfds:pairs", "fr", "de", sample=NONE, data_dir=str(tmp_path))


def test_the_sample_is_fixed_and_its_splits_are_apart():
    streams = sample.streams()
    rows = {name: list(stream) for name, stream in streams.items()}
    assert {name: len(found) for name, found in rows.items()} == sample.SIZES
    english = [row[0] for found in rows.values() for row in found]
    assert len(set(english)) == len(english)
    assert rows["train"] == list(streams["train"])
    pairs = open_pairs("sample", "vi", "en", sample=streams)
    assert next(iter(pairs.splits.train)) == rows["train"][0][::-1]


def test_in_the_sample_the_word_order_moves():
    """Adjectives, possessors and "this" follow the noun; the time comes first."""
    adjectives = {english: vietnamese for english, vietnamese in sample.ADJECTIVES}
    nouns = {one: noun for one, _, noun in sample.THINGS}
    found = 0
    for english, vietnamese in sample.streams()["train"]:
        for adjective, noun in re.findall(r"\b(\w+) (\w+)", english):
            if adjective in adjectives and noun in nouns:
                assert f"{nouns[noun]} {adjectives[adjective]}" in vietnamese.lower()
                found += 1
        if english.endswith(" yesterday."):
            assert vietnamese.startswith("Hôm qua ")
    assert found > 800


def test_multi30k(shared_data):
    pairs = open_pairs(str(shared_data / "multi30k"), "de", "en", sample=NONE)
    assert list(pairs.tests) == ["test_2016_flickr", "test_2017_flickr", "test_2017_mscoco"]
    assert sum(1 for _ in pairs.splits.train) == 29_000
    assert sum(1 for _ in pairs.splits.test) == 1_000
