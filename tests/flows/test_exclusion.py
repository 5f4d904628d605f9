from flows.exclusion import clash, displaced, in_order
from tests.flows.playing import KITCHEN, RSCB, TEA

KETTLE, CUPS = KITCHEN.item("1.1").rows, KITCHEN.item("2.1").rows


def test_a_row_alone_clashes_with_every_other_and_not_with_itself():
    assert [clash(KETTLE[1], row) for row in KETTLE] == [True, False, True, True]
    assert [clash(row, KETTLE[1]) for row in KETTLE] == [True, False, True, True]


def test_rows_of_one_group_clash_with_each_other_only():
    assert [clash(CUPS[0], row) for row in CUPS] == [False, True, False]


def test_rows_without_a_group_are_no_group():
    assert not clash(KETTLE[2], KETTLE[3])


def test_rows_of_two_groups_stand_together():
    rows = {row.id: row for row in RSCB.item("9.1").rows}

    assert displaced(rows.values(), ["9.1d", "9.1g", "9.1i"], rows["9.1h"]) == ("9.1g",)
    assert displaced(rows.values(), ["9.1d", "9.1g", "9.1i"], rows["9.1a"]) == (
        "9.1d",
        "9.1g",
        "9.1i",
    )


def test_what_is_ticked_stands_in_printed_order():
    assert in_order(TEA.item("snack").options, ["snack-c", "snack-a"]) == ("snack-a", "snack-c")
