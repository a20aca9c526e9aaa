"""What `./run` says before it serves: how to sign in the first time, or in one sentence what is in the way."""

from __future__ import annotations

import runpy
import socket
from pathlib import Path

import pytest

from core import demo
from core.workspace import Workspace
from tests.servers import free_port
from web import prepare


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """The exit code of a start with these settings, and what it wrote to the console and as an error."""

    def _start(**settings: str) -> tuple[int, str, str]:
        for name, value in {"DATA_DIR": str(tmp_path / "var"), "PORT": str(free_port()), **settings}.items():
            monkeypatch.setenv(f"ASTRALYTIQ_{name}", value)
        code = prepare.main()
        return code, *capsys.readouterr()

    return _start


def test_the_first_start_prints_a_code_that_the_second_replaces_and_the_address(start) -> None:
    first, second = start(PORT="8123"), start(PORT="8123")

    assert (first[0], "http://127.0.0.1:8123/setup with the set-up code " in first[1], first[2]) == (0, True, "")
    assert second[1] != first[1]


def test_the_first_administrator_comes_from_the_settings_once(start) -> None:
    settings = {"ADMIN_EMAIL": "ada@example.com", "ADMIN_PASSWORD": "correct horse battery"}
    first, second = start(**settings), start(**settings)

    assert ["The first administrator is ada@example.com" in each[1] for each in (first, second)] == [True, False]
    assert "correct horse battery" not in first[1] + second[1]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"ADMIN_EMAIL": "ada@example.com"}, "ASTRALYTIQ_ADMIN_EMAIL and ASTRALYTIQ_ADMIN_PASSWORD go together: set both, or neither."),
        ({"ADMIN_EMAIL": "ada", "ADMIN_PASSWORD": "correct horse battery"}, "ASTRALYTIQ_ADMIN_EMAIL: Enter an e-mail address"),
        ({"ADMIN_EMAIL": "ada@example.com", "ADMIN_PASSWORD": "short"}, "ASTRALYTIQ_ADMIN_PASSWORD: The password needs at least"),
        ({"DATA_DIR": "/dev/null/var"}, "The data folder /dev/null/var cannot be used: "),
        ({"DATA_DIR": "/dev/shm/what?"}, "The data folder /dev/shm/what? cannot be used: its path has a question mark."),
        ({"DATABASE_URL": "postgresql://u:hush@127.0.0.1:1/n"}, "The database postgresql"),
        ({"PORT": "many"}, "ASTRALYTIQ_PORT is 'many': expected a port number"),
    ],
)
def test_what_is_in_the_way_is_said_in_one_sentence(start, settings: dict[str, str], words: str) -> None:
    code, said, error = start(**settings)

    assert (code, said, error.startswith(words), error.count("\n"), "hush" in error) == (1, "", True, 1, False)


def test_the_passwords_of_the_demo_are_on_the_console_before_their_accounts_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_workspace: Workspace, accounts: list[demo.Account]) -> None:
        said = capsys.readouterr().out
        raise KeyboardInterrupt([each.password in said for each in accounts])

    monkeypatch.setenv("ASTRALYTIQ_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("ASTRALYTIQ_PORT", str(free_port()))
    monkeypatch.setattr(demo, "make", interrupt)

    with pytest.raises(KeyboardInterrupt) as interruption:
        prepare.main(["--demo"])

    assert interruption.value.args == ([True] * 4,)


def test_a_port_in_use_is_said(start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert start(PORT=str(port))[2] == (
            f"Port {port} of 127.0.0.1 is in use. Stop what uses it, or set ASTRALYTIQ_PORT to another one.\n"
        )


def test_what_is_wrong_with_the_host_is_not_blamed_on_the_port(start) -> None:
    said = start(HOST="192.0.2.1", PORT="8123")[2]  # the address of no machine: RFC 5737

    assert said.startswith("Port 8123 of 192.0.2.1 cannot be listened on: ")
    assert said.endswith(". Set ASTRALYTIQ_HOST to an address of this machine.\n")


@pytest.mark.parametrize("host", ["::1", "[::1]", "::"])
def test_an_address_of_ipv6_stands_in_brackets_for_the_browser_and_for_the_server(start, host: str) -> None:
    said = start(HOST=host, PORT="8123")[1]
    bind = runpy.run_path("gunicorn.conf.py")["bind"]  # it reads the same environment

    assert ("AstralytiQ serves http://[::1]:8123\n" in said, bind) == (True, f"[{host.strip('[]')}]:8123")
