"""What every door can rely on: once only, by the right person, nothing lost, nothing told."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bot import presses, tokens
from bot.channels import Asked, Incoming, Outcome, Pressed, Said, Shown, Typed, Unreadable
from bot.conversation import Conversation
from flows import definition
from flows.actions import Choose, Command, Go, Tick
from flows.session import Place
from storage import outbox, participation, people, pool, responses, sessions
from storage.contacts import Contact
from storage.rounds import ALWAYS as ROUND
from tests import companies
from tests.invited import invited as invited_by_link

if TYPE_CHECKING:
    from bot.house import House
    from storage.database import Database
    from storage.sessions import Kept
    from tests.bot.conftest import Clock

SURVEY = "asi-certification-survey-2021"
BENCHMARK = "rscb-2014"
CONTACT = Contact("Anna", "ACME", "anna@example.org", "zh", "", "")


class Somebody:
    """A person at one door."""

    def __init__(self, talk: Conversation, address: str = "1", channel: str = "web") -> None:
        self.talk, self.address, self.channel = talk, address, channel

    async def does(self, said: Said, **more: int) -> Outcome:
        (outcome,) = await self.talk.take([Incoming(self.channel, self.address, said, **more)])
        return outcome

    async def asks(self, name: str, argument: str = "") -> Outcome:
        return await self.does(Asked(Command(name, argument)))

    async def sees(self) -> Shown:
        return await self.talk.current(self.channel, self.address)

    async def presses(self, action: Go | Choose | Tick, stamp: str = "") -> Outcome:
        code = presses.code_of(action)
        return await self.does(Pressed(code, stamp or (await self.sees()).stamp))

    async def types(self, *lines: str) -> Outcome:
        for line in lines:
            outcome = await self.does(Typed(line))
        return outcome

    async def kept(self, instrument: str = SURVEY) -> Kept | None:
        async with self.talk.database.reading() as tx:
            person = await people.at_address(tx, self.channel, self.address)
            return person and await sessions.load(tx, self.talk.house.keys, person.id, instrument)


@pytest.fixture
async def anna(talk: Conversation) -> Somebody:
    somebody = Somebody(talk)
    await somebody.asks("take", SURVEY)
    await somebody.types("start")
    return somebody


async def test_an_update_counts_once_however_often_it_comes(anna: Somebody) -> None:
    code = presses.code_of(Tick("q1", "q1b", on=True))
    pressed = Pressed(code, (await anna.sees()).stamp)

    first = await anna.does(pressed, update_id=77)
    before = await anna.kept()
    again = await anna.does(pressed, update_id=77)

    assert (first.seen, again.seen) == (False, True)
    assert await anna.kept() == before


async def test_ten_presses_equal_one(anna: Somebody) -> None:
    for _ in range(10):
        await anna.presses(Tick("q1", "q1b", on=True))

    kept = await anna.kept()
    assert kept is not None
    assert kept.session.answers["q1"].chosen == ("q1b",)
    assert kept.revision == 3, "begun, started, ticked"


@pytest.mark.parametrize(
    "code",
    ["", "x", "t:q1:q1b:2", "t:q1:nope:1", "c:q9:q9a", "g:it:q99", "g:zz:q1", "n:q1", "e:co:q1",
     "s:1", "t:q1:q1b", "\x00", "g:" + "it:" * 20, "u:q1", "t:1.1:1.1b:1"],
)  # fmt: skip
async def test_a_forged_press_changes_nothing_and_says_so(code: str, anna: Somebody) -> None:
    before = await anna.kept()

    outcome = await anna.does(Pressed(code, (await anna.sees()).stamp))

    assert outcome.refused
    assert len(outcome.notices) == 1
    assert await anna.kept() == before


async def test_a_button_of_another_person_changes_nobodys_answers(
    anna: Somebody, talk: Conversation
) -> None:
    ben = Somebody(talk, "2")
    await ben.asks("take", SURVEY)
    await ben.types("start")
    before = await anna.kept(), await ben.kept()

    tick = Tick("q1", "q1b", on=True)
    outcome = await ben.presses(tick, stamp=(await anna.sees()).stamp)

    assert outcome.refused
    assert (await anna.kept(), await ben.kept()) == before


async def test_an_old_card_in_the_chat_no_longer_counts(anna: Somebody) -> None:
    old = (await anna.sees()).stamp
    await anna.types("next")
    await anna.types("answer later")
    before = await anna.kept()

    outcome = await anna.presses(Tick("q1", "q1b", on=True), stamp=old)

    assert outcome.refused
    assert await anna.kept() == before


async def test_an_older_page_still_counts_for_its_own_question(anna: Somebody) -> None:
    old = (await anna.sees()).stamp
    await anna.types("answer later")

    code = presses.code_of(Tick("q1", "q1b", on=True))
    outcome = await anna.does(Pressed(code, old, at=Place("item", "q1")))

    kept = await anna.kept()
    assert not outcome.refused
    assert kept is not None
    assert kept.session.answers["q1"].chosen == ("q1b",)
    assert kept.session.at == Place("item", "q1")


async def test_words_for_a_place_that_is_gone_are_written_nowhere_else(anna: Somebody) -> None:
    await anna.presses(Tick("q1", "q1g", on=True))
    other = await anna.sees()
    await anna.types("back to the question")
    await anna.presses(Tick("q1", "q1g", on=False))
    await anna.types("all questions", "3", "2", "MY COMMENT")
    before = await anna.kept()

    late = Typed("words for Other", whole=True, at=other.card.place, stamp=other.stamp)
    outcome = await anna.does(late)

    assert outcome.refused
    assert await anna.kept() == before


async def test_a_long_text_is_shortened_and_that_is_said(anna: Somebody) -> None:
    await anna.types("all questions", "11")

    outcome = await anna.types("x" * 10_000)

    kept = await anna.kept()
    assert kept is not None
    assert kept.session.answers["q11"].text == "x" * 4_000
    assert "6000 characters" in outcome.notices[0]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("🙂👩‍🔬", "🙂👩‍🔬"),
        ("مرحبا", "مرحبا"),
        ("a\u202eb\x00c\x1b[31m", "abc[31m"),
        ("<b>bold</b> & <script>", "<b>bold</b> & <script>"),
        ("\ud83d half a pair", "half a pair"),
        ("one\r\ntwo", "one\ntwo"),
    ],
)
async def test_odd_texts_are_kept_as_they_read(typed: str, stored: str, anna: Somebody) -> None:
    await anna.types("all questions", "11")

    await anna.types(typed)

    kept = await anna.kept()
    assert kept is not None
    assert kept.session.answers["q11"].text == stored


async def test_language_changes_and_the_place_stays(anna: Somebody) -> None:
    before = await anna.kept()

    await anna.asks("language", "zh")

    shown = await anna.sees()
    assert shown.language == "zh"
    assert "第 1 题" in (shown.card.progress or "")
    assert await anna.kept() == before
    assert (await anna.asks("language", "fr")).refused


async def test_a_pause_comes_back_to_the_same_question(anna: Somebody) -> None:
    await anna.types("answer later", "skip")
    await anna.asks("pause")
    assert (await anna.sees()).card.name == "paused"

    await anna.types("go on")

    assert (await anna.sees()).card.place == Place("item", "q3")


@pytest.mark.parametrize("kind", ["voice", "sticker", "edited", "document", "foreign", "group"])
async def test_what_is_no_answer_is_explained_and_changes_nothing(
    kind: str, anna: Somebody
) -> None:
    before = await anna.kept()

    outcome = await anna.does(Unreadable(kind))

    assert outcome.refused
    assert outcome.notices[0]
    assert await anna.kept() == before


async def test_a_survey_can_be_sent_once_by_each_person(anna: Somebody, talk: Conversation) -> None:
    for line in ("1", "next", "skip", "a", "next", *["1", "next"] * 6, "1"):
        await anna.types(line)
        if (await anna.sees()).card.name == "comment":
            await anna.types("no comment")
    await anna.types("review")
    outcome = await anna.types("send")
    assert not outcome.refused, outcome.notices
    assert (await anna.sees()).card.name == "sent"

    await anna.asks("take", SURVEY)

    assert (await anna.sees()).card.name == "sent"
    assert await anna.kept() is None
    async with talk.database.reading() as tx:
        assert await pool.held_back(tx, SURVEY, ROUND) == 1
        assert await responses.count(tx, SURVEY, ROUND) == 0


async def test_what_is_missing_is_refused_by_number(anna: Somebody) -> None:
    await anna.types("review")

    outcome = await anna.types("send")

    assert outcome.refused
    assert "1; 3; 4; 5; 6; 7; 8; 9; 10" in outcome.notices[0]
    await anna.types("go to the first missing answer")
    assert (await anna.sees()).card.place == Place("item", "q1")


async def linked(talk: Conversation, token: str = "good", expires: int = 2**40) -> None:
    async with talk.database.writing() as tx:
        contact = replace(CONTACT, email=f"{token}@example.org")
        await invited_by_link(tx, contact, SURVEY, tokens.digest(token), expires_at=expires)


@pytest.fixture
def invited(talk: Conversation) -> Conversation:
    talk.house = replace(talk.house, open_to_all=False)
    return talk


async def test_without_an_invitation_nothing_can_be_begun(invited: Conversation) -> None:
    ben = Somebody(invited)

    assert (await ben.asks("take", SURVEY)).refused
    assert (await ben.sees()).card.lines == ()


async def test_a_link_opens_the_survey_in_the_language_of_its_contact(
    invited: Conversation,
) -> None:
    await linked(invited)
    ben = Somebody(invited)

    await ben.asks("start", "good")

    shown = await ben.sees()
    assert shown.card.name == "introduction"
    assert shown.language == "zh"


async def test_wrong_used_and_expired_links_sound_alike(
    invited: Conversation, clock: Clock
) -> None:
    await linked(invited)
    await linked(invited, "late", invited.house.universe.seconds())
    await Somebody(invited, "first").asks("start", "good")

    said = {
        (await Somebody(invited, f"{len(token)}").asks("start", token)).notices
        for token in ("good", "late", "wrong", "x" * 5_000, "half \ud83d", "nul \x00")
    }

    assert len(said) == 1


async def test_a_link_opened_again_by_the_same_person_goes_on(invited: Conversation) -> None:
    await linked(invited)
    ben = Somebody(invited)
    await ben.asks("start", "good")
    await ben.types("开始", "1")

    outcome = await ben.asks("start", "good")

    assert not outcome.refused
    assert (await ben.sees()).card.place == Place("item", "q1")


async def test_links_cannot_be_guessed_without_end(invited: Conversation, clock: Clock) -> None:
    await linked(invited)
    ben = Somebody(invited)
    for _ in range(5):
        await ben.asks("start", "wrong")

    assert "10" in (await ben.asks("start", "good")).notices[0]
    clock.passes(minutes=10)
    assert not (await ben.asks("start", "good")).refused


async def test_opening_ones_own_link_again_and_again_is_no_guessing(invited: Conversation) -> None:
    await linked(invited)
    ben = Somebody(invited)

    assert not any([(await ben.asks("start", "good")).refused for _ in range(9)])


async def given_code(somebody: Somebody) -> str:
    (page,) = (await somebody.asks("code")).pages
    return page.card.paragraphs[0].split(": ")[1].split(" ")[0]


async def test_a_code_takes_a_person_to_another_door(anna: Somebody, talk: Conversation) -> None:
    await anna.types("2")
    code = await given_code(anna)
    phone = Somebody(talk, "555", "telegram")

    await phone.asks("continue", code.lower().replace("-", " "))

    assert (await phone.sees()).card == (await anna.sees()).card
    await phone.types("3")
    kept = await anna.kept()
    assert kept is not None
    assert kept.session.answers["q1"].chosen == ("q1b", "q1c")


async def test_a_code_is_good_once_and_for_ten_minutes(
    anna: Somebody, talk: Conversation, clock: Clock
) -> None:
    code = await given_code(anna)
    await Somebody(talk, "2").asks("continue", code)
    assert (await Somebody(talk, "3").asks("continue", code)).refused

    late = await given_code(anna)
    clock.passes(minutes=10)
    assert (await Somebody(talk, "4").asks("continue", late)).refused


async def test_looking_at_the_page_of_a_code_makes_none_and_voids_none(
    anna: Somebody, talk: Conversation, clock: Clock
) -> None:
    async def looks(name: str) -> str:
        return str((await talk.page(anna.channel, anna.address, name)).card.paragraphs)

    assert "Your code" not in await looks("code")
    (page,) = (await anna.asks("code")).pages
    code = page.card.paragraphs[0].split(": ")[1].split(" ")[0]
    clock.passes(minutes=3)

    assert "for 7 minutes" in await looks(page.card.name)
    assert "Your code" not in await looks("code")
    assert code not in str(await talk.page("terminal", "somebody else", page.card.name))
    assert not (await Somebody(talk, "2").asks("continue", code)).refused
    assert "Your code" not in await looks(page.card.name)


async def test_codes_cannot_be_guessed_without_end(anna: Somebody, talk: Conversation) -> None:
    code = await given_code(anna)
    guesser = Somebody(talk, "9")
    for _ in range(5):
        await guesser.asks("continue", "AAAAA-AAAAA")

    assert (await guesser.asks("continue", code)).refused


async def test_forgetting_asks_first_and_then_leaves_nothing(
    anna: Somebody, talk: Conversation
) -> None:
    asked = await anna.asks("forget")
    assert asked.pages[0].card.name == "forget"
    assert await anna.kept() is not None

    forged = await anna.does(Pressed("k:forget:yes", "00000000"))
    assert forged.refused
    pressed = await anna.does(Pressed("k:forget:yes", asked.pages[0].stamp))

    assert pressed.pages[0].card.name == "forgotten"
    async with talk.database.reading() as tx:
        assert await people.at_address(tx, "web", "1") is None


async def test_ones_own_data_shows_the_answers_under_way(anna: Somebody) -> None:
    await anna.types("2")

    page = (await anna.asks("mydata")).pages[0]

    assert any(line.detail == "Gain competitive advantage" for line in page.card.lines)


async def test_a_sent_benchmark_shows_its_score(talk: Conversation) -> None:
    company = Somebody(talk)
    await company.asks("take", BENCHMARK)
    await company.types("start")
    for _ in range(46):
        await company.types("2", "next")
    await company.types("send", "send all the same")

    shown = await company.sees()
    assert shown.card.name == "sent"
    assert any("30.39" in paragraph for paragraph in shown.card.paragraphs)
    async with talk.database.reading() as tx:
        person = await people.at_address(tx, "web", "1")
        assert person is not None
        frozen = await companies.latest(tx, person.id, BENCHMARK)
        assert frozen is not None
        assert len(frozen.answers) == 46
        assert await responses.count(tx, BENCHMARK, ROUND) == 0
        assert await participation.state(tx, person.id, BENCHMARK, ROUND) == "finished"


async def test_a_newer_edition_is_offered_and_moved_to_by_a_press(
    anna: Somebody, house: House, database: Database
) -> None:
    await anna.types("2")
    body = definition.dump(house.shelf.instruments[SURVEY]).replace('"q1b"', '"q1x"')
    form = {**json.loads(body), "edition": "2027", "renamed": {"q1b": "q1x"}}
    newer = definition.restore(json.dumps(form))
    house.shelf.instruments[SURVEY] = newer
    await house.shelf.keep(database)

    await anna.types("next")
    kept = await anna.kept()
    assert kept is not None
    assert kept.session.edition == "2021", "nobody is moved unasked"
    await anna.types("review")
    outcome = await anna.types("move to edition 2027")

    kept = await anna.kept()
    assert kept is not None
    assert kept.session.edition == "2027"
    assert kept.session.answers["q1"].chosen == ("q1x",)
    assert "2027" in outcome.notices[0]


async def test_a_told_channel_gets_rows_without_words(talk: Conversation) -> None:
    talk.told = frozenset({"telegram"})
    woken: list[bool] = []
    talk.wake = lambda: woken.append(True)
    ben = Somebody(talk, "5", "telegram")
    await ben.asks("take", SURVEY)
    await ben.types("start", "nonsense that nobody understands")
    await ben.asks("help")

    async with talk.database.writing() as tx:
        due = await outbox.claim(tx, now=2**40, claim="c", lease=60, limit=9)
    assert [(each.kind, each.reference) for each in due] == [
        ("card", "new:refused_not_understood:0")
    ]
    assert woken


async def test_nothing_is_told_to_whoever_has_blocked_the_door(talk: Conversation) -> None:
    talk.told = frozenset({"telegram"})
    ben = Somebody(talk, "5", "telegram")
    await ben.asks("take", SURVEY)

    await ben.does(Unreadable("blocked"))

    async with talk.database.reading() as tx:
        assert await outbox.next_due(tx) is None


async def test_an_unknown_command_is_met_with_help(anna: Somebody) -> None:
    outcome = await anna.asks("dance")

    assert outcome.refused
    assert outcome.pages[0].card.name == "help"
