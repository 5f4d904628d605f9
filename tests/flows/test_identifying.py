"""What in somebody's own words may tell who they are is pointed out before it is sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.identifying import MOST, pointed_out
from tests.flows.playing import ASI


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ask anna.k@rio.example.com.", ("anna.k@rio.example.com",)),
        ("See www.example.org/sites, or example.cn", ("www.example.org/sites", "example.cn")),
        ("Write to @anna_k", ("@anna_k",)),
        ("Call +31 6 1234 5678", ("+31 6 1234 5678",)),
        ("My name is Anna Smith", ("Anna Smith",)),
        ("Thanks to Dr. Li from Alunorte", ("Dr. Li", "Alunorte")),
        ("We are Example Metal Group", ("Example Metal Group",)),
        ("It helped our Sohar smelter in Oman", ("Sohar", "Oman")),
        ("我叫王小明，很好", ("王小明",)),
        ("张经理很好", ("张经理",)),
        ("感谢某某铝业有限公司", ("感谢某某铝业有限公司",)),
    ],
)  # fmt: skip
def test_names_addresses_sites_and_companies_are_pointed_out(text, found):
    assert pointed_out(text, harmless=ASI.vocabulary) == found


@pytest.mark.parametrize(
    "text",
    [
        "Great help from ASI in the Performance Standard audit.",
        "It took 2 years, 2019-2020, and the Chain of Custody.",
        "We liked it. The auditors were fine. In Europe too, I'd say in June.",
        "我们希望得到更多培训，包括内部审核员培训",
        "",
    ],
)
def test_what_everybody_could_have_written_is_not(text):
    assert pointed_out(text, harmless=ASI.vocabulary) == ()


def test_what_the_writer_said_of_themselves_elsewhere_is_found_in_any_spelling():
    found = pointed_out(
        "here at EXAMPLE aluminium", harmless=frozenset(), own=["Example Aluminium"]
    )

    assert found == ("EXAMPLE aluminium",)


@given(st.text(max_size=4000))
def test_whatever_is_written_a_few_pieces_of_it_are_named_at_most(text):
    found = pointed_out(text, harmless=frozenset())

    assert len(found) <= MOST
    assert all(each in text for each in found)
