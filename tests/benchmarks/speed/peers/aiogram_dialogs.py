"""The survey as an aiogram-dialog: a window a question, with the library's own widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiogram import Dispatcher, Router
from aiogram.filters import CommandStart
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import Message
from aiogram_dialog import Dialog, DialogManager, StartMode, Window, setup_dialogs
from aiogram_dialog.widgets.input import TextInput
from aiogram_dialog.widgets.kbd import Cancel, Multiselect, Next, Row, Select, SwitchTo
from aiogram_dialog.widgets.text import Const, Format

from tests.benchmarks.speed.peers import aiogram3, form

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.benchmarks.speed.peers.form import Question

router = Router()
_places = [
    "welcome",
    *(f"{what}{at}" for at in range(form.LAST) for what in ("question", "words", "saved")),
    "review",
    "sent",
]
Survey: Any = type("Survey", (StatesGroup,), {place: State() for place in _places})


def state(place: str) -> State:
    """The state of a window."""
    return getattr(Survey, place)


def following(at: int) -> State:
    """The state of the question after this one, or of the review."""
    return state(f"question{at + 1}" if at + 1 < form.LAST else "review")


@router.message(CommandStart())
async def start(_: Message, dialog_manager: DialogManager) -> None:
    """Somebody begins, perhaps anew."""
    await dialog_manager.start(state("welcome"), mode=StartMode.RESET_STACK)


def _asked(at: int, question: Question) -> Const:
    lines = "\n".join(f"{number}. {each}" for number, each in enumerate(question.options, 1))
    head = f"<i>Question {question.number} of {form.LAST}</i>\n\n<b>{question.text}</b>"
    return Const(f"{head}\n\n{lines}".rstrip())


def _windows(at: int, question: Question) -> Iterator[Window]:
    options = [*enumerate(question.options)]
    here = state(f"question{at}")
    if question.kind == "many":
        ticks = Multiselect(
            Format("☑ {pos}"),
            Format("☐ {pos}"),
            id=f"ticks{at}",
            item_id_getter=lambda option: option[0],
            items=options,
        )
        onward = SwitchTo(Const("Next"), id="next", state=following(at))
        yield Window(_asked(at, question), Row(ticks), onward, state=here)
    elif question.kind == "one":
        choice = Select(
            Format("○ {pos}"),
            id=f"choice{at}",
            item_id_getter=lambda option: option[0],
            items=options,
            on_click=_chosen(at, question),
        )
        yield Window(_asked(at, question), Row(choice), state=here)
    if question.kind in {"words", "contact"}:
        yield _taking_words(at, _asked(at, question), "Skip", here)
        yield _saved(at)
    elif question.comment:
        yield _taking_words(at, Const(question.comment), "No comment", state(f"words{at}"))
        yield _saved(at)


def _chosen(at: int, question: Question) -> Any:
    async def chosen(_: Any, __: Any, manager: DialogManager, option: str) -> None:
        manager.dialog_data[f"choice{at}"] = option
        await manager.switch_to(state(f"words{at}") if question.comment else following(at))

    return chosen


def _taking_words(at: int, text: Const, decline: str, here: State) -> Window:
    async def written(_: Message, __: Any, manager: DialogManager, words: str) -> None:
        manager.dialog_data["written"] = words
        await manager.switch_to(state(f"saved{at}"))

    onward = SwitchTo(Const(decline), id="next", state=following(at))
    return Window(text, TextInput(id=f"text{at}", on_success=written), onward, state=here)


def _saved(at: int) -> Window:
    onward = SwitchTo(Const("Next"), id="next", state=following(at))
    return Window(Format("Saved: {dialog_data[written]}"), onward, state=state(f"saved{at}"))


def dialog() -> Dialog:
    """All windows of the survey."""
    first = SwitchTo(Const("Start"), id="start", state=state("question0"))
    return Dialog(
        Window(Const(form.WELCOME.text), first, state=state("welcome")),
        *(each for place in enumerate(form.QUESTIONS) for each in _windows(*place)),
        Window(Const(form.REVIEW.text), Next(Const("Send")), state=state("review")),
        Window(Const(form.SENT.text), Cancel(Const("Front page")), state=state("sent")),
    )


def main() -> None:
    """Run the bot."""
    dispatcher = Dispatcher(storage=MemoryStorage())
    dispatcher.include_router(router)
    dispatcher.include_router(dialog())
    setup_dialogs(dispatcher)
    aiogram3.run(dispatcher)


if __name__ == "__main__":
    main()
