"""The run folder: a finished run is never lost, half a run is never taken for one."""

import dataclasses
import json
from hashlib import sha256

import pytest

from seqtasks.atomic_files import replacing
from seqtasks.errors import InputError
from seqtasks.runs import folder as layout
from seqtasks.runs.json_files import read_json, write_json
from seqtasks.runs.manifest import Manifest, read_manifest, write_manifest

MANIFEST = Manifest("sentiment", "classification", ("serving_default",), {}, 2, 3)


def finish(path, name="a"):
    """A complete run, as far as the layout knows."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "scores.json").write_text(json.dumps({"name": name}))
    write_manifest(path, MANIFEST)


def name_of(path):
    return json.loads((layout.locate(path) / "scores.json").read_text())["name"]


def test_a_new_run_takes_its_place_when_it_is_complete(tmp_path):
    path = tmp_path / "run"
    work = layout.begin(path, resume=False, overwrite=False)
    assert work == tmp_path / "run.partial" and not path.exists()
    finish(work, "new")
    layout.publish(path)
    assert name_of(path) == "new" and not work.exists()
    found = read_manifest(path)
    assert found.files == {"scores.json": sha256((path / "scores.json").read_bytes()).hexdigest()}
    assert dataclasses.replace(found, files={}) == MANIFEST


def test_a_finished_run_is_replaced_only_with_overwrite_and_only_when_the_new_one_is_complete(
    tmp_path,
):
    path = tmp_path / "run"
    finish(path, "old")
    with pytest.raises(InputError, match=r"holds a finished run\. Replace it with --overwrite"):
        layout.begin(path, resume=False, overwrite=False)
    work = layout.begin(path, resume=False, overwrite=True)
    assert name_of(path) == "old"
    finish(work, "new")
    layout.publish(path)
    assert name_of(path) == "new"
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_between_the_two_renames_both_readers_and_writers_find_a_run(tmp_path):
    path = tmp_path / "run"
    finish(path, "old")
    finish(layout.partial(path), "new")
    path.rename(layout.previous(path))  # the first rename was done, then the power failed
    assert name_of(path) == "new"
    layout.recover(path)
    assert name_of(path) == "new" and not layout.previous(path).exists()


def test_the_old_run_comes_back_where_the_new_one_is_not_complete(tmp_path):
    path = tmp_path / "run"
    finish(layout.previous(path), "old")
    layout.partial(path).mkdir()
    assert name_of(path) == "old"
    layout.recover(path)
    assert path.exists() and name_of(path) == "old"


def test_after_both_renames_the_old_run_is_removed(tmp_path):
    path = tmp_path / "run"
    finish(path, "new")
    finish(layout.previous(path), "old")
    layout.recover(path)
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_an_unfinished_run_is_not_discarded_unasked(tmp_path):
    path = tmp_path / "run"
    work = layout.begin(path, resume=False, overwrite=False)
    (work / "checkpoint.npz").write_bytes(b"epochs")
    with pytest.raises(InputError, match=r"holds an unfinished run\. Go on with it with --resume"):
        layout.begin(path, resume=False, overwrite=False)
    assert layout.begin(path, resume=True, overwrite=False) == work
    assert (work / "checkpoint.npz").exists()
    layout.begin(path, resume=False, overwrite=True)
    assert not (work / "checkpoint.npz").exists()


def test_a_folder_with_other_files_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    for overwrite in (False, True):
        with pytest.raises(InputError, match=r"not an empty folder|no run of this version"):
            layout.begin(tmp_path, resume=False, overwrite=overwrite)
    assert (tmp_path / "thesis.txt").exists()


def test_a_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"cannot be written to .* Choose another --out"):
        layout.begin(tmp_path / "file" / "run", resume=False, overwrite=False)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: None, "no such folder"),
        (lambda p: p.touch(), "no such folder"),
        (lambda p: p.mkdir(), r"no finished run in it \(run.json is missing\)"),
        (lambda p: (p / "saved_model").mkdir(parents=True), "made by an older version of seqtasks"),
    ],
)
def test_what_is_no_run_is_refused(tmp_path, make, message):
    make(tmp_path / "run")
    with pytest.raises(InputError, match=message):
        layout.locate(tmp_path / "run")


def test_half_a_run_says_so(tmp_path):
    work = layout.begin(tmp_path / "run", resume=False, overwrite=False)
    (work / "checkpoint.npz").touch()
    with pytest.raises(InputError, match=r"this run is not finished .* Train on with --resume"):
        layout.locate(tmp_path / "run")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"format": 99}, r"format 99; .* reads format 3\. Upgrade seqtasks"),
        ({"format": 0}, r"format 0; .* Train it again"),
        ({"format": 1}, r"format 1; .* Train it again"),
        ({"format": 2}, r"format 2; .* Train it again"),
        ({"format": 3}, "run.json: damaged"),
        ({"format": 3, "signatures": [], "surprise": 1}, "run.json: damaged"),
    ],
)
def test_manifests_of_other_versions_and_damaged_ones(tmp_path, content, message):
    write_json(tmp_path / "run.json", content)
    with pytest.raises(InputError, match=message):
        read_manifest(tmp_path)


@pytest.mark.parametrize("text", ["", "{", '{"a": 1', "[1, 2]", "\x00"])
def test_damaged_json_is_named(tmp_path, text):
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(InputError, match=r"config\.json: damaged"):
        read_json(tmp_path / "config.json")


def test_json_is_always_valid(tmp_path):
    write_json(tmp_path / "x.json", {"nan": float("nan"), "deep": [{"inf": float("inf")}, (1, 2)]})
    text = (tmp_path / "x.json").read_text()
    assert "NaN" not in text and "Infinity" not in text
    assert json.loads(text) == {"nan": None, "deep": [{"inf": None}, [1, 2]]}


def test_a_file_is_replaced_at_once(tmp_path):
    write_json(tmp_path / "x.json", {"version": 1})
    with pytest.raises(RuntimeError), replacing(tmp_path / "x.json") as unfinished:
        unfinished.write_text("half")
        raise RuntimeError
    assert read_json(tmp_path / "x.json") == {"version": 1}


def test_a_folder_is_replaced_at_once(tmp_path):
    for version in ("one", "two"):
        with replacing(tmp_path / "saved") as unfinished:
            unfinished.mkdir()
            (unfinished / "version").write_text(version)
    assert (tmp_path / "saved" / "version").read_text() == "two"
    assert [p.name for p in tmp_path.iterdir()] == ["saved"]
