"""The parts of the configuration that say where answers and their keys are kept."""

from __future__ import annotations

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from bot.settings.parts import Part
from storage.location import (
    KeysAt,
    KeyServerAt,
    StorageError,
    is_here,
    keys_beside,
    located,
    must_be_apart,
    must_be_private,
    names_server,
)

KEYS_SECRET = 32
"""Characters that the secret of a key server has at least."""


class DatabasePart(Part):
    """Where answers are kept."""

    url: str = "sqlite:///assay.sqlite3"
    keys: str = Field("", validate_default=True)
    """The key file, or the address of a key server; empty: beside a SQLite database, by its name
    and ".keys".
    """
    keys_secret: SecretStr = SecretStr("")
    """What instances and key server know each other by."""
    keys_ca: str = ""
    """The file of certificates that vouch for the key server's; empty: those of this machine."""

    @field_validator("url")
    @classmethod
    def _is_a_database(cls, url: str) -> str:
        try:
            located(url)
        except StorageError as error:
            raise ValueError(str(error).removeprefix("database.url ")) from None
        return url

    @field_validator("keys")
    @classmethod
    def _is_apart(cls, keys: str, info: ValidationInfo) -> str:
        url = info.data.get("url")
        if url is None:
            return keys  # what is wrong with it was said
        try:
            if names_server(keys):
                must_be_private(keys)
            else:
                must_be_apart(url, keys or keys_beside(url))
        except StorageError as error:
            raise ValueError(str(error).removeprefix("database.keys ")) from None
        return keys

    @field_validator("keys_secret")
    @classmethod
    def _is_long(cls, secret: SecretStr) -> SecretStr:
        value = secret.get_secret_value()
        printable = all("!" <= char <= "~" for char in value)
        if value and (len(value) < KEYS_SECRET or not printable):
            message = (
                f"must be at least {KEYS_SECRET} letters, digits and signs without a space, the"
                " same at every instance and at the key server: openssl rand -hex 32 makes one"
            )
            raise ValueError(message)
        return secret

    @model_validator(mode="after")
    def _server_is_whole(self) -> DatabasePart:
        if names_server(self.keys) and not self.keys_secret.get_secret_value():
            message = "keys names a key server, which needs keys_secret, the same as there"
            raise ValueError(message)
        return self

    @property
    def keys_url(self) -> str:
        """Where the key file is, or the key server. Raises StorageError where nothing says so."""
        return self.keys or keys_beside(self.url)

    @property
    def keys_at(self) -> KeysAt:
        """The same, with what a server has to be told."""
        if names_server(self.keys):
            return KeyServerAt(self.keys, self.keys_secret.get_secret_value(), self.keys_ca)
        return self.keys_url


class KeyServerPart(Part):
    """Where ``assay keys serve`` is reached."""

    host: str = "127.0.0.1"
    port: int = Field(8600, ge=0, le=65535)
    certificate: str = ""
    private_key: str = ""
    """The files of its certificate (with those above it) and of that one's private key, in PEM."""

    @model_validator(mode="after")
    def _is_private(self) -> KeyServerPart:
        if bool(self.certificate) != bool(self.private_key):
            message = "certificate and private_key need each other"
            raise ValueError(message)
        if not self.certificate and not is_here(self.host):
            message = (
                f"host {self.host} is reached from other machines, which needs certificate and"
                " private_key; without them write 127.0.0.1"
            )
            raise ValueError(message)
        return self
