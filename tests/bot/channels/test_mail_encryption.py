"""The line to a mail server: encrypted, to the right server, and only then with a password."""

from __future__ import annotations

import logging
import ssl
from typing import TYPE_CHECKING

import pytest

from bot.channels import RetryLater
from bot.channels.mail import Letter
from tests import post_office
from tests.post_office import logged, sending_to

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ANNA = "anna@example.org"
LETTER = Letter("A round has opened", ("Please answer.",))
LOGIN = {"security": "starttls", "username": "anna-sends", "password": "hush"}


@pytest.fixture(autouse=True)
def _nothing_private_in_the_log(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    caplog.set_level(logging.DEBUG, logger="bot")
    yield
    said = logged(caplog)
    assert not [word for word in ("anna", "hush", "A round", "assay.test") if word in said]


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return post_office.certificate(tmp_path_factory.mktemp("papers"))


@pytest.fixture
def tls(papers: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*papers)
    return context


@pytest.fixture
def trust(papers: tuple[Path, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=papers[0])


async def test_after_starttls_one_logs_in_and_sends(
    tls: ssl.SSLContext, trust: ssl.SSLContext
) -> None:
    async with post_office.running(tls_context=tls, auth_required=True) as office:
        channel = sending_to(office.port, trust, **LOGIN)
        await channel.post(ANNA, LETTER)
        await channel.close()

    assert office.encrypted
    assert office.recipients == [ANNA]


async def test_a_line_encrypted_from_its_start_works_as_well(
    tls: ssl.SSLContext, trust: ssl.SSLContext
) -> None:
    async with post_office.running(tls) as office:
        channel = sending_to(office.port, trust, security="tls")
        await channel.post(ANNA, LETTER)
        await channel.close()

    assert office.recipients == [ANNA]


async def test_a_login_refused_is_waited_for(tls: ssl.SSLContext, trust: ssl.SSLContext) -> None:
    async with post_office.running(tls_context=tls, auth_required=True) as office:
        office.password = "another"
        with pytest.raises(RetryLater) as later:
            await sending_to(office.port, trust, **LOGIN).post(ANNA, LETTER)

    assert later.value.everybody
    assert not office.letters


async def test_a_certificate_that_nobody_vouches_for_gets_no_letter(tls: ssl.SSLContext) -> None:
    async with post_office.running(tls_context=tls) as office:
        with pytest.raises(RetryLater) as later:
            await sending_to(office.port, security="starttls").post(ANNA, LETTER)

    assert later.value.everybody
    assert not office.letters


async def test_a_server_that_offers_no_encryption_gets_no_letter() -> None:
    async with post_office.running() as office:
        with pytest.raises(RetryLater) as later:
            await sending_to(office.port, **LOGIN).post(ANNA, LETTER)

    assert later.value.everybody
    assert not office.letters
