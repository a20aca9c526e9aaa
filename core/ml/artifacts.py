"""Model files: named by their content, signed with the key of this installation, and without pickle.

A model is a few files (trees as UBJSON, terms and encoder as JSON) and a signature over their names and hashes. Loading checks
each hash and the signature: whoever can write into the folder, or into the database, still cannot slip a model in.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from secrets import token_hex

from core.errors import Unavailable

SIGNATURE = "signature"
GRACE_S = 86_400


class Artifacts:
    def __init__(self, folder: Path, key: str) -> None:
        self._folder = folder
        self._key = key.encode()

    def save(self, files: Mapping[str, bytes]) -> dict[str, str]:
        """Writes what is not there yet and returns name -> SHA-256, the signature among them."""
        names = {name: self._put(content) for name, content in files.items()}
        return {**names, SIGNATURE: self._put(self._sign(names))}

    def load(self, names: Mapping[str, str]) -> dict[str, bytes]:
        """Raises Unavailable in words when a file is missing, altered, or not signed by this installation."""
        files = {name: self._get(name, digest) for name, digest in names.items()}
        signature = files.pop(SIGNATURE, b"")
        if not hmac.compare_digest(signature, self._sign({name: names[name] for name in files})):
            raise Unavailable("This model was not signed with the key of this installation, so it is not loaded. Train it again.")
        return files

    def collect(self, referenced: Collection[str]) -> None:
        """Deletes what is not *referenced* and older than a day: more than any training lets pass between its files and its row."""
        oldest = time.time() - GRACE_S
        for path in self._folder.glob("*"):
            if path.name not in referenced and path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)

    def _put(self, content: bytes) -> str:
        digest = hashlib.sha256(content).hexdigest()
        final = self._folder / digest
        if final.exists() and final.stat().st_size == len(content):
            os.utime(final)  # its grace begins anew
            return digest
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f"{digest}.{token_hex(4)}.part"
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(final)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name survives a power cut too
        finally:
            os.close(folder)
        return digest

    def _get(self, name: str, digest: str) -> bytes:
        try:
            content = (self._folder / Path(digest).name).read_bytes()
        except FileNotFoundError:
            raise Unavailable(f"The file {name} of this model is missing. Restore the models folder, or train the model again.") from None
        if hashlib.sha256(content).hexdigest() != digest:
            raise Unavailable(f"The file {name} of this model is damaged or was altered, so it is not loaded. Train the model again.")
        return content

    def _sign(self, names: Mapping[str, str]) -> bytes:
        listed = "\n".join(f"{name} {digest}" for name, digest in sorted(names.items()))
        return hmac.new(self._key, f"model\n{listed}".encode(), hashlib.sha256).hexdigest().encode()
