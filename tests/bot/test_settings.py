"""Configuration: where it comes from, and what is said when it is wrong."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from bot import settings
from bot.channels.mail import MailChannel
from bot.settings import Settings, SettingsError
from storage.location import KeyServerAt

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "config.example.toml"


@pytest.fixture(autouse=True)
def _away_from_any_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("ASSAY_SECRETS", "CREDENTIALS_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)


def written(text: str) -> Path:
    path = Path("config.toml")
    path.write_text(text, "utf-8")
    return path


def problems(text: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        settings.load(written(text))
    return refused.value.problems


def test_the_example_loads_and_equals_the_defaults() -> None:
    assert settings.load(EXAMPLE).model_dump() == Settings().model_dump()


def test_the_example_shows_every_key() -> None:
    shown = tomllib.loads(EXAMPLE.read_text("utf-8"))

    assert {part: set(keys) for part, keys in shown.items()} == {
        part: set(value) for part, value in Settings().model_dump().items()
    }


def test_the_environment_goes_before_secret_files_and_those_before_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "assay_telegram__token").write_text("from-secret-file\n")
    (secrets / "assay_web__host").write_text("from-secret-file\n")
    monkeypatch.setenv("ASSAY_SECRETS", str(secrets))
    monkeypatch.setenv("ASSAY_WEB__HOST", "from-environment")
    written('[telegram]\ntoken = "from-file"\nusername = "from-file"\n[web]\nhost = "from-file"')

    found = settings.load()

    assert found.web.host == "from-environment"
    assert found.telegram.token.get_secret_value() == "from-secret-file"
    assert found.telegram.username == "from-file"


def test_a_token_does_not_show_when_settings_are_printed() -> None:
    found = settings.load(written('[telegram]\ntoken = "123:secret"'))

    assert "123:secret" not in repr(found)


def test_an_unknown_key_is_refused_with_its_place_and_a_guess() -> None:
    assert problems("[web]\nprot = 1") == ["config.toml: web.prot: unknown key; did you mean port?"]


def test_all_problems_are_said_at_once() -> None:
    assert len(problems('[web]\nport = "x"\nhots = 1\n[access]\nmode = "public"')) == 3


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[web]\nport = 70000", "web.port"),
        ('[telegram]\nmode = "push"', "telegram.mode"),
        ('[telegram]\nwebhook_secret = "a b"', "telegram.webhook_secret"),
        ('[access]\nadmins = ["@anna"]', "access.admins.0"),
        ('[log]\nlevel = "loud"', "log.level"),
        ("telegram = 5", "telegram"),
        ("[nonsense]\nx = 1", "nonsense"),
        ("[web\n", "is not TOML"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(text: str, place: str) -> None:
    (line,) = problems(text)

    assert line.startswith("config.toml: ")
    assert place in line


def test_a_wrong_secret_is_not_repeated_in_the_refusal() -> None:
    assert "hush" not in "".join(problems('[telegram]\nwebhook_secret = "hush hush"'))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml: no such file"):
        settings.load(Path("nowhere.toml"))


def test_a_webhook_without_its_address_is_refused() -> None:
    (line,) = problems('[telegram]\nmode = "webhook"')

    assert "needs webhook_url and webhook_secret" in line


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[web]\nport = 70000", "web.port: must be a whole number from 0 to 65535"),
        ("[retention]\npeople = -1", "retention.people: must be a whole number, 0 or more"),
        ('[log]\nlevel = "loud"', "log.level: must be debug or info or warning or error"),
        ('[web]\nenabled = "maybe"', "web.enabled: must be true or false"),
        ("[telegram]\nusername = 5", "telegram.username: must be a text in quotes"),
        ("[access]\nadmins = 5", "access.admins: must be a list of whole numbers in brackets: [1]"),
        ("log = 5", "log: must be a table with keys: level, format"),
    ],
)
def test_a_mistake_is_told_what_is_accepted(text: str, said: str) -> None:
    assert problems(text) == [f"config.toml: {said}"]


@pytest.mark.parametrize("key", ["web.public_url", "telegram.webhook_url", "telegram.base_url"])
@pytest.mark.parametrize("address", ["assay.example.org", "https://", "ftp://example.org"])
def test_an_address_of_pages_is_written_whole(key: str, address: str) -> None:
    part, _, name = key.partition(".")

    (line,) = problems(f'[{part}]\n{name} = "{address}"')

    assert line == (
        f"config.toml: {key}: is no address; write one that begins with https://, or http://"
    )


@pytest.mark.parametrize(
    ("url", "keys"),
    [
        ("sqlite:///assay.sqlite3", "sqlite:///assay.sqlite3"),
        ("sqlite:///assay.sqlite3", "sqlite:///./there/../assay.sqlite3"),
        ("sqlite:///assay.sqlite3", "sqlite+aiosqlite:///other-name.sqlite3"),
    ],
)
def test_the_key_file_is_never_the_database_itself(url: str, keys: str, tmp_path: Path) -> None:
    (tmp_path / "assay.sqlite3").touch()
    (tmp_path / "other-name.sqlite3").hardlink_to(tmp_path / "assay.sqlite3")

    (line,) = problems(f'[database]\nurl = "{url}"\nkeys = "{keys}"')

    assert line.startswith("config.toml: database.keys: names the database itself; ")


@pytest.mark.parametrize(
    ("url", "keys"),
    [
        ("sqlite:///assay", "sqlite:///assay.keys"),
        ("postgresql://u@localhost/assay", "sqlite:///assay"),
    ],
)
def test_a_key_file_of_its_own_is_taken(url: str, keys: str) -> None:
    assert (
        settings.load(written(f'[database]\nurl = "{url}"\nkeys = "{keys}"')).database.keys == keys
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('url = "postgresql://db.example.org/assay"', "database.keys: is empty, and PostgreSQL"),
        ('keys = "postgresql://keys.example.org/keys"', "database.keys: names PostgreSQL, whose"),
        ('keys = "keys.sqlite3"', "database.keys: is not a database URL; write sqlite:///PATH"),
        ('url = "mysql://x/y"', "database.url: names mysql, which is not used here"),
    ],
)
def test_a_database_that_can_be_none_is_refused_at_the_start(text: str, said: str) -> None:
    (line,) = problems(f"[database]\n{text}")

    assert line.startswith(f"config.toml: {said}")


def refused() -> list[str]:
    with pytest.raises(SettingsError) as error:
        settings.load()
    return error.value.problems


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ASSAY_WEB__PORT", "x", "web.port: must be a whole number from 0 to 65535"),
        ("assay_web__port", "x", "web.port: must be a whole number from 0 to 65535"),
        (
            "ASSAY_ACCESS__ADMINS",
            "5,6",
            "access.admins: must be a list of whole numbers in brackets",
        ),
        ("ASSAY_ACCESS__ADMINS", '["x"]', "access.admins.0: must be a list of whole numbers"),
        ("ASSAY_WEB", "5", "web: must be a table with keys: enabled, host"),
        ("ASSAY_WEB__PROT", "1", "unknown setting; did you mean ASSAY_WEB__PORT?"),
        ("ASSAY_WBE__PORT", "1", "unknown setting; did you mean ASSAY_WEB__PORT?"),
        ("ASSAY_TELEGRAM_TOKEN", "1:a", "unknown setting; did you mean ASSAY_TELEGRAM__TOKEN?"),
        ("ASSAY_X", "1", "unknown setting; names are like ASSAY_WEB__PORT: a table"),
        ("ASSAY_SECRETS", "/nope", "/nope is no folder; name one that holds a file a secret"),
        ("CREDENTIALS_DIRECTORY", "/nope", "/nope is no folder; name one that holds"),
    ],
)
def test_a_wrong_variable_is_named_and_not_the_file(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written('[web]\nport = 9000\n[telegram]\nusername = "a"')
    monkeypatch.setenv(name, value)

    (line,) = refused()

    assert line.startswith(f"{name}: {said}")
    assert "1:a" not in line


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("assay_web__port", "web.port: must be a whole number from 0 to 65535"),
        ("assay_telegram_token", "unknown setting; did you mean assay_telegram__token?"),
    ],
)
def test_a_wrong_secret_file_is_named_and_not_its_content(
    name: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written("[web]\nport = 9000")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / name).write_text("hush\n")
    (tmp_path / "secrets" / "of-another-program").write_text("hush\n")
    monkeypatch.setenv("ASSAY_SECRETS", "secrets")

    (line,) = refused()

    assert line == f"secrets/{name}: {said}"


def test_what_turns_out_to_be_wrong_later_is_named_by_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = settings.load(written("[web]\nport = 9000"))
    assert str(found.wrong("web.port", "web.port: taken")) == "config.toml: web.port: taken"
    monkeypatch.setenv("ASSAY_WEB__PORT", "9001")
    assert str(settings.load().wrong("web.port", "taken")) == "ASSAY_WEB__PORT: taken"


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is a folder; give the path of a TOML configuration"):
        settings.load(tmp_path)


SENDER = 'sender = "Assay <assay@example.org>"'


@pytest.mark.parametrize(
    ("text", "sends"),
    [
        ("", False),
        (SENDER, False),
        (f'host = "mail.example.org"\n{SENDER}', True),
        (f'folder = "outgoing"\n{SENDER}', True),
        (f'host = "::1"\nusername = "a"\nsecurity = "none"\n{SENDER}', True),
        (f'host = "LocalHost"\nusername = "a"\nsecurity = "none"\n{SENDER}', True),
        (f'host = "10.0.0.1"\nsecurity = "none"\n{SENDER}', True),
    ],
)
def test_letters_leave_when_a_server_or_a_folder_is_named(text: str, *, sends: bool) -> None:
    assert settings.load(written(f"[mail]\n{text}")).mail.sends is sends


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f'host = "a"\nfolder = "b"\n{SENDER}', "host and folder exclude each other"),
        ('host = "a"', "needs sender"),
        ('folder = "b"', "needs sender"),
        ('sender = "Assay"', "mail.sender: is no address"),
        ('sender = "Assay <a@b.org>\\nBcc: c@d.org"', "mail.sender: is no address"),
        ('sender = "a..b@example.org"', "mail.sender: is no address"),
        ('reply_to = "a@b@c"', "mail.reply_to: is no address"),
        (f'host = "10.0.0.1"\nusername = "a"\nsecurity = "none"\n{SENDER}', "show the password"),
        ('security = "ssl"', "mail.security"),
        ("port = 0", "mail.port"),
    ],
)
def test_letters_that_could_not_leave_are_refused_at_the_start(text: str, said: str) -> None:
    (line,) = problems(f'[mail]\npassword = "hush"\n{text}')

    assert said in line
    assert "hush" not in line


@pytest.mark.parametrize(
    "sender",
    ["a@b", "Assay <a.b-c+d@mail.example.org>", "评估 <a@example.org>", '"A, B" <a@b.org>'],
)
def test_a_sender_that_is_accepted_can_send(sender: str) -> None:
    found = settings.load(written(f"[mail]\nfolder = 'outgoing'\nsender = '{sender}'"))

    assert MailChannel(found.mail).name == "mail"


KEY_SERVER = 'url = "postgresql://assay@db.example.org/assay"\nkeys_secret = "%s"' % (
    "made-up-" * 4
)


@pytest.mark.parametrize(
    "address",
    [
        "https://keys.example.org:8600",
        "https://keys.example.org",
        "https://10.0.0.5:8600/",
        "http://127.0.0.1:8600",
        "http://localhost:8600",
        "http://[::1]:8600",
    ],
)
def test_a_key_server_is_reached_in_private(address: str) -> None:
    found = settings.load(written(f'[database]\n{KEY_SERVER}\nkeys = "{address}"'))

    assert found.database.keys_at == KeyServerAt(address, "made-up-" * 4)
    assert "made-up-" not in f"{found!r}{found.database.keys_at!r}"


ACCEPTED = "write https://HOST:PORT, or http://127.0.0.1:PORT for a tunnel or proxy on this machine"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("http://keys.example.org:8600", "would send keys in the clear to another machine"),
        ("http://10.0.0.5:8600", "would send keys in the clear to another machine"),
        ("https://keys.example.org:port", "is no address"),
        ("https://", "is not the address of a key server alone"),
        ("https://user:word@keys.example.org", "is not the address of a key server alone"),
        ("https://keys.example.org/path", "is not the address of a key server alone"),
        ("https://keys.example.org?a=b", "is not the address of a key server alone"),
    ],
)
def test_where_others_could_read_keys_none_are_sent(address: str, said: str) -> None:
    (line,) = problems(f'[database]\n{KEY_SERVER}\nkeys = "{address}"')

    assert line == f"config.toml: database.keys: {said}; {ACCEPTED}"


@pytest.mark.parametrize("secret", ["too-short-a-secret", "long enough but with spaces in it all"])
def test_a_weak_secret_of_a_key_server_is_refused_and_not_repeated(secret: str) -> None:
    (line,) = problems(f'[database]\nkeys_secret = "{secret}"')

    assert line.startswith("config.toml: database.keys_secret: must be at least 32 letters")
    assert secret not in line


def test_a_key_server_needs_a_secret() -> None:
    (line,) = problems('[database]\nkeys = "https://keys.example.org"')

    assert line.endswith("keys names a key server, which needs keys_secret, the same as there")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('host = "0.0.0.0"', "which needs certificate and private_key; without them write 127."),
        ('certificate = "a"', "certificate and private_key need each other"),
    ],
)
def test_a_key_server_without_a_certificate_stays_on_its_machine(text: str, said: str) -> None:
    (line,) = problems(f"[key_server]\n{text}")

    assert line.startswith("config.toml: key_server: ")
    assert said in line
