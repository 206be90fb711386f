"""English sentences and their Vietnamese translations, in which the word order moves.

A small grammar written for this project. Vietnamese puts adjectives, "this", "that" and possessors
after the noun ("my red book": "quyển sách đỏ của tôi"), leaves most question words where the answer
stands ("what did she buy": "cô ấy đã mua gì"), negates before the verb, and begins with the time
("yesterday") that English ends with; each noun has its classifier and tenses are words of their
own. No sentence stands in two splits.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator
from typing import NamedTuple

from seqtasks.data.streams import Row, Stream

SIZES = {"train": 4000, "validation": 300, "test": 500}


class Person(NamedTuple):
    """A subject, with the auxiliaries that English gives it."""

    english: str
    vietnamese: str
    third: bool = True  # he does, is; else I, you, they do, and `are`
    are: str = "is"


class Verb(NamedTuple):
    """A verb that takes a thing: "buy", "buys", "bought", "buying"."""

    base: str
    third: str
    past: str
    ing: str
    vietnamese: str


PEOPLE = (
    Person("I", "tôi", False, "am"),
    Person("you", "bạn", False, "are"),
    Person("he", "anh ấy"),
    Person("she", "cô ấy"),
    Person("we", "chúng tôi", False, "are"),
    Person("they", "họ", False, "are"),
    Person("my mother", "mẹ tôi"),
    Person("the teacher", "thầy giáo"),
    Person("her friend", "bạn của cô ấy"),
    Person("the children", "bọn trẻ", False, "are"),
    Person("Lan", "Lan"),
    Person("Minh", "Minh"),
)
VERBS = (
    Verb("buy", "buys", "bought", "buying", "mua"),
    Verb("sell", "sells", "sold", "selling", "bán"),
    Verb("draw", "draws", "drew", "drawing", "vẽ"),
    Verb("carry", "carries", "carried", "carrying", "mang"),
    Verb("wash", "washes", "washed", "washing", "rửa"),
    Verb("choose", "chooses", "chose", "choosing", "chọn"),
    Verb("photograph", "photographs", "photographed", "photographing", "chụp"),
    Verb("look for", "looks for", "looked for", "looking for", "tìm"),
    Verb("find", "finds", "found", "finding", "tìm thấy"),
    Verb("admire", "admires", "admired", "admiring", "ngắm"),
)
# Singular, plural, and the noun with its classifier.
THINGS = (
    ("book", "books", "quyển sách"),
    ("notebook", "notebooks", "quyển vở"),
    ("dog", "dogs", "con chó"),
    ("cat", "cats", "con mèo"),
    ("horse", "horses", "con ngựa"),
    ("bird", "birds", "con chim"),
    ("car", "cars", "chiếc xe"),
    ("hat", "hats", "chiếc mũ"),
    ("shirt", "shirts", "chiếc áo"),
    ("table", "tables", "cái bàn"),
    ("chair", "chairs", "cái ghế"),
    ("flower", "flowers", "bông hoa"),
    ("fruit", "fruits", "quả cây"),
    ("picture", "pictures", "bức tranh"),
    ("letter", "letters", "bức thư"),
    ("house", "houses", "ngôi nhà"),
)
ADJECTIVES = (
    ("red", "đỏ"),
    ("green", "xanh"),
    ("white", "trắng"),
    ("black", "đen"),
    ("yellow", "vàng"),
    ("big", "to"),
    ("small", "nhỏ"),
    ("beautiful", "đẹp"),
    ("strange", "lạ"),
    ("cheap", "rẻ"),
    ("expensive", "đắt"),
    ("heavy", "nặng"),
)
# What stands before a thing in English, and before and after it in Vietnamese.
DETERMINERS = (
    ("the", "", ""),
    ("a", "một", ""),
    ("this", "", "này"),
    ("that", "", "kia"),
    ("my", "", "của tôi"),
    ("your", "", "của bạn"),
    ("his", "", "của anh ấy"),
    ("her", "", "của cô ấy"),
    ("our", "", "của chúng tôi"),
    ("two", "hai", ""),
    ("three", "ba", ""),
    ("many", "nhiều", ""),
)
PLURAL = ("two", "three", "many")
TIMES = {
    "past": (("yesterday", "hôm qua"), ("last week", "tuần trước"), ("last year", "năm ngoái")),
    "future": (("tomorrow", "ngày mai"), ("next week", "tuần sau"), ("next year", "năm sau")),
    "progressive": (("now", "bây giờ"),),
    "present": (("every day", "mỗi ngày"), ("every year", "mỗi năm")),
}
MARKERS = {"past": "đã ", "future": "sẽ ", "progressive": "đang ", "present": ""}
NEGATED = {**MARKERS, "progressive": ""}
PLACES = (
    ("in the garden", "trong vườn"),
    ("at the market", "ở chợ"),
    ("near the river", "gần sông"),
    ("at school", "ở trường"),
)


def _thing(rng: random.Random, *, determiners: tuple = DETERMINERS) -> tuple[str, str]:
    """A noun phrase in both languages: "my red book", "quyển sách đỏ của tôi"."""
    english, before, after = rng.choice(determiners)
    one, many, noun = rng.choice(THINGS)
    adjective, after_noun = rng.choice(ADJECTIVES) if rng.random() < 0.75 else ("", "")
    words = (english, adjective, many if english in PLURAL else one)
    phrase = " ".join(filter(None, words)).replace("a expensive", "an expensive")
    return phrase, " ".join(filter(None, (before, noun, after_noun, after)))


def _forms(person: Person, verb: Verb, tense: str) -> tuple[str, str, str]:
    """English auxiliary for questions, its verb, and the verb of a plain statement."""
    if tense == "past":
        return "did", verb.base, verb.past
    if tense == "future":
        return "will", verb.base, f"will {verb.base}"
    if tense == "progressive":
        return person.are, verb.ing, f"{person.are} {verb.ing}"
    return ("does" if person.third else "do"), verb.base, verb.third if person.third else verb.base


def _pair(rng: random.Random) -> Row:
    """One sentence in both languages, without capitals and the last mark."""
    person, verb, tense = rng.choice(PEOPLE), rng.choice(VERBS), rng.choice(tuple(TIMES))
    thing, thing_vi = _thing(rng)
    auxiliary, bare, full = _forms(person, verb, tense)
    marked = f"{MARKERS[tense]}{verb.vietnamese}"
    negated = f"{NEGATED[tense]}không {verb.vietnamese}"
    time, time_vi = rng.choice(TIMES[tense])
    place, place_vi = rng.choice(PLACES)
    you, you_vi = person.english, person.vietnamese
    forms = (
        (f"{you} {full} {thing}.", f"{you_vi} {marked} {thing_vi}."),
        (f"{you} {full} {thing} {time}.", f"{time_vi} {you_vi} {marked} {thing_vi}."),
        (f"{you} {full} {thing} {place}.", f"{you_vi} {marked} {thing_vi} {place_vi}."),
        (f"{you} {auxiliary} not {bare} {thing}.", f"{you_vi} {negated} {thing_vi}."),
        (
            f"{you} {auxiliary} not {bare} {thing} {time}.",
            f"{time_vi} {you_vi} {negated} {thing_vi}.",
        ),
        (f"{auxiliary} {you} {bare} {thing}?", f"{you_vi} {marked} {thing_vi} phải không?"),
        (f"what {auxiliary} {you} {bare} {place}?", f"{you_vi} {marked} gì {place_vi}?"),
        (f"what {auxiliary} {you} {bare} {time}?", f"{time_vi} {you_vi} {marked} gì?"),
        (f"where {auxiliary} {you} {bare} {thing}?", f"{you_vi} {marked} {thing_vi} ở đâu?"),
        (f"why {auxiliary} {you} {bare} {thing}?", f"tại sao {you_vi} {marked} {thing_vi}?"),
        (f"who {_forms(PEOPLE[2], verb, tense)[2]} {thing}?", f"ai {marked} {thing_vi}?"),
        _described(rng),
    )
    return rng.choice(forms)


def _described(rng: random.Random) -> Row:
    """A sentence that says how a thing is, or asks where it is."""
    singular = tuple(d for d in DETERMINERS if d[0] not in (*PLURAL, "a"))
    thing, thing_vi = _thing(rng, determiners=singular)
    adjective, adjective_vi = rng.choice(ADJECTIVES)
    return rng.choice(
        (
            (f"{thing} is very {adjective}.", f"{thing_vi} rất {adjective_vi}."),
            (f"{thing} is not {adjective}.", f"{thing_vi} không {adjective_vi}."),
            (f"is {thing} {adjective}?", f"{thing_vi} có {adjective_vi} không?"),
            (f"where is {thing}?", f"{thing_vi} ở đâu?"),
        )
    )


@functools.cache
def _rows() -> dict[str, list[Row]]:
    rng, seen = random.Random(0), set()
    rows: dict[str, list[Row]] = {}
    for split, size in SIZES.items():
        rows[split] = []
        while len(rows[split]) < size:
            english, vietnamese = _pair(rng)
            if english not in seen:
                seen.add(english)
                row = tuple(text[0].upper() + text[1:] for text in (english, vietnamese))
                rows[split].append(row)
    return rows


def streams() -> dict[str, Stream]:
    """The three splits, the same each time."""

    def read(split: str) -> Iterator[tuple[int, Row]]:
        return enumerate(_rows()[split], start=1)

    return {
        split: Stream(f"sample[{split}]", functools.partial(read, split), unit="sentence")
        for split in SIZES
    }
