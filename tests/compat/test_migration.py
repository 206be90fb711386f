"""Every row of `docs/migration.md` on Addons and keras-contrib does what the old name did.

Each row has a check in `CHECKS`, called with the values of the row's expressions and its names. A
row without a check fails, and so does a check without a row, and a name of Addons without a row.
"""

import addons_checks_crf
import addons_checks_layers
import addons_checks_metrics
import addons_checks_seq2seq
import keras_contrib_checks
import migration_page
import numpy as np
import pytest
import toolkit_checks

PARTS = {
    "TensorFlow Addons: CRF": addons_checks_crf,
    "TensorFlow Addons: cells and layers": addons_checks_layers,
    "TensorFlow Addons: sequence to sequence": addons_checks_seq2seq,
    "TensorFlow Addons: metrics and losses": addons_checks_metrics,
    "keras-contrib": keras_contrib_checks,
}
ROWS = [(part, row) for title, part in PARTS.items() for row in migration_page.rows(title)]


@pytest.mark.parametrize(("part", "row"), ROWS, ids=[row.name for _, row in ROWS])
def test_the_row_does_what_the_old_name_did(part, row, tmp_path, monkeypatch):
    if row.name in part.WITHOUT:
        assert row.text == "no counterpart" and row.note
        return
    assert row.now, f"{row.name}: no code, and not in WITHOUT"
    np.random.seed(0)
    monkeypatch.chdir(tmp_path)
    part.CHECKS[row.name](*migration_page.values(row))


@pytest.mark.parametrize("title", PARTS)
def test_rows_names_and_checks_are_the_same(title):
    names = [row.name for row in migration_page.rows(title)]
    assert len(set(names)) == len(names)
    part = PARTS[title]
    assert set(names) == {*part.CHECKS, *part.WITHOUT}
    assert set(names) == set(part.NAMES)
    assert not {*part.CHECKS} & {*part.WITHOUT}


def test_a_table_without_checks_is_found():
    """All sections with tables are tested here or in a module of their own."""
    tabled = {title for title in migration_page.sections() if migration_page.rows(title)}
    assert tabled == {*PARTS, *toolkit_checks.CHECKS}
