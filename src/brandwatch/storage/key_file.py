"""The key file: the key of the seals outside the database, with what was erased and where the audit ended.

Who can write the database alone can neither forge a seal nor put an older copy back unnoticed. The file is JSON, 0600:
`key` (hex), `database` (which one it belongs to), `serial`, `audit_rows` and `head` (its state when the file was last
written) and `tombstones` (the suppression list of erasures).
"""

import errno
import json
import os
import secrets
from dataclasses import asdict
from pathlib import Path
from typing import Any

from brandwatch.errors import StoreError
from brandwatch.frozen_classes import dataclass
from brandwatch.storage.atomic_files import atomic_path

VARIABLE = "BRANDWATCH_KEY_FILE"
"""The environment variable that names the key file."""

_SUFFIX = ".key"
_KEY_BYTES = 32
_VERSION = 1
_RESTORE_HINT = f"put the file back, or name it with {VARIABLE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFile:
    """The contents of a key file; *database* is empty until a database uses it. Hashes are in hexadecimal digits."""

    key: str
    database: str = ""
    serial: int = 0
    audit_rows: int = 0
    head: str = ""
    tombstones: tuple[tuple[str, int, str], ...] = ()


def key_path(database: Path) -> Path:
    """Return the path of the key file: that of the environment, else `<database>.key`."""
    named = os.environ.get(VARIABLE, "")
    return Path(named) if named else Path(f"{os.path.realpath(database)}{_SUFFIX}")


def is_beside(database: Path) -> bool:
    """Whether the key file lies in the folder of the database, where one thief, or one broken disk, takes both."""
    return key_path(database).resolve().parent == Path(os.path.realpath(database)).parent


def has_key_file(database: Path) -> bool:
    """Whether there is a key file, or the environment names one."""
    return bool(os.environ.get(VARIABLE)) or key_path(database).exists()


def read_key_file(path: Path) -> KeyFile:
    """Read a key file; raise StoreError if it is missing, unreadable or none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        hint = f"{_RESTORE_HINT}; if it is lost: brandwatch audit --new-key"
        raise StoreError(f"the key file {path} is missing", hint) from None
    except OSError as error:
        raise StoreError(f"the key file {path} cannot be read: {error.strerror}", "see who may read it") from error
    except ValueError as error:
        raise StoreError(f"{path} is no key file", _RESTORE_HINT) from error
    try:
        return _parse(data)
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"{path} is no key file", _RESTORE_HINT) from error


def create_key_file(path: Path) -> KeyFile:
    """Create a key file (0600) with a new key; raise StoreError if it cannot be written. One that is there stays."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return read_key_file(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    made = KeyFile(key=secrets.token_hex(_KEY_BYTES))
    try:
        write_key_file(path, made)
    except StoreError:
        # Without it the next command can make one; the empty file that holds the name would stop it.
        path.unlink(missing_ok=True)
        raise
    return made


def write_key_file(path: Path, contents: KeyFile) -> None:
    """Replace a key file, whole or not at all, and on the disk before this returns."""
    text = json.dumps({"version": _VERSION} | asdict(contents), indent=1)
    try:
        # A link stays one: the file may lie on another disk.
        target = path.resolve()
        with atomic_path(target) as unfinished, unfinished.open("w", encoding="utf-8") as file:
            file.write(f"{text}\n")
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(target.parent)
    except OSError as error:
        raise _unwritable(path, error) from error


def _parse(data: dict[str, Any]) -> KeyFile:
    if data["version"] != _VERSION or len(bytes.fromhex(data["key"])) != _KEY_BYTES:
        raise ValueError(data["version"])
    tombstones = tuple(
        (str(kind), int(length), bytes.fromhex(hashed).hex()) for kind, length, hashed in data["tombstones"]
    )
    return KeyFile(
        key=data["key"],
        database=str(data["database"]),
        serial=int(data["serial"]),
        audit_rows=int(data["audit_rows"]),
        head=str(data["head"]),
        tombstones=tombstones,
    )


def _unwritable(path: Path, error: OSError) -> StoreError:
    hint = "see who may write its folder" if error.errno in {errno.EACCES, errno.EROFS} else ""
    return StoreError(f"the key file {path} cannot be written: {error.strerror}", hint)


def _sync_folder(folder: Path) -> None:
    """Have the name of a new file on the disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
