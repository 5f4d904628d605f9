"""What a call to the Bot API asks for, however it is written: form, JSON or multipart."""

from __future__ import annotations

import json
from binascii import a2b_qp
from email.parser import BytesParser
from email.policy import HTTP
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from email.message import EmailMessage

    from tests.benchmarks.speed.lines import Message


def of_call(message: Message) -> dict[str, str]:
    """The parameters; objects are JSON, as in a form."""
    kind = message.header(b"content-type")
    if kind.startswith(b"application/json"):
        return of_object(json.loads(message.body or b"{}"))
    if kind.startswith(b"multipart/"):
        return _multipart(kind, message.body)
    return _form(message.body)


def of_object(asked: dict[str, Any]) -> dict[str, str]:
    """The same from an object."""
    return {
        name: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for name, value in asked.items()
    }


def _form(body: bytes) -> dict[str, str]:
    if not body:
        return {}
    pairs = (pair.partition(b"=") for pair in body.split(b"&"))
    return {name.decode(): _decoded(value) for name, _, value in pairs}


def _decoded(value: bytes) -> str:
    # Quoted-printable differs from a form's escapes in its sign only, and is read by C.
    return a2b_qp(value.replace(b"+", b" ").replace(b"=", b"=3D").replace(b"%", b"=")).decode()


def _multipart(kind: bytes, body: bytes) -> dict[str, str]:
    whole = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind + b"\r\n\r\n" + body)
    return {
        str(part.get_param("name", header="content-disposition")): _text(part)
        for part in whole.iter_parts()
    }


def _text(part: EmailMessage) -> str:
    content = part.get_payload(decode=True)
    return content.decode(errors="replace") if isinstance(content, bytes) else ""
