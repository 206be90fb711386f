"""Short rows first: as many rows as ever, from a share that grows."""

from collections import Counter

import pytest

from seqtasks.data import Curriculum, Stream, competence

ROWS = [("x" * (1 + (7 * n) % 20), "y") for n in range(40)]
STREAM = Stream("rows", lambda: enumerate(ROWS, start=1))


@pytest.mark.parametrize(("share", "longest"), [(0.0, 1), (0.1, 2), (0.5, 10), (1.0, 20)])
def test_gives_the_shortest_share_as_often_as_it_takes(share, longest):
    drawn = list(Curriculum(STREAM, lambda: share))
    assert len(drawn) == 40
    assert {len(row[0]) for row in drawn} == set(range(1, longest + 1))
    times = Counter(drawn).values()
    assert max(times) - min(times) <= max(Counter(ROWS).values())


def test_a_whole_curriculum_is_the_stream_itself_and_the_share_is_asked_anew():
    shares = iter([0.1, 1.0])
    rows = Curriculum(STREAM, lambda: next(shares))
    assert max(len(row[0]) for row in rows) == 2
    assert list(rows) == ROWS


def test_competence_rises_from_its_first_share_to_everything():
    assert competence(0.0) == pytest.approx(0.1)
    assert competence(0.25) == pytest.approx((0.25 * 0.99 + 0.01) ** 0.5)
    assert competence(1.0) == competence(7.0) == pytest.approx(1.0)
