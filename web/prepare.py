"""What `./run` does before it serves: one clear sentence when something is in the way, and how to sign in the first time."""

from __future__ import annotations

import errno
import socket
import sys
from collections.abc import Sequence
from dataclasses import replace

from core import demo
from core.errors import AstralytiqError, Invalid, Unavailable
from core.operations import logs
from core.settings import Settings
from core.workspace import Workspace, open_workspace


def main(arguments: Sequence[str] = ()) -> int:
    logs.configure()
    try:
        settings = Settings.from_environment()
        require_free(settings.host, settings.port)
        workspace = open_workspace(settings)
        if "--demo" in arguments:
            accounts = demo_accounts(workspace)
            say(settings, demo_steps(accounts))
            demo.make(workspace, accounts)
        else:
            say(settings, first_steps(workspace))
        workspace.close()
    except AstralytiqError as error:
        sys.stderr.write(f"{error.message}\n")
        return 1
    return 0


def say(settings: Settings, steps: Sequence[str]) -> None:
    sys.stdout.write("\n".join(("", f"AstralytiQ serves {address(settings)}", *steps, "Stop it with Ctrl-C.", "", "")))
    sys.stdout.flush()


def require_free(host: str, port: int) -> None:
    """Raises Unavailable when nobody can listen there, in words."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Unavailable(_in_the_way(host, port, error)) from None


def _in_the_way(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is in use. Stop what uses it, or set ASTRALYTIQ_PORT to another one."
    setting = "ASTRALYTIQ_PORT to another one" if error.errno == errno.EACCES else "ASTRALYTIQ_HOST to an address of this machine"
    return f"Port {port} of {host} cannot be listened on: {error.strerror}. Set {setting}."


def address(settings: Settings) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - read, not bound
    return f"http://{replace(settings, host=host).listening}"


def first_steps(workspace: Workspace) -> list[str]:
    """How to sign in, while that is not known yet: with the account from the settings, or with a new set-up code."""
    settings = workspace.settings
    if not workspace.accounts.setup_needed():
        return []
    if admin_from_settings(workspace):
        return [f"The first administrator is {settings.admin_email}, with the password from ASTRALYTIQ_ADMIN_PASSWORD."]
    code = workspace.accounts.new_setup_code()
    return [f"Make the first administrator at {address(settings)}/setup with the set-up code {code}"]


def admin_from_settings(workspace: Workspace) -> bool:
    """Whether the settings name the first administrator, who is then there. Raises Invalid naming the setting that is wrong."""
    email, password = workspace.settings.admin_email, workspace.settings.admin_password
    if bool(email) != bool(password):
        raise Invalid("ASTRALYTIQ_ADMIN_EMAIL and ASTRALYTIQ_ADMIN_PASSWORD go together: set both, or neither.")
    if email:
        try:
            workspace.accounts.create_first_admin(email, password)
        except Invalid as error:
            raise Invalid(f"ASTRALYTIQ_ADMIN_{(error.field or 'email').upper()}: {error.message}") from None
    return bool(email)


def demo_accounts(workspace: Workspace) -> list[demo.Account]:
    """Those that the demo has to make, beside the administrator whom the settings may name."""
    if workspace.accounts.setup_needed():
        admin_from_settings(workspace)
    return demo.missing(workspace)


def demo_steps(accounts: Sequence[demo.Account]) -> list[str]:
    """How to sign in, with the passwords that are known only now."""
    if not accounts:
        return ["The demo is being filled; its accounts and their passwords were printed when they were made."]
    width = max(len(account.email) for account in accounts)
    heading = "The demo is being filled. Sign in as (these passwords are not shown again):"
    return [heading, *(f"  {account.email:{width}}  {account.password}   {account.role.label}" for account in accounts)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
