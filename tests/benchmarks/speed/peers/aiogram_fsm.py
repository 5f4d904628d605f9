"""Aiogram's finite state machine over its storage in memory, as its FSM example has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiogram import Dispatcher, F, Router
from aiogram.filters import CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import CallbackQuery, Message

from tests.benchmarks.speed.peers import aiogram3, form

if TYPE_CHECKING:
    from tests.benchmarks.speed.peers.form import Screen

router = Router()


class Survey(StatesGroup):
    """Where somebody can be."""

    welcomed = State()
    ticking = State()
    choosing = State()
    commenting = State()
    writing = State()
    saved = State()
    reviewing = State()


STATES = {
    "many": Survey.ticking,
    "one": Survey.choosing,
    "words": Survey.writing,
    "contact": Survey.writing,
}


@router.message(CommandStart())
async def start(message: Message, state: FSMContext) -> None:
    """Somebody begins, perhaps anew."""
    await state.set_data({"at": -1})
    await state.set_state(Survey.welcomed)
    await message.answer(form.WELCOME.text, reply_markup=aiogram3.keyboard(form.WELCOME))


@router.callback_query(F.data == "next")
async def onward(query: CallbackQuery, state: FSMContext) -> None:
    """The next question."""
    at = (await state.get_data())["at"] + 1
    await state.update_data(at=at)
    reached = Survey.reviewing if at == form.LAST else STATES[form.QUESTIONS[at].kind]
    await state.set_state(reached)
    await turned(query, form.asked(at))


@router.callback_query(Survey.ticking, F.data.startswith("pick:"))
async def tick(query: CallbackQuery, state: FSMContext) -> None:
    """One of several options, on or off."""
    _, at, option = query.data.split(":")
    ticked = {*(await state.get_data()).get(at, ())} ^ {int(option)}
    await state.update_data({at: sorted(ticked)})
    await turned(query, form.asked(int(at), ticked))


@router.callback_query(Survey.choosing, F.data.startswith("pick:"))
async def choose(query: CallbackQuery, state: FSMContext) -> None:
    """The only option; its comment or the next question follows."""
    _, at, option = query.data.split(":")
    await state.update_data({at: int(option)})
    if not form.QUESTIONS[int(at)].comment:
        await onward(query, state)
        return
    await state.set_state(Survey.commenting)
    await turned(query, form.comment(int(at)))


@router.message(Survey.commenting, F.text)
@router.message(Survey.writing, F.text)
async def write(message: Message, state: FSMContext) -> None:
    """A comment, or an answer in words."""
    at = (await state.get_data())["at"]
    await state.update_data({f"words {at}": message.text})
    await state.set_state(Survey.saved)
    screen = form.saved(at, message.text)
    await message.answer(screen.text, reply_markup=aiogram3.keyboard(screen))


@router.callback_query(Survey.reviewing, F.data == "send")
async def send(query: CallbackQuery, state: FSMContext) -> None:
    """Everything is said."""
    await state.clear()
    await turned(query, form.SENT)


async def turned(query: CallbackQuery, screen: Screen) -> None:
    """Answer a press, and change the message under it."""
    await query.answer()
    await query.message.edit_text(screen.text, reply_markup=aiogram3.keyboard(screen))


def main() -> None:
    """Run the bot."""
    dispatcher = Dispatcher(storage=MemoryStorage())
    dispatcher.include_router(router)
    aiogram3.run(dispatcher)


if __name__ == "__main__":
    main()
