"""Data sets prepared on the spot, without a network, and a real one in the folder beside."""

import pytest
import tensorflow as tf

from seqtasks.data import (
    LabelledColumns,
    labelled_texts,
    open_splits,
    read_tfds,
    read_tfds_tags,
    tagged_sentences,
)
from seqtasks.errors import InputError

LABELS = ["bad", "good"]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """`tiny` has one text and one label; `pairs` has two of each, none with a usual name."""
    import tensorflow_datasets as tfds

    folder = tmp_path_factory.mktemp("tfds")
    text, label = tfds.features.Text(), tfds.features.ClassLabel(names=LABELS)
    for name, columns in {
        "tiny": {"text": text, "label": label},
        "pairs": {"premise": text, "hypothesis": text, "gold": label, "silver": label},
        "reviews": {"title": text, "review": text, "stars": label, "number": tf.int64},
    }.items():

        def rows(split, count, value, columns=columns):
            table = {
                key: [f"{key} {split} {i} đẹp" for i in range(count)]
                if feature is text
                else [value(i) for i in range(count)]
                for key, feature in columns.items()
            }
            return tf.data.Dataset.from_tensor_slices(
                {
                    key: tf.constant(column, None if columns[key] is text else tf.int64)
                    for key, column in table.items()
                }
            )

        splits = {"train": rows("train", 200, lambda i: i % 2)}
        if name == "tiny":
            splits["validation"] = rows("validation", 3, lambda i: 1)
            splits["test"] = rows("test", 4, lambda i: -1)  # GLUE's way to keep labels back
            splits["unsupervised"] = rows("unsupervised", 5, lambda i: -1)
        tfds.dataset_builders.store_as_tfds_dataset(
            name=name,
            version="1.0.0",
            features=tfds.features.FeaturesDict(columns),
            split_datasets=splits,
            data_dir=folder,
            disable_shuffling=True,
        )
    return str(folder)


def test_rows_are_texts_with_the_names_of_their_labels(prepared):
    streams, notes = read_tfds("tiny", labelled_texts().columns, prepared)
    assert set(streams) == {"train", "validation"}
    expected = [(f"text train {i} đẹp", LABELS[i % 2]) for i in range(200)]
    assert list(streams["train"]) == list(streams["train"]) == expected
    assert [place for place, _ in streams["train"].read()] == list(range(1, 201))
    assert streams["train"].where(7) == "tfds:tiny[train], example 7"
    assert list(streams["validation"]) == [(f"text validation {i} đẹp", "good") for i in range(3)]
    assert notes == ("tfds:tiny[test] has no labels: left out",)


def test_open_splits_cuts_the_unlabelled_test_split_from_train(prepared):
    splits = open_splits("tfds:tiny", labelled_texts(), sample={}, data_dir=prepared)
    assert len(list(splits.validation)) == 3
    train, test = list(splits.train), list(splits.test)
    assert len(train) + len(test) == 200
    assert 0 < len(test) < 50
    assert [note.split(":")[0] for note in splits.notes] == ["tfds", "no test split"]


@pytest.mark.parametrize(
    ("name", "fields", "expected"),
    [
        ("reviews", ("", ""), ("review train 1 đẹp", "good")),  # `review` is a usual name
        ("reviews", ("title", ""), ("title train 1 đẹp", "good")),
        ("reviews", ("", "number"), ("review train 1 đẹp", "1")),
        ("reviews", ("", "title"), ("review train 1 đẹp", "title train 1 đẹp")),
        ("pairs", ("premise", "silver"), ("premise train 1 đẹp", "good")),
    ],
)
def test_fields_found_or_named(prepared, name, fields, expected):
    streams, _ = read_tfds(name, labelled_texts(LabelledColumns(*fields)).columns, prepared)
    assert list(streams["train"])[1] == expected


@pytest.mark.parametrize(
    ("name", "fields", "message"),
    [
        ("pairs", ("", "gold"), "cannot tell its text field.*found .*premise.*--text-field"),
        ("pairs", ("premise", ""), "cannot tell its label field.*found .*silver.*--label-field"),
        ("tiny", ("sentence", ""), "expected a field 'sentence', found .*text.*--text-field"),
        ("tiny", ("", "labels"), "expected a field 'labels', found .*label"),
        ("reviews", ("number", ""), "number"),
        ("no_such_data_set_at_all", ("", ""), "has no data set of this name"),
        ("tiny/no_such_config", ("", ""), "no_such_config"),
    ],
)
def test_what_is_wrong_is_told_with_the_name(prepared, name, fields, message):
    with pytest.raises(InputError, match=message) as error:
        streams, _ = read_tfds(name, labelled_texts(LabelledColumns(*fields)).columns, prepared)
        list(streams["train"])
    assert str(error.value).startswith(f"tfds:{name}")


def test_a_real_data_set_without_labels(shared_tfds):
    with pytest.raises(InputError, match=r"cannot tell its label field.*found none among text"):
        open_splits("tfds:tiny_shakespeare", labelled_texts(), sample={}, data_dir=str(shared_tfds))


TAGS = ["O", "B-PER", "I-PER"]
SENTENCES = [(["Lan", "ở Huế"], [1, 0], ["N", "V x"]), (["a"], [0], ["D"]), ([], [], [])]


@pytest.fixture(scope="module")
def tagged(tmp_path_factory):
    """`conll` has two sequences of classes, as conll2003; `uneven` a tag too few."""
    import tensorflow_datasets as tfds

    folder = tmp_path_factory.mktemp("tfds")
    sequence = tfds.features.Sequence
    for name, sentences in {"conll": SENTENCES, "uneven": [(["a", "b"], [0], ["D", "D"])]}.items():

        def rows(sentences=sentences):
            for tokens, tags, parts in sentences:
                yield {"tokens": tokens, "ner": tags, "xpos": parts, "chunks": tags}

        signature = {
            key: tf.TensorSpec([None], tf.int64 if key in ("ner", "chunks") else tf.string)
            for key in ("tokens", "ner", "xpos", "chunks")
        }
        classes = sequence(tfds.features.ClassLabel(names=TAGS))
        tfds.dataset_builders.store_as_tfds_dataset(
            name=name,
            version="1.0.0",
            features=tfds.features.FeaturesDict(
                {
                    "tokens": sequence(tfds.features.Text()),
                    "ner": classes,
                    "xpos": sequence(tfds.features.Text()),
                    "chunks": classes,
                }
            ),
            split_datasets={
                split: tf.data.Dataset.from_generator(rows, output_signature=signature)
                for split in ("train", "dev")
            },
            data_dir=folder,
            disable_shuffling=True,
        )
    return str(folder)


@pytest.mark.parametrize(
    ("layer", "names", "expected"),
    [
        ("", ("ner", "ner_tags"), "B-PER O"),
        ("xpos", (), "N V_x"),
        ("", ("upos", "chunks"), "B-PER O"),
    ],
)
def test_tags_found_by_their_usual_names_or_given(tagged, layer, names, expected):
    streams, notes = read_tfds_tags("conll", tagged_sentences(layer, "", names).columns, tagged)
    assert set(streams) == {"train", "validation"}
    assert notes == ()
    first, second = streams["train"]
    assert first == ("Lan ở_Huế", expected)
    assert second[0] == "a"


def test_further_columns_are_strings_or_classes(tagged):
    columns = tagged_sentences("ner", features=("xpos", "chunks")).columns
    streams, _ = read_tfds_tags("conll", columns, tagged)
    assert next(iter(streams["train"])) == ("Lan ở_Huế", "B-PER O", "N V_x", "B-PER O")
    with pytest.raises(InputError, match=r"uneven.*example 1: .*found 2 in 'tokens' and 1 in 'ner"):
        columns = tagged_sentences("xpos", features=("ner",)).columns
        [*read_tfds_tags("uneven", columns, tagged)[0]["train"]]


def test_tagged_sentences_open_from_tfds(tagged):
    format = tagged_sentences(names=("ner",))
    with pytest.raises(InputError, match=r"tfds:conll.*too few different rows"):
        open_splits("tfds:conll", format, sample={}, data_dir=tagged)


@pytest.mark.parametrize(
    ("name", "layer", "tokens", "message"),
    [
        ("conll", "", "", r"a sequence 'tags', found (ner, chunks|chunks, ner)"),
        ("conll", "pos", "", "expected a sequence 'pos', found .*--layer"),
        ("conll", "ner", "words", "expected a sequence 'words', found .*--tokens"),
        ("uneven", "ner", "", r"uneven\[train\], example 1: expected as many tags as tokens"),
    ],
)
def test_what_is_wrong_with_tagged_data_is_told(tagged, name, layer, tokens, message):
    with pytest.raises(InputError, match=message):
        streams, _ = read_tfds_tags(name, tagged_sentences(layer, tokens, ()).columns, tagged)
        list(streams["train"])
