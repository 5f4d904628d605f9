"""Which links can stand behind a claim, and whose they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from flows.evidence import Link, domain, read_link

OWN = ("acme.example.com", "acme.org")


@pytest.mark.parametrize(
    ("typed", "url", "own"),
    [
        ("https://acme.org/code.pdf", "https://acme.org/code.pdf", True),
        (" acme.org/code.pdf#page=3 ", "https://acme.org/code.pdf#page=3", True),
        ("HTTP://WWW.Acme.Org", "http://www.acme.org/", True),
        ("https://reports.acme.org:8443/a?b=c", "https://reports.acme.org:8443/a?b=c", True),
        ("https://notacme.org/", "https://notacme.org/", False),
        ("https://acme.org.evil.net/", "https://acme.org.evil.net/", False),
        ("https://münchen.de/", "https://xn--mnchen-3ya.de/", False),
        ("https://8.8.8.8/x", "https://8.8.8.8/x", False),
    ],
)
def test_a_public_link_is_taken_in_one_form(typed: str, url: str, own: bool) -> None:
    found = read_link(typed, OWN)

    assert isinstance(found, Link)
    assert (found.url, found.own) == (url, own)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("https://acme.org/" + "a" * 2000, "too_long"),
        ("ftp://acme.org/x", "scheme"),
        ("javascript://acme.org/%0aalert(1)", "scheme"),
        ("file:///etc/passwd", "scheme"),
        ("https://", "no_host"),
        ("https://ac me.org/", "no_host"),
        ("https://-acme.org/", "no_host"),
        ("https://acme..org/", "no_host"),
        ("https://[::1", "no_host"),
        ("https://acme.org:99999/", "no_host"),
        ("https://me:secret@acme.org/", "credentials"),
        ("https://acme.org@evil.net/", "credentials"),
        ("http://localhost:8080/", "private"),
        ("http://intranet/policy", "private"),
        ("http://wiki.corp/policy", "private"),
        ("http://10.0.0.1/", "private"),
        ("http://192.168.1.1/", "private"),
        ("http://169.254.169.254/latest/meta-data/", "private"),
        ("http://127.0.0.1/", "private"),
        ("http://0.0.0.0/", "private"),
        ("http://[::1]/", "private"),
        ("http://[fd00::1]/", "private"),
        ("http://2130706433/", "private"),
        ("http://0x7f.1/", "private"),
    ],
)
def test_what_nobody_outside_could_open_is_refused(typed: str, problem: str) -> None:
    assert read_link(typed, OWN) == problem


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("acme.org", "acme.org"),
        ("https://www.acme.org/en/", "acme.org"),
        ("München.de", "xn--mnchen-3ya.de"),
        ("acme", None),
        ("10.0.0.1", None),
        ("8.8.8.8", None),
        ("", None),
    ],
)
def test_a_domain_is_read_however_it_is_written(typed: str, name: str | None) -> None:
    assert domain(typed) == name


@given(some.text(max_size=60))
def test_whatever_is_typed_is_taken_or_refused_and_what_is_taken_stays(typed: str) -> None:
    found = read_link(typed, OWN)

    if isinstance(found, Link):
        assert read_link(found.url, OWN) == found
        assert found.url.startswith(("http://", "https://"))
