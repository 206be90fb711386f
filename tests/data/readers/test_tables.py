"""Every way a table is written, and every way it goes wrong."""

import csv
import gzip
import json

import pytest

from seqtasks.data import Column, read_table, tagged_sentences
from seqtasks.data.readers import lines
from seqtasks.errors import InputError

ROWS = [("phim hay", "positive"), ("so, so", "negative")]


TEXT_AND_LABEL = (Column("text", "--text-field", "text"), Column("label", "--label-field", "label"))


def read(path):
    return list(read_table(path, TEXT_AND_LABEL))


@pytest.fixture
def write(tmp_path):
    def write_file(name, content):
        content = content.encode() if isinstance(content, str) else content
        path = tmp_path / name
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return write_file


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.tsv", "text\tlabel\nphim hay\tpositive\nso, so\tnegative\n"),
        ("a.tsv", "text\tlabel\nphim hay\tpositive\nso, so\tnegative"),  # no line end at the end
        ("a.TSV", "text\tlabel\r\nphim hay\tpositive\r\nso, so\tnegative\r\n"),
        ("a.tsv", "\ufefftext\tlabel\nphim hay\tpositive\nso, so\tnegative\n"),
        ("a.tsv", "\n\ntext\tlabel\n\nphim hay\tpositive\n  \n\nso, so\tnegative\n\n"),
        ("a.tsv", "id\tlabel\t text \n1\tpositive\tphim hay\n\tnegative\tso, so\n"),
        ("a.tsv.gz", "text\tlabel\nphim hay\tpositive\nso, so\tnegative\n"),
        ("a.csv", 'text,label\nphim hay,positive\n"so, so",negative\n'),
        ("a.csv", '\ufeff"text","label"\r\n"phim hay","positive"\r\n"so, so","negative"\r\n'),
        ("a.csv", '\ntext,label\n\nphim hay,positive\r\n\r\n"so, so",negative'),
        ("a.csv.gz", 'label,text\npositive,phim hay\nnegative,"so, so"\n'),
        ("a.csv.tsv", "text\tlabel\nphim hay\tpositive\nso, so\tnegative\n"),
        ("a.csv", 'text;label\nphim hay;positive\n"so, so";negative\n'),
        ("a.csv", "id;a,b;text;label\n1;2;phim hay;positive\n1;2;so, so;negative\n"),
        ("a.csv", "text\tlabel\nphim hay\tpositive\nso, so\tnegative\n"),
        ("a.csv", "text|label\nphim hay|positive\nso, so|negative\n"),
        (
            "a.jsonl",
            '{"text": "phim hay", "label": "positive"}\n\n'
            '{"label": "negative", "id": 3, "text": "so, so"}\n',
        ),
        (
            "a.ndjson.gz",
            '\ufeff{"text": "phim hay", "label": "positive"}\r\n'
            '{"label": "negative", "text": "so, so"}',
        ),
    ],
)
def test_one_content_in_many_spellings(write, name, content):
    assert read(write(name, content)) == ROWS


def test_tsv_has_no_quoting_and_keeps_what_is_inside(write):
    content = 'text\tlabel\n"a" said "b\tx y\n  \u00a0a\u0323\u0302\u2028\x0b\x85z \t l \n\tl\n'
    assert read(write("a.tsv", content)) == [
        ('"a" said "b', "x y"),
        ("  \u00a0a\u0323\u0302\u2028\x0b\x85z ", " l "),
        ("", "l"),  # an empty text is a text
    ]


def test_csv_fields_hold_commas_quotes_and_line_breaks(write, tmp_path):
    rows = [('a "b", c', "x"), ("two\nlines", "y"), ("three\r\n\r\nlines,", "z"), ("", "w")]
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("text", "label"), *rows])
    assert read(tmp_path / "a.csv") == rows
    stream = read_table(tmp_path / "a.csv", TEXT_AND_LABEL)
    assert [line for line, _ in stream.read()] == [2, 3, 5, 8]  # where each row begins
    assert stream.where(5) == f"{tmp_path / 'a.csv'}, line 5"


def test_a_stream_is_read_anew_each_time_and_columns_in_the_order_asked(write):
    stream = read_table(
        write("a.tsv", "a\tb\tc\n1\t2\t3\n4\t5\t6\n"),
        [Column("text", "--x", name) for name in "ca"],
    )
    assert list(stream) == list(stream) == [("3", "1"), ("6", "4")]


@pytest.mark.parametrize(
    ("name", "content", "place", "message"),
    [
        ("a.tsv", "", "", "the file is empty"),
        ("a.csv", "\ufeff\n\n", "", "the file is empty"),
        ("a.tsv.gz", "", "", "the file is empty"),
        ("a.tsv", "text\tlabel\n\n", "", "no rows after the header"),
        ("a.tsv", "text\tlabels\na\tb\n", ", line 1", "one column named 'label', found none"),
        ("a.csv", "label,text,label\na,b,c\n", ", line 1", "column named 'label', found 2"),
        ("a.csv", "\n\ntext\na\n", ", line 3", "column named 'label', found none"),
        ("a.tsv", "text\tlabel\na\tb\na b\n", ", line 3", "expected 2 columns, found 1"),
        ("a.tsv", "text\tlabel\n\r\na\tb\tc\n", ", line 3", "expected 2 columns, found 3"),
        ("a.csv", 'text,label\n"a\n\nb",c\na,b,c\n', ", line 5", "expected 2 columns, found 3"),
        ("a.tsv", "text\tlabel\na\tb\nc\t \n", ", line 3", "the column 'label' is empty"),
        ("a.csv", "text,label\na,b\nc,\n", ", line 3", "the column 'label' is empty"),
        ("a.tsv", b"text\tlabel\ncaf\xe9 noir\tb\n", ", line 2", "found byte 0xe9 at byte 4"),
        ("a.csv", b"text,label\na,b\nc,\xc3", ", line 3", "found byte 0xc3 at byte 3"),
        ("a.tsv", "text\tlabel\n".encode("utf-16"), ", line 1", "found UTF-16. Convert"),
        ("a.tsv", "text\tlabel".encode("utf-16-be"), ", line 1", "holds a NUL byte"),
        ("a.csv", "text,label\na,b\0\n", ", line 2", "holds a NUL byte"),
        ("a.csv", 'text,label\na,b\n"c,d\ne,f\n', ", line 3", "not a well-formed CSV record"),
        ("a.csv", 'text,label\na,b\n"c"d,e\n', ", line 3", "not a well-formed CSV record"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(write, name, content, place, message):
    path = write(name, content)
    with pytest.raises(InputError) as error:
        read(path)
    assert str(error.value).startswith(f"{path}{place}: ")
    assert message in str(error.value)


@pytest.mark.parametrize("name", ["a.txt", "tsv", "a.json.gz", "a.tsv.zip"])
def test_other_suffixes_are_refused_before_reading(tmp_path, name):
    with pytest.raises(InputError, match=r"a file ending in one of \.tsv, \.csv"):
        read_table(tmp_path / name, TEXT_AND_LABEL)


def _cut(content):
    return content[:-12]


def _flipped(content):
    return content[:60] + bytes([content[60] ^ 255]) + content[61:]


def _plain(content):
    return b"text\tlabel\na\tb\n"


@pytest.mark.parametrize("damage", [_cut, _flipped, _plain])
def test_a_damaged_gzip_file_is_named(tmp_path, damage):
    path = tmp_path / "a.tsv.gz"
    rows = "".join(f"text {i * i % 97}\t{i % 7}\n" for i in range(400))
    path.write_bytes(damage(gzip.compress(b"text\tlabel\n" + rows.encode())))
    with pytest.raises(InputError) as error:
        read(path)
    assert str(error.value).startswith(f"{path}")
    if damage is not _flipped:  # a flipped bit may also decode to something that is no UTF-8
        assert "damaged gzip file" in str(error.value)


@pytest.mark.parametrize("place", ["folder.tsv", "missing.csv.gz"])
def test_what_cannot_be_opened_is_named(tmp_path, place):
    (tmp_path / "folder.tsv").mkdir()
    with pytest.raises(InputError, match=f"{place}: cannot be read"):
        read(tmp_path / place)


@pytest.fixture
def short_lines(monkeypatch):
    usual = csv.field_size_limit()
    monkeypatch.setattr(lines, "MAX_LINE", 40)
    yield
    csv.field_size_limit(usual)


@pytest.mark.parametrize("end", ["\n", "\r\n", ""], ids=ascii)
@pytest.mark.parametrize("letter", ["a", "đ", "👍"])
def test_the_longest_line_is_read_and_a_longer_one_refused(write, short_lines, end, letter):
    fits, long = letter * 38 + "\tb", letter * 39 + "\tb"
    assert read(write("a.tsv", f"text\tlabel\n{fits}{end}")) == [(letter * 38, "b")]
    for line in (long, letter * 300):
        path = write("a.tsv", f"text\tlabel\n{fits}\n{line}{end}")
        with pytest.raises(InputError) as error:
            read(path)
        assert str(error.value).startswith(f"{path}, line 3: longer than 40 characters")


def test_an_unclosed_quote_does_not_swallow_the_file(write, short_lines):
    taken = []

    def endless():
        for number in range(10_000):
            taken.append(number)
            yield "x,y\n"

    content = 'text,label\na,b\n"c,d\n' + "".join(endless())
    path = write("a.csv", content)
    stream = read_table(path, TEXT_AND_LABEL).read()
    assert next(stream) == (2, ("a", "b"))
    with pytest.raises(InputError) as error:
        next(stream)
    assert str(error.value).startswith(f"{path}, line 3: ")


@pytest.mark.parametrize(
    ("file", "sizes"),
    [
        ("sst2/train.tsv", {"negative": 3310, "positive": 3610}),
        ("trec/test.tsv", {"ABBR": 9, "DESC": 138, "ENTY": 94, "HUM": 65, "LOC": 81, "NUM": 113}),
        ("subj/all.tsv.gz", {"objective": 5000, "subjective": 5000}),
    ],
)
def test_real_files_have_the_rows_their_readme_counts(shared_data, file, sizes):
    labels = [label for _, label in read_table(shared_data / file, TEXT_AND_LABEL)]
    assert {label: labels.count(label) for label in sorted(set(labels))} == sizes


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "there are none"),
        ('{"text": "a", "label": "b"}\n{"text": "a"', "line 2: no well-formed JSON.*character 13"),
        ('["a", "b"]\n', "line 1: expected a JSON object, found 'a', 'b'"),
        ('{"text": "a"}\n', "line 1: expected 'label', found 'text'"),
        ('{"text": "a", "label": "b"}\n\n{"text": "a"}\n', "line 3: expected 'label' as in row 1"),
        ('{"text": "a", "label": "b"}\n{"text": 3, "label": "b"}\n', "line 2: 'text': expected a"),
        ('{"text": "a", "label": null}\n', "line 1: 'label' is missing"),
        ('{"text": "a", "label": NaN}\n', "line 1: 'label' is missing"),
    ],
)
def test_bad_json_lines(write, content, message):
    with pytest.raises(InputError, match=message) as error:
        read(write("a.jsonl", content))
    assert str(error.value).count("a.jsonl") == 1


def test_parquet_as_pandas_and_hugging_face_write_it(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    texts = [text for text, _ in ROWS]
    table = pyarrow.table({"id": [1, 2], "text": texts, "label": ["positive", "negative"]})
    parquet.write_table(table, tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet") == ROWS
    features = {"label": {"names": ["negative", "positive"], "_type": "ClassLabel"}}
    metadata = {b"huggingface": json.dumps({"info": {"features": features}}).encode()}
    table = pyarrow.table({"text": texts, "label": [1, 0]}).replace_schema_metadata(metadata)
    parquet.write_table(table, tmp_path / "b.parquet")
    assert read(tmp_path / "b.parquet") == ROWS
    (tmp_path / "c.parquet").write_bytes(b"PAR1 no such thing")
    with pytest.raises(InputError, match=r"c\.parquet: cannot be read as Parquet"):
        read(tmp_path / "c.parquet")
    parquet.write_table(pyarrow.table({"text": ["a", None]}), tmp_path / "d.parquet")
    with pytest.raises(InputError, match=r"d\.parquet: expected one column 'label'"):
        read(tmp_path / "d.parquet")


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_tagged_sentences_are_typed_rows_too(tmp_path, name):
    rows = [(["Anna", "sings"], ["B-PER", "O"]), (["no", "đầu tiên"], ["O", "O"])]
    if name.endswith("jsonl"):
        lines = [json.dumps({"tokens": tokens, "tags": tags}) for tokens, tags in rows]
        (tmp_path / name).write_text("\n".join(lines))
    else:
        pyarrow = pytest.importorskip("pyarrow")
        from pyarrow import parquet

        tokens, tags = zip(*rows, strict=True)
        parquet.write_table(pyarrow.table({"tokens": tokens, "tags": tags}), tmp_path / name)
    found = [*tagged_sentences().read(tmp_path / name)]
    assert found == [("Anna sings", "B-PER O"), ("no đầu_tiên", "O O")]
