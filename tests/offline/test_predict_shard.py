"""`predict_shard`: every row once, with its other fields; bad ones go aside with a reason."""

import dataclasses
import datetime
import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import seqtasks
from seqtasks.errors import InputError
from seqtasks.offline import make_job, predict_shard
from seqtasks.offline.predict_shard import report_of
from seqtasks.offline.shards import find_shards


@pytest.fixture(scope="module")
def run(small_run):
    return seqtasks.load(small_run)


def predicted(run, folder, **options):
    """The reports, by name of the shard."""
    job = make_job(run.path, [str(folder / "in")], folder / "out", **options)
    return {shard.name: predict_shard(run, job, shard) for shard in job.shards}


def lines(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_rows_of_json_lines_keep_their_fields_and_order(run, tmp_path, write_shards, read_output):
    good, bad = write_shards(tmp_path / "in", 2, 1500)  # more than a chunk
    reports = predicted(run, tmp_path)
    for shard in make_job(run.path, [str(tmp_path / "in")], tmp_path / "out").shards:
        assert dataclasses.replace(reports[shard.name], seconds=0.0) == report_of(shard)
    ids, found = read_output(tmp_path / "out")
    assert ids == sorted(good) and found == sorted(bad)
    assert sum(report.rows for report in reports.values()) == len(good)
    assert sum(report.bad for report in reports.values()) == len(bad) == 30
    row = lines(tmp_path / "out" / "part-000.jsonl")[3]
    expected = run(row["text"]).to_dict()
    assert expected.pop("text") == row["text"]
    assert row["prediction"]["label"] == expected["label"]
    assert row["prediction"]["probabilities"] == pytest.approx(expected["probabilities"], abs=1e-6)
    assert not [*tmp_path.rglob("*.unfinished")]


BAD = {
    "cut": ('{"text": ', "expected JSON"),
    "a list": ("[1]", "expected a JSON object, found list"),
    "no text": ('{"txt": "a"}', "expected a text in 'text', found only txt"),
    "null": ('{"text": null}', "expected a text in 'text', found NoneType"),
    "a number": ('{"text": 3}', "expected a text in 'text', found int"),
    "NaN": ('{"text": "a", "x": NaN}', "NaN is no number of JSON"),
    "half a pair": ('{"text": "a", "x": "\\ud800"}', "JSON and UTF-8 can hold"),
    "not UTF-8": (b'{"text": "\xff"}', "expected UTF-8, found byte 0xff at byte 11"),
    "too deep": ("[" * 100_000, "expected JSON"),
}


def test_each_bad_row_says_why(run, tmp_path):
    (tmp_path / "in").mkdir()
    content = [line if isinstance(line, bytes) else line.encode() for line, _ in BAD.values()]
    content = [b'\xef\xbb\xbf{"text": "good"}', *content, b"", b'{"text": "\\u0000 fine"}']
    (tmp_path / "in" / "a.jsonl").write_bytes(b"\r\n".join(content))
    report = predicted(run, tmp_path)["a.jsonl"]
    assert (report.rows, report.bad, report.error) == (2, len(BAD), "")
    found = lines(tmp_path / "out" / "bad" / "a.jsonl")
    assert [row["row"] for row in found] == [*range(2, len(BAD) + 2)]
    for row, (_, reason) in zip(found, BAD.values(), strict=True):
        assert reason in row["reason"] and len(row["content"]) <= 1000


def test_tables_and_parquet(run, tmp_path):
    (tmp_path / "in").mkdir()
    table = "id\tbody\n1\tgood soup\n2\tbad\textra\n3\tnot bad\n"
    with gzip.open(tmp_path / "in" / "t.tsv.gz", "wt") as file:
        file.write(table)
    columns = {
        "body": ["good", None],
        "day": [datetime.date(2020, 1, 2)] * 2,
        "x": [float("nan"), 1.0],
    }
    pq.write_table(pa.table(columns), tmp_path / "in" / "p.parquet")
    reports = predicted(run, tmp_path, text_field="body", output_field="found")
    assert {name: (r.rows, r.bad) for name, r in reports.items()} == {
        "t.tsv.gz": (2, 1),
        "p.parquet": (1, 1),
    }
    with gzip.open(tmp_path / "out" / "t.jsonl.gz", "rt") as file:
        rows = [json.loads(line) for line in file]
    assert [(row["id"], row["body"]) for row in rows] == [("1", "good soup"), ("3", "not bad")]
    (row,) = lines(tmp_path / "out" / "p.jsonl")
    assert {k: row[k] for k in ("body", "day", "x")} == {
        "body": "good",
        "day": "2020-01-02",
        "x": None,
    }
    assert row["found"]["label"] == run("good").label


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.parquet"])
def test_a_damaged_file_leaves_no_output(run, tmp_path, name):
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / name
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(b'{"text": "a"}\n' * 99_999)[:-9])
    else:
        path.write_bytes(b"PAR1 and no more")
    report = predicted(run, tmp_path)[name]
    assert report.rows == 0 and f"{name}: cannot be read" in report.error
    assert [p.name for p in (tmp_path / "out").rglob("*") if p.is_file()] == ["job.json"]


def test_what_a_killed_worker_left_is_removed_and_a_late_one_renames_nothing(run, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_text('{"text": "a"}\n')
    (tmp_path / "out").mkdir()
    left = tmp_path / "out" / ".a.jsonl.1-2.unfinished"
    left.write_text("half a li")
    predicted(run, tmp_path)
    assert not left.exists() and len(lines(tmp_path / "out" / "a.jsonl")) == 1


def test_another_job_does_not_mix_with_the_first(run, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_text('{"text": "a"}\n')
    predicted(run, tmp_path)
    with pytest.raises(InputError, match="another job: output_field was"):
        predicted(run, tmp_path, output_field="other")
    with pytest.raises(InputError, match="'length' does not apply"):
        job = make_job(run.path, [str(tmp_path / "in")], tmp_path / "x", options={"length": 3})
        predict_shard(run, job, job.shards[0])


def test_files_are_found_and_two_never_share_an_output(tmp_path):
    for name in ("a/x.jsonl", "b/x.jsonl", "a/notes.txt", "b/y.TSV.gz"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    root, shards = find_shards([str(tmp_path / "a")], tmp_path / "o")
    assert root == tmp_path / "a" and [shard.name for shard in shards] == ["x.jsonl"]
    _, shards = find_shards([str(tmp_path / "**" / "*.jsonl"), str(tmp_path / "b")], tmp_path / "o")
    outputs = [str(shard.output.relative_to(tmp_path / "o")) for shard in shards]
    assert outputs == ["a/x.jsonl", "b/x.jsonl", "b/y.jsonl.gz"]
    (tmp_path / "a" / "x.tsv").write_text("")
    for pattern, message in (
        ("a", "expected one file for each output"),
        ("a/*.txt", "expected a file ending in one of"),
        ("none/*", "no such file"),
    ):
        with pytest.raises(InputError, match=message):
            find_shards([str(Path(tmp_path, pattern))], tmp_path / "o")
