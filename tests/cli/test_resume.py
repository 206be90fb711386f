"""`--resume`: what it goes on from must be there, whole, and of the same options and corpus."""

import shutil

import pytest
from small_run import SMALL

import seqtasks
from seqtasks.cli import main
from seqtasks.data.samples import sentiment
from seqtasks.errors import InputError


@pytest.fixture
def copied(finished, tmp_path):
    return shutil.copytree(finished[0], tmp_path / "run")


def resume(folder, *options, task="sentiment"):
    main(["train", task, "--out", str(folder), "--resume", *SMALL, *options])


def truncate(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize("name", ["config.json", "checkpoint.npz"])
@pytest.mark.parametrize("unfinished", [False, True])
def test_a_truncated_file_is_named(copied, name, unfinished):
    truncate(copied / name)
    if unfinished:
        (copied / "run.json").unlink()
        copied.rename(copied.with_name("run.partial"))
    with pytest.raises(SystemExit) as told:
        resume(copied)
    message = str(told.value)
    assert message.startswith("error: ") and len(message.splitlines()) == 1
    assert name in message and "damaged" in message


def test_a_run_whose_checkpoint_was_deleted(copied):
    (copied / "checkpoint.npz").unlink()
    with pytest.raises(SystemExit, match=r"checkpoint\.npz: .*nothing to go on from"):
        resume(copied)


def test_a_run_of_another_task(copied):
    with pytest.raises(SystemExit, match=r"cannot resume with other options: task was 'sentiment'"):
        main(["train", "language", "--out", str(copied), "--resume"])


def test_a_corpus_of_other_content_and_the_same_shape(tmp_path):
    rows = list(sentiment.streams()["train"])[:200]
    options = {"out": tmp_path / "run", "members": ("ngram",), "verbose": 0}
    seqtasks.train("sentiment", rows, epochs=1, **options)
    other = {"positive": "negative", "negative": "positive"}
    text, label = rows[7]
    changed = [*rows[:7], (text, other[label]), *rows[8:]]
    with pytest.raises(InputError, match=r"the (\w+) split is not the one that the run began with"):
        seqtasks.train("sentiment", changed, resume=True, epochs=2, **options)
    assert seqtasks.load(tmp_path / "run").manifest.epochs == 1
