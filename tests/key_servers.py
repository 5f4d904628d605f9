"""Key servers on loopback: in this process over a real file, or a process of their own."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from bot import serving as http
from bot.key_server import Answers
from storage.key_file import KeyFile
from storage.location import KeyServerAt

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SECRET = "made-up-secret-of-a-key-server-made-up"


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[KeyFile]:
    """A key file, looked into beside whoever has it open."""
    async with aclosing(await KeyFile.open(f"sqlite:///{path}")) as file:
        yield file


@asynccontextmanager
async def serving(path: Path, port: int = 0, **more: Any) -> AsyncIterator[KeyServerAt]:
    """A key server in this process; stopped at the end."""
    stop = asyncio.Event()
    async with opened(path) as file:
        listening = socket.create_server(("127.0.0.1", port))
        where = f"127.0.0.1:{listening.getsockname()[1]}"
        answers = Answers(file, await file.mark(), SECRET)
        serving = asyncio.create_task(http.serve(answers, listening, stop, ws="none", **more))
        try:
            yield KeyServerAt(f"{'https' if more else 'http'}://{where}", SECRET)
        finally:
            stop.set()
            await serving


@dataclass
class Server:
    """``assay keys serve``, a process of its own."""

    folder: Path
    port: int
    more: dict[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None
    told: str = ""
    """Where it says that it is reached."""

    async def start(self) -> None:
        """Start it; it answers when this returns."""
        environment = {
            "ASSAY_DATABASE__KEYS": f"sqlite:///{self.folder}/keys",
            "ASSAY_DATABASE__KEYS_SECRET": SECRET,
            "ASSAY_KEY_SERVER__PORT": str(self.port),
            "ASSAY_LOG__LEVEL": "debug",
            "PYTHONPATH": ":".join(sys.path),
            **self.more,
        }
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bot", "keys", "serve", cwd=self.folder, env=environment,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert self.process.stdout is not None
        line = (await self.process.stdout.readline()).decode()
        assert line.startswith("keys: "), line
        self.told = line.removeprefix("keys: ").rstrip("\n")

    async def ends(self, by: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """End it; how it ended, and what it wrote into its log."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(by)
        _, said = await self.process.communicate()
        return self.process.returncode or 0, said.decode()


@asynccontextmanager
async def running(folder: Path, port: int = 0, **more: str) -> AsyncIterator[Server]:
    """A key server over the file ``keys`` in a folder; stopped at the end."""
    server = Server(folder, port, more)
    await server.start()
    try:
        yield server
    finally:
        if server.process is not None and server.process.returncode is None:
            await server.ends()


def certified(folder: Path) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that vouches for itself, and its private key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "keys.example.org")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "certificate.pem", folder / "private.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate, private
