"""Opinions in English and Vietnamese whose label only word order and negation decide.

A small grammar written for this project. Every adjective praises as often as it blames ("not at
all rude", "I can't say that the soup is fresh"), and of two clauses the one that the conjunction
stresses wins ("although A, B" against "A although B"), so the words of a sentence tell next to
nothing about its label. No sentence stands in two splits.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator
from dataclasses import dataclass

from seqtasks.data.streams import Row, Stream

SIZES = {"train": 8000, "validation": 600, "test": 1000}
LABELS = ("negative", "positive")

# Shares of the clauses that are negated and of the sentences that are one clause. Some of
# what the words alone say is right, which is where learning begins.
NEGATED = 0.3
SIMPLE = 0.5

# A subject, what is said of it in blame, and in praise.
Aspect = tuple[str, tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True)
class Grammar:
    """One language: `{clause}` is a judgement, `{against}` one of the other polarity.

    `plain` and `negated` are clauses over `{subject}`, `{adverb}`, `{adjective}`, `{tail}`; a
    negated clause takes an adjective of the other polarity. `compared` are sentences that praise
    the first of `{first}` and `{second}`, of which the reviewer has the new one.
    """

    aspects: tuple[Aspect, ...]
    adverbs: tuple[str, ...]
    tails: tuple[str, ...]
    plain: tuple[str, ...]
    negated: tuple[str, ...]
    sentences: tuple[str, ...]
    compared: tuple[str, ...]
    new_and_old: tuple[str, str]

    def sentence(self, positive: bool, rng: random.Random) -> str:
        """A random sentence with the given label."""
        if rng.random() < 0.1:
            subject = rng.choice(self.aspects)[0]
            new, old = (form.format(subject=subject) for form in self.new_and_old)
            first, second = (new, old) if positive else (old, new)
            text = rng.choice(self.compared).format(first=first, second=second)
        else:
            clause, against = self.clause(positive, rng), self.clause(not positive, rng)
            simple = rng.random() < SIMPLE
            form = "{clause} ." if simple else rng.choice(self.sentences)
            text = form.format(clause=clause, against=against)
        return " ".join(text.split())

    def clause(self, positive: bool, rng: random.Random) -> str:
        """A random clause that praises or blames."""
        negated = rng.random() < NEGATED
        subject, *adjectives = rng.choice(self.aspects)
        return rng.choice(self.negated if negated else self.plain).format(
            subject=subject,
            adverb=rng.choice(self.adverbs),
            adjective=rng.choice(adjectives[positive != negated]),
            tail=rng.choice(self.tails),
        )


ENGLISH = Grammar(
    aspects=(
        ("the soup", ("bad", "bland", "cold"), ("good", "tasty", "fresh")),
        ("the coffee", ("bad", "weak", "bitter"), ("good", "strong", "smooth")),
        ("the service", ("bad", "slow", "careless"), ("good", "quick", "attentive")),
        ("the waiter", ("rude", "slow", "careless"), ("polite", "quick", "friendly")),
        ("the room", ("bad", "dirty", "noisy"), ("good", "clean", "quiet")),
        ("the story", ("bad", "boring", "predictable"), ("good", "gripping", "original")),
        ("the music", ("bad", "boring", "noisy"), ("good", "lovely", "original")),
        ("the lecture", ("bad", "boring", "confusing"), ("good", "clear", "useful")),
        ("the teacher", ("rude", "confusing", "careless"), ("polite", "clear", "friendly")),
        ("the phone", ("bad", "slow", "fragile"), ("good", "quick", "sturdy")),
    ),
    adverbs=("", "really", "that", "so", "very", "particularly"),
    tails=("", "at all", "for me", "this time", "if you ask me", "in the end", "as they say"),
    plain=(
        "{subject} is {adverb} {adjective} {tail}",
        "{subject} was {adverb} {adjective} {tail}",
        "i found {subject} {adverb} {adjective} {tail}",
    ),
    negated=(
        "{subject} is not {adverb} {adjective} {tail}",
        "{subject} was not at all {adjective} {tail}",
        "{subject} was never {adverb} {adjective} {tail}",
        "i did n't find {subject} {adverb} {adjective} {tail}",
    ),
    sentences=(
        "nobody can say that {against} .",
        "i would not say that {against} .",
        "{against} , but {clause} .",
        "although {against} , {clause} .",
        "{clause} , although {against} .",
        "they told me that {against} , yet {clause} .",
    ),
    compared=(
        "{first} is much better than {second} .",
        "{second} is no match for {first} .",
        "i prefer {first} to {second} .",
    ),
    new_and_old=("{subject} we have now", "{subject} we had before"),
)

VIETNAMESE = Grammar(
    aspects=(
        ("món phở", ("dở", "nhạt", "nguội"), ("ngon", "đậm đà", "nóng hổi")),
        ("cà phê", ("dở", "nhạt", "chua"), ("ngon", "đậm đà", "thơm")),
        ("phục vụ", ("tệ", "chậm", "cẩu thả"), ("tốt", "nhanh", "chu đáo")),
        ("nhân viên", ("thô lỗ", "chậm", "cẩu thả"), ("lịch sự", "nhanh", "thân thiện")),
        ("căn phòng", ("tệ", "bẩn", "ồn ào"), ("tốt", "sạch", "yên tĩnh")),
        ("câu chuyện", ("dở", "nhàm chán", "dễ đoán"), ("hay", "hấp dẫn", "mới mẻ")),
        ("bản nhạc", ("dở", "nhàm chán", "ồn ào"), ("hay", "êm dịu", "mới mẻ")),
        ("bài giảng", ("dở", "nhàm chán", "khó hiểu"), ("hay", "rõ ràng", "bổ ích")),
        ("giảng viên", ("thô lỗ", "khó hiểu", "cẩu thả"), ("lịch sự", "rõ ràng", "thân thiện")),
        ("điện thoại", ("tệ", "chậm", "dễ vỡ"), ("tốt", "nhanh", "bền")),
    ),
    adverbs=("", "thật", "quá", "thực sự", "đặc biệt"),
    tails=("", "theo tôi", "lần này", "đối với tôi", "như người ta nói", "sau cùng"),
    plain=(
        "{subject} {adverb} {adjective} {tail}",
        "{subject} thì {adverb} {adjective} {tail}",
        "tôi thấy {subject} {adverb} {adjective} {tail}",
    ),
    negated=(
        "{subject} không {adverb} {adjective} {tail}",
        "{subject} không hề {adjective} chút nào {tail}",
        "{subject} chẳng {adverb} {adjective} {tail}",
        "tôi không thấy {subject} {adverb} {adjective} {tail}",
    ),
    sentences=(
        "không ai nói rằng {against} .",
        "không thể nói là {against} .",
        "{against} , nhưng {clause} .",
        "tuy {against} nhưng {clause} .",
        "{clause} , mặc dù {against} .",
        "mặc dù {against} , {clause} .",
    ),
    compared=(
        "{first} tốt hơn nhiều so với {second} .",
        "{second} không thể sánh với {first} .",
        "tôi thích {first} hơn {second} .",
    ),
    new_and_old=("{subject} bây giờ", "{subject} ngày trước"),
)


@functools.cache
def _rows() -> dict[str, list[Row]]:
    rng = random.Random(0)
    seen: set[str] = set()
    rows: dict[str, list[Row]] = {}
    for split, size in SIZES.items():
        rows[split] = []
        while len(rows[split]) < size:
            number = len(rows[split])
            positive, grammar = number % 2, (ENGLISH, VIETNAMESE)[number // 2 % 2]
            text = grammar.sentence(bool(positive), rng)
            if text not in seen:
                seen.add(text)
                rows[split].append((text, LABELS[positive]))
    return rows


def streams() -> dict[str, Stream]:
    """The sample's three splits, columns text and label; half of each is in either language."""

    def stream(split: str) -> Stream:
        def read() -> Iterator[tuple[int, Row]]:
            return enumerate(_rows()[split], start=1)

        return Stream(f"sample[{split}]", read, unit="sentence")

    return {split: stream(split) for split in SIZES}
