"""Data sets prepared on the spot, without a network, and a real one in the folder beside."""

import pytest
import tensorflow as tf

from seqtasks.data import open_splits, read_tfds
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
    streams, notes = read_tfds("tiny", ("", ""), prepared)
    assert set(streams) == {"train", "validation"}
    expected = [(f"text train {i} đẹp", LABELS[i % 2]) for i in range(200)]
    assert list(streams["train"]) == list(streams["train"]) == expected
    assert [place for place, _ in streams["train"].read()] == list(range(1, 201))
    assert streams["train"].where(7) == "tfds:tiny[train], example 7"
    assert list(streams["validation"]) == [(f"text validation {i} đẹp", "good") for i in range(3)]
    assert notes == ("tfds:tiny[test] has no labels: left out",)


def test_open_splits_cuts_the_unlabelled_test_split_from_train(prepared):
    splits = open_splits("tfds:tiny", fields=("", ""), sample={}, data_dir=prepared)
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
    streams, _ = read_tfds(name, fields, prepared)
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
        streams, _ = read_tfds(name, fields, prepared)
        list(streams["train"])
    assert str(error.value).startswith(f"tfds:{name}")


def test_a_real_data_set_without_labels(shared_tfds):
    with pytest.raises(InputError, match=r"cannot tell its label field.*found none among text"):
        open_splits("tfds:tiny_shakespeare", fields=("", ""), sample={}, data_dir=str(shared_tfds))
