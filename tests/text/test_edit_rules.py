"""Edit rules: every pair has a rule that makes its lemma, in Python and in the graph alike."""

import itertools
import random
import subprocess
import sys
import unicodedata

import numpy as np
import pytest
import tensorflow as tf

from seqtasks.text.edit_rule_graph import EditRules
from seqtasks.text.edit_rules import apply_rule, rule_of

# Letters with odd cases (ß, ŉ, İ, ı, final sigma, a titlecase digraph, a letter without a pair),
# marks in any order, controls, blanks, what the rules are written with, and the edge of Unicode.
LETTERS = [
    *"aAbBeEzZ09",
    *"áÁěĚřŘßẞŉİıΣσςǅǆǄﬁµſĸÅ",
    *"ạẠệỆđĐêÊ",
    *"\u0302\u0323\u0301\u0327\u0345",
    *"\0\t\n\r \x01\x03\x7f\u0085\xa0\u200b\u200d\u2028\u3000\ufeff",
    *"\\;:*+->=_-.,'\"",
    *"学校한가ᄒ",
    *"😀🏽🇻🇳\ue000\uffff\U0010ffff\U00010400\U00010428\U0001e900",
]


def nfc(text):
    return unicodedata.normalize("NFC", text)


def some_pairs(number, seed):
    """Unrelated strings, and lemmas that are an edited form."""
    rng = random.Random(seed)

    def text(longest):
        return "".join(rng.choices(LETTERS, k=rng.randint(0, longest)))

    for n in range(number):
        form = text(8)
        if n % 2:
            first, last = sorted(rng.choices(range(len(form) + 1), k=2))
            cased = rng.choice((str, str.lower, str.upper, str.title))
            yield form, cased(text(2) + form[first:last] + text(2))
        else:
            yield form, text(8)


@pytest.mark.parametrize(
    ("form", "lemma", "rule"),
    [
        ("the", "the", "lower:*"),
        ("The", "the", "lower:*"),
        ("Prague", "Prague", "keep:*"),
        ("NATO", "NATO", "keep:*"),
        ("BUSH", "Bush", "title:*"),
        ("usa", "USA", "upper:*"),
        ("PCs", "PC", "keep:*-"),
        ("cities", "city", "lower:*---+y"),
        ("Parties", "party", "lower:*---+y"),
        ("running", "run", "lower:*----"),
        ("was", "be", "=be"),
        ("Are", "be", "=be"),
        ("took", "take", "lower:*--+a>+e"),
        ("n't", "not", "lower:*-+o>"),
        ("gemacht", "machen", "lower:--*-+e+n"),
        ("aufgemacht", "aufmachen", "lower:>>>--*-+e+n"),
        ("Häuser", "Haus", "keep:>-+a*--"),
        ("Bäume", "Baum", "keep:>-+a*-"),
        ("nejnovější", "nový", "lower:---*----+ý"),
        ("kitapların", "kitap", "lower:*-----"),
        ("İSTANBUL", "İstanbul", "lower:-+İ*"),
        ("Đẹp", "đẹp", "lower:*"),
        ("Đe\u0323p", "đẹp", "lower:*"),
        ("Công_ty", "công_ty", "lower:*"),
        ("10%", "10%", "lower:*"),
        ("", "", "="),
        ("", "x y", "=x\\20;y"),
        ("a", "", "="),
    ],
)
def test_known_rules(form, lemma, rule):
    assert rule_of(form, lemma) == rule
    assert apply_rule(form, rule) == nfc(lemma)


def test_every_pair_has_a_rule_that_makes_its_lemma():
    for form, lemma in some_pairs(3000, seed=1):
        rule = rule_of(form, lemma)
        assert apply_rule(form, rule) == nfc(lemma), (form, lemma, rule)
        assert rule.split() == [rule], "a rule is a tag: it holds no blank"
        assert all(unicodedata.category(letter) != "Cc" for letter in rule)


def test_long_forms_have_rules_too():
    for form, lemma in (("x" * 5000, "x" * 4999), ("WWW" * 200, "www" * 200), ("ab" * 70, "b")):
        assert apply_rule(form, rule_of(form, lemma)) == lemma


def test_a_form_that_a_rule_does_not_fit_keeps_its_letters():
    assert apply_rule("By", "lower:*---+y") == "by"
    assert apply_rule("By", "keep:--*+x") == "By"
    assert apply_rule("by", "title:*--") == "By"
    assert apply_rule("", "upper:*") == ""


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "lower",
        "lower:",
        "NOUN",
        "lower:**",
        "low:*",
        "lower:*+",
        "keep:=x",
        "lower:*\\",
        "=\\g;",
    ]
    + ["=\\d800;", "=\\110000;", "lower:*x"],
)
def test_what_is_no_rule_is_refused(rule):
    with pytest.raises(ValueError, match="edit rule"):
        apply_rule("form", rule)
    with pytest.raises(ValueError, match="edit rule"):
        EditRules(["lower:*", rule])


def all_against_all():
    pairs = list(some_pairs(250, seed=2))
    rules = list(dict.fromkeys(rule_of(*pair) for pair in pairs))
    forms = list(dict.fromkeys(form for pair in pairs for form in pair))[:150]
    return forms, rules


def test_the_graph_equals_python_for_all_rules_on_all_forms():
    forms, rules = all_against_all()
    product = list(itertools.product(forms, range(len(rules))))
    tokens, ids = zip(*product, strict=True)
    apply = EditRules(rules)
    specification = [tf.TensorSpec([None], tf.string), tf.TensorSpec([None], tf.int32)]
    graph = tf.function(apply, input_signature=specification, autograph=False)
    found = graph(tf.constant(tokens), tf.constant(ids, tf.int32)).numpy()
    wanted = [apply_rule(token, rules[rule]).encode() for token, rule in product]
    assert len(rules) > 100
    assert found.tolist() == wanted


def test_the_graph_takes_no_tokens_and_what_is_not_utf8():
    apply = EditRules(["lower:*-", "=be"])
    assert apply(tf.zeros([0], tf.string), tf.zeros([0], tf.int32)).shape == [0]
    assert apply(tf.constant(["", ""]), tf.constant([0, 1])).numpy().tolist() == [b"", b"be"]
    assert apply(tf.constant([b"A\xffBs"]), tf.constant([0])).numpy()[0].decode() == "a\ufffdb"


LOAD = """
import sys, tensorflow as tf
loaded = tf.saved_model.load(sys.argv[1])
print(loaded.apply(tf.constant(["Cities", "Was", "H\\u00e4user"]), tf.constant([0, 1, 2])).numpy())
assert "seqtasks" not in sys.modules
"""


@pytest.mark.slow
def test_rules_are_applied_in_a_process_that_has_tensorflow_alone(tmp_path):
    module = tf.Module()
    module.rules = EditRules(["lower:*---+y", "=be", "keep:>-+a*--"])
    module.apply = tf.function(
        module.rules,
        input_signature=[tf.TensorSpec([None], tf.string), tf.TensorSpec([None], tf.int32)],
        autograph=False,
    )
    tf.saved_model.save(module, str(tmp_path))
    command = [sys.executable, "-c", LOAD, str(tmp_path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == str(np.array([b"city", b"be", b"Haus"], object))
