"""A letter as a mail: text and HTML that each say everything, pictures inside, files attached."""

from __future__ import annotations

import re
import unicodedata
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, localtime, make_msgid, parseaddr
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.channels import Unreachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.channels import Attachment
    from bot.channels.mail import Letter

PICTURE = "image/png"

_LOCAL = re.compile(r"""[^\s\x00-\x1f\x7f-\x9f"(),:;<>@\[\\\]]{1,64}""")
_DOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})*", re.IGNORECASE)
_MEDIA = re.compile(r"(?!multipart/|message/)([a-z]+)/([a-z0-9.+-]+)")
_URL = re.compile(r"[!-;=?-~]{1,900}")
"""ASCII that can be seen, without angle brackets: these enclose an address in a header."""

_ENCODED = "=?"
"""How an encoded word begins. The library decodes such words in what it is given, line ends too."""

_BODY = (
    "margin:0 auto;padding:24px;max-width:36em;"
    "font:16px/1.5 system-ui,-apple-system,'Segoe UI','Noto Sans SC',sans-serif"
)
_BUTTON = "display:inline-block;padding:8px 16px;border:1px solid currentColor;border-radius:6px"
_PICTURE = "display:block;max-width:100%;height:auto;background:#fff"


class _Policy(EmailPolicy):
    """Lines that any server takes. The library would write a long address in a header as encoded
    words, which nobody follows; that header stays in one line.
    """

    def fold_binary(self, name: str, value: str) -> bytes:
        if name == "List-Unsubscribe":
            return f"{name}: {value}\r\n".encode("ascii")
        return super().fold_binary(name, value)


_POLICY = _Policy(linesep="\r\n", cte_type="7bit")


def mailbox(address: str) -> Address:
    """Where a mail can go, its domain in ASCII. Raises Unreachable for what is no address.

    A domain that the conversion would change into another one is refused: the letter would reach
    a stranger.
    """
    local, _, domain = unicodedata.normalize("NFC", address.strip()).rpartition("@")
    domain = domain.lower()
    try:
        ascii_domain = domain if domain.isascii() else domain.encode("idna").decode("ascii")
        same = domain in {ascii_domain, ascii_domain.encode("ascii").decode("idna")}
        local.encode("utf-8")
    except UnicodeError:
        raise Unreachable from None
    odd = local.startswith(".") or local.endswith(".") or ".." in local or _ENCODED in local
    if odd or not (same and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(ascii_domain)):
        raise Unreachable
    return Address(username=local, domain=ascii_domain)


def named(text: str) -> Address:
    """A sender as it is written in the settings: "Assay <assay@example.org>"."""
    name, address = parseaddr(text)
    where = mailbox(address)
    return Address(_header(name), where.username, where.domain)


def build(letter: Letter, sender: Address, recipient: Address, reply_to: Address | None) -> bytes:
    """The whole mail, ready to be handed to a server."""
    message = _headed(letter, sender, recipient, reply_to)
    message.set_content(_text(letter))
    pictures = {f"picture{n}@{sender.domain}": file for n, file in enumerate(_pictures(letter), 1)}
    message.add_alternative(_html(letter, pictures), subtype="html")
    *_, page = message.iter_parts()
    for cid, file in pictures.items():
        page.add_related(
            file.content,
            "image",
            "png",
            cid=f"<{cid}>",
            disposition="inline",
            filename=_header(file.name),
        )
    for file in letter.files:
        if file.media_type != PICTURE:
            _attach(message, file)
    return message.as_bytes()


def _headed(
    letter: Letter, sender: Address, recipient: Address, reply_to: Address | None
) -> EmailMessage:
    """A mail that says who, to whom, when and what about, and nothing yet."""
    message = EmailMessage(_POLICY.clone(utf8=not recipient.username.isascii()))
    message["Date"] = format_datetime(localtime())
    message["Message-ID"] = make_msgid(domain=sender.domain)
    message["From"] = sender
    message["To"] = recipient
    if reply_to is not None:
        message["Reply-To"] = reply_to
    message["Subject"] = _header(letter.subject)
    message["Auto-Submitted"] = "auto-generated"
    if _is_web(letter.stop_url) and _ENCODED not in letter.stop_url:
        message["List-Unsubscribe"] = f"<{letter.stop_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return message


def _attach(message: EmailMessage, file: Attachment) -> None:
    media_type, _, parameter = file.media_type.partition(";")
    known = _MEDIA.fullmatch(media_type.strip().lower())
    main, sub = known.groups() if known else ("application", "octet-stream")
    _, _, charset = parameter.strip().partition("charset=")
    params = {"charset": charset} if charset.replace("-", "").isalnum() else None
    message.add_attachment(file.content, main, sub, filename=_header(file.name), params=params)


def _pictures(letter: Letter) -> Iterator[Attachment]:
    return (file for file in letter.files if file.media_type == PICTURE)


def _text(letter: Letter) -> str:
    blocks = [_lines(paragraph) for paragraph in letter.paragraphs]
    blocks += [_lines(file.caption) for file in letter.files if file.caption]
    blocks += [f"{_line(link.label)}: {_line(link.url)}" for link in letter.links]
    if letter.stop_url:
        stop = _line(letter.stop_url)
        label = _line(letter.stop_label)
        blocks.append(f"-- \n{label}: {stop}" if label else f"-- \n{stop}")
    return "\n\n".join(blocks) + "\n"


def _html(letter: Letter, pictures: dict[str, Attachment]) -> str:
    """No colours but a white ground for pictures: so a client's dark mode can choose them all."""
    subject = _escaped(_line(letter.subject))
    blocks = [f"<p>{_broken(paragraph)}</p>" for paragraph in letter.paragraphs]
    blocks += [_figure(cid, file) for cid, file in pictures.items()]
    blocks += [
        f"<p>{_broken(file.caption)}</p>"
        for file in letter.files
        if file.caption and file.media_type != PICTURE
    ]
    blocks += [f"<p>{_anchor(link.label, link.url, _BUTTON)}</p>" for link in letter.links]
    if letter.stop_url:
        stop = _anchor(letter.stop_label or letter.stop_url, letter.stop_url)
        blocks.append(f'<hr><p style="font-size:14px">{stop}</p>')
    content = "\n".join(blocks)
    return f"""\
<!DOCTYPE html>
<html lang="{_escaped(_line(letter.language))}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{subject}</title>
</head>
<body style="{_BODY}">
<main>
{content}
</main>
</body>
</html>
"""


def _figure(cid: str, file: Attachment) -> str:
    alt = _escaped(_line(file.caption or file.name))
    caption = f"<figcaption>{_broken(file.caption)}</figcaption>" if file.caption else ""
    picture = f'<img src="cid:{cid}" alt="{alt}" style="{_PICTURE}">'
    return f'<figure style="margin:16px 0">{picture}{caption}</figure>'


def _anchor(label: str, url: str, style: str = "") -> str:
    """A link; what no reader should follow by a press stands there as words."""
    if not _is_web(url):
        return _escaped(f"{_line(label)}: {_line(url)}")
    dress = f' style="{style}"' if style else ""
    return f'<a href="{_escaped(url)}"{dress}>{_escaped(_line(label))}</a>'


def _is_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.netloc and _URL.fullmatch(url))


def _header(text: str) -> str:
    """One line that the library takes as it is written."""
    return _line(text).replace(_ENCODED, "= ?")


def _line(text: str) -> str:
    """One line of what can be shown."""
    return " ".join(_lines(text).split())


def _lines(text: str) -> str:
    """Without control characters except line ends, and without halves of characters."""
    unified = "\n".join(text.splitlines())
    whole = unified.encode("utf-8", "replace").decode("utf-8")
    return "".join(char for char in whole if char == "\n" or unicodedata.category(char) != "Cc")


def _broken(text: str) -> str:
    return _escaped(_lines(text)).replace("\n", "<br>")


def _escaped(text: str) -> str:
    return escape(text, quote=True)
