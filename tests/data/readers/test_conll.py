"""CoNLL columns and CoNLL-U: what is read, and what is said about what cannot be."""

import gzip

import pytest

from seqtasks.data import open_splits, read_conll, tagged_sentences
from seqtasks.errors import InputError


@pytest.fixture
def write(tmp_path):
    def write_file(name, content):
        path = tmp_path / name
        content = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
        return path

    return write_file


CONLL_2003 = """-DOCSTART- -X- -X- O

EU NNP I-NP I-ORG
rejects VBZ I-VP O

. . O O
-DOCSTART- -X- -X- O

# # I-NP O
2 CD I-NP O
"""
CONLLU = """# newdoc id = x
# text = Du vélo, 3 %
1-2\tDu\t_\t_\t_\t_\t_\t_\t_\t_
1\tDe\tde\tADP\tP\tA=1|B=2\t3\tcase\t_\t_
2\tle\tle\tDET\t_\t_\t3\tdet\t_\t_
3\tvélo\tvélo\tNOUN\tN\t_\t0\troot\t_\t_
3.1\tghost\tghost\tVERB\tV\t_\t_\t_\t_\t_
4\t3 %\t3 %\tNUM\t_\t_\t3\tobj\t_\t_

# a sentence of comments alone

1\tđầu tiên\tđầu tiên\tADJ\tA\t_\t0\troot\t_\tSpaceAfter=No
"""


@pytest.mark.parametrize(
    ("layer", "tags"),
    [
        ("", ["I-ORG O", "O", "O O"]),
        ("4", ["I-ORG O", "O", "O O"]),
        ("2", ["NNP VBZ", ".", "# CD"]),
        ("-2", ["I-NP I-VP", "O", "I-NP I-NP"]),
    ],
)
def test_columns_by_number_and_documents(write, layer, tags):
    stream = read_conll(write("eng.train", CONLL_2003), layer)
    rows = list(zip(["EU rejects", ".", "# 2"], tags, strict=True))
    assert list(stream) == list(stream) == rows
    assert [line for line, _ in stream.read()] == [3, 6, 9]


@pytest.mark.parametrize(
    ("layer", "first"),
    [
        ("", "ADP DET NOUN NUM"),
        ("upos", "ADP DET NOUN NUM"),
        ("XPOS", "P _ N _"),
        ("feats", "A=1|B=2 _ _ _"),
        ("LEMMA", "de le vélo 3_%"),
        ("4", "ADP DET NOUN NUM"),
    ],
)
@pytest.mark.parametrize("name", ["a.conllu", "a.conllu.gz"])
def test_conllu_by_name_without_multiword_tokens_and_empty_nodes(write, name, layer, first):
    rows = list(read_conll(write(name, CONLLU), layer))
    assert rows[0] == ("De le vélo 3_%", first)
    assert rows[1][0] == "đầu_tiên"
    assert len(rows) == 2


def test_lines_of_one_tab_end_sentences_as_in_wnut(write):
    content = "@user\tO\n#paris\tB-location\n# \tO\n\t\nU.S.\u00a0A\tB-location\n   \n\n\nend\tO"
    rows = list(read_conll(write("a.conll", content)))
    assert rows == [
        ("@user #paris #_", "O B-location O"),
        ("U.S._A", "B-location"),
        ("end", "O"),
    ]


def test_comments_named_columns_and_windows_line_ends(write):
    content = (
        "# global.columns = FORM NE\r\n# sent 1\r\nLan\tB-PER\r\nở\tO\r\n\r\n# end\r\nHuế\tB\r\n"
    )
    stream = read_conll(write("a.conll", content.encode("utf-8-sig")), "ne", "form")
    assert list(stream) == [("Lan ở", "B-PER O"), ("Huế", "B")]


BAD = {
    "ragged": ("a.conll", "a B\nb B C\n", {}, "line 2: expected 2 columns, found 3: 'b B C'"),
    "ragged tabs": ("a.conll", "a\tB\n\nc d\n", {}, "line 3: expected 2 columns, found 1.*tabs"),
    "short CoNLL-U": ("a.conllu", "1\ta\tA\n", {}, "line 1: expected 10 columns, found 3"),
    "no such column": ("a.conll", "a B\n", {"layer": "3"}, "line 1: no column '3' among its 2,"),
    "no names": ("a.conll", "a B\n", {"layer": "ner"}, "no column 'ner'.*have no names.*--layer"),
    "another name": ("a.conllu", CONLLU, {"layer": "ner"}, r"line 3: .*\(id form .*--layer"),
    "column 0": ("a.conll", "a B\n", {"tokens": "0"}, "no column '0'.*--tokens"),
    "empty token": ("a.conll", "a\tB\n\tB\n", {}, "line 2: the token is empty"),
    "empty tag": ("a.conll", "a\tB\nb\t\n", {}, "line 2: the tag is empty"),
    "nothing": ("a.conll", "", {}, "holds no sentence"),
    "only comments": ("a.conllu", "# a\n# b\n\n", {}, "holds no sentence"),
    "not UTF-8": ("a.conll", b"a B\n\xff B\n", {}, "line 2: expected UTF-8"),
    "1 MB token": ("a.conll", "a B\n" + "x" * 10**6 + " B\n", {}, "line 2: longer than 500,000"),
    "damaged": ("a.conll", b"a B\n\0 B\n", {}, "line 2: holds a NUL byte"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_wrong_is_told_with_file_and_line(write, case):
    name, content, options, message = BAD[case]
    path = write(name, content)
    with pytest.raises(InputError, match=message) as error:
        list(read_conll(path, **options))
    assert str(error.value).startswith(str(path))


def test_a_long_sentence_and_a_long_token(write):
    path = write("a.conll", "w O\n" * 10_000 + "\n" + "x" * 400_000 + " O\n")
    long, wide = read_conll(path)
    assert long[0].count(" ") == 9_999
    assert len(wide[0]) == 400_000


@pytest.mark.parametrize(
    ("folder", "counts"),
    [
        ("wnut17", [(3394, 62730), (1009, 15733), (1287, 23394)]),
        ("ud_english_ewt", [(12544, 204577), (2001, 25147), (2077, 25094)]),
        ("ud_vietnamese_vtb", [(1400, 20215), (1123, 26162), (800, 11692)]),
    ],
)
def test_real_corpora_have_the_sentences_and_words_of_their_readme(shared_data, folder, counts):
    splits = open_splits(str(shared_data / folder), tagged_sentences(), sample={})
    for split, expected in zip((splits.train, splits.validation, splits.test), counts, strict=True):
        rows = list(split)
        words = [row[0].split(" ") for row in rows]
        assert (len(rows), sum(map(len, words))) == expected
        assert [len(row) for row in words] == [len(tags.split(" ")) for _, tags in rows]
