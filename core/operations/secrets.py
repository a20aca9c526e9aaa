"""Secrets: the key of this installation, and the random tokens that people and programs carry."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from core.errors import Unavailable
from core.settings import Settings

FILE_NAME = "secret.key"
SHORTEST = 32


def secret_key(settings: Settings) -> str:
    """The key that signs cookies and tokens: from the settings, or made once in the data folder, readable by its owner only."""
    if settings.secret_key:
        return _long_enough(settings.secret_key, "ASTRALYTIQ_SECRET_KEY")
    if settings.secret_key_file:
        return _read(Path(settings.secret_key_file))
    path = settings.data_dir / FILE_NAME
    if not path.exists():
        _make(path)
    return _read(path)


def new_token() -> str:
    """256 random bits, safe in an address or a cookie."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What the database keeps of a token. It is random and long, so a plain hash cannot be guessed backwards."""
    return hashlib.sha256(token.encode()).hexdigest()


def _read(path: Path) -> str:
    try:
        key = path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise Unavailable(f"The secret key file {path} cannot be read: {error.strerror}.") from None
    return _long_enough(key, str(path))


def _long_enough(key: str, place: str) -> str:
    """One that can be guessed would let anybody sign a session or a token of their own."""
    if len(key) < SHORTEST:
        raise Unavailable(f"The secret key in {place} is too short: it needs at least {SHORTEST} characters.")
    return key


def _make(path: Path) -> None:
    """Linked into place whole, so that of two processes starting at once both read the same key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(draft)
    except FileExistsError:
        pass  # the other process was quicker: its key counts
    finally:
        draft.unlink()
