"""What the two header rows of a SurveyMonkey sheet say, by the words SurveyMonkey writes there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from bot.interchange.reading import quoted_list
from bot.interchange.wording import Lookup, plain, spoken
from flows.instrument import Choice, ContactDetails, FreeText
from flows.navigation import entry_option

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flows.instrument import Instrument
    from flows.navigation import AnyItem

Role: TypeAlias = Literal[
    "id", "date", "dropped", "one", "tick", "other", "text", "comment", "contact", "nothing"
]
"""What a column holds; ``dropped`` is known and not read, ``nothing`` must be empty."""

_DROPPED = (
    "Collector ID", "Collector", "IP Address", "Email Address", "Email", "First Name", "Last Name",
    "Custom Data", "Custom Value", "Language",
    "收集器 ID", "收集器", "IP 地址", "电子邮件地址", "电子邮件", "名字", "名", "姓氏", "姓",
    "自定义数据", "语言",
    *(f"{name} {number}" for name in ("Custom Data", "自定义数据") for number in range(1, 21)),
)  # fmt: skip
_DATES = ("Start Date", "End Date", "Date Created", "Date Modified", "开始日期", "结束日期")
_IDS = ("Respondent ID", "受访者 ID")
_ROLES: dict[Role, tuple[str, ...]] = {"dropped": _DROPPED, "date": _DATES, "id": _IDS}
METADATA = Lookup((name, role) for role, names in _ROLES.items() for name in names)


def _any_of(*labels: str) -> Lookup[bool]:
    return Lookup((label, True) for label in labels)


_ANSWER = _any_of(
    "Response", "Open-Ended Response", "回复", "回答", "答复", "开放式回复", "开放式回答"
)
_OTHER = _any_of(
    "Other", "Other (please specify)", "其他", "其他（请注明）", "其他（请说明）", "其它（请注明）"
)
_COMMENT = _any_of("Comment", "Comments", "意见", "评论", "备注")


def questions(instrument: Instrument) -> Lookup[AnyItem]:
    """The items by their headings."""
    return Lookup(
        (words, item) for item in instrument.items for words in spoken(item.text, item.hint)
    )


def options(item: AnyItem | None) -> Lookup[str]:
    """The options of a question by their labels; none where it has no options."""
    rows = item.options if isinstance(item, Choice) else ()
    return Lookup((words, row.id) for row in rows for words in spoken(row.text))


def meaning(item: AnyItem, label: str) -> tuple[Role, str] | str:
    """What a column under a question's heading holds, and of which option or field; or what its
    label might have been.
    """
    match item:
        case Choice(at_most=1):
            if not plain(label) or _ANSWER.find(label):
                return "one", ""
            return _beside(item, label) or f"“Response”{_or_comment(item)}"
        case Choice():
            return _of_several(item, label)
        case ContactDetails():
            fields = Lookup(
                (words, each.id) for each in item.fields for words in spoken(each.label)
            )
            found = fields.find(label)
            return ("contact", found) if found else _one_of(each.label for each in item.fields)
        case FreeText() if not plain(label) or _ANSWER.find(label):
            return "text", ""
        case _:
            return "“Open-Ended Response”"


def _of_several(item: Choice, label: str) -> tuple[Role, str] | str:
    found = options(item).find(label)
    if found is not None:
        return ("other" if found == entry_option(item) else "tick"), found
    if _ANSWER.find(label):
        return "a column for each option: export again with columns “expanded”, not “condensed”"
    return _beside(item, label) or _one_of(row.text for row in item.options) + _or_comment(item)


def _beside(item: Choice, label: str) -> tuple[Role, str] | None:
    """A column beside the ticks: the words of "Other", or a comment. SurveyMonkey calls a comment
    field "Other (please specify)" where nobody gave it another name.
    """
    entry = entry_option(item)
    if entry is not None and (options(item).find(label) == entry or _OTHER.find(label)):
        return "other", entry
    if item.comment is None:
        return None
    prompt = Lookup((words, True) for words in spoken(item.comment))
    if prompt.find(label) or _COMMENT.find(label) or (entry is None and _OTHER.find(label)):
        return "comment", ""
    return None


def _one_of(texts: Iterable[dict[str, str]]) -> str:
    return f"one of {quoted_list(texts)}"


def _or_comment(item: Choice) -> str:
    return f", or {quoted_list([item.comment])}" if item.comment is not None else ""
