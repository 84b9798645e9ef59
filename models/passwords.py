"""Passwords: how they are chosen, kept and compared. What is kept is an argon2id hash, as in `$argon2id$v=19$m=65536,...`."""

import asyncio
import secrets
import string
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from models.errors import Invalid

SHORTEST = 12
LONGEST = 1000
ALPHABET = string.ascii_letters + string.digits
HASHER = PasswordHasher()
# Each comparison takes 64 MiB: sign-ins by the hundred wait for their turn instead of taking the machine's memory.
THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="passwords")


async def hash_password(password: str) -> str:
    """What to keep of a new password; refuses one that is too short to withstand guessing."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(f"The password has {len(password)} characters; use {SHORTEST} to {LONGEST}.", field=("password",))
    return await asyncio.get_running_loop().run_in_executor(THREADS, HASHER.hash, _octets(password))


async def is_password(password: str, kept: str | None) -> bool:
    """Whether `kept` is the hash of this password; None, for an unknown user, takes the same time and is false."""
    return await asyncio.get_running_loop().run_in_executor(THREADS, _matches, password, kept)


def random_password() -> str:
    """A password that nobody has to invent: 20 letters and digits, which is 119 bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(20))


def _matches(password: str, kept: str | None) -> bool:
    # Always called, so that the first comparison of a process takes the same time whether the user is known or not.
    nobodys = _nobodys_hash()
    try:
        HASHER.verify(kept or nobodys, _octets(password))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


@cache
def _nobodys_hash() -> str:
    return HASHER.hash(secrets.token_bytes(32))


def _octets(password: str) -> bytes:
    # Keyboards differ in how they compose accents; JSON may hold half a surrogate pair, which is no reason to fail.
    return unicodedata.normalize("NFC", password).encode(errors="surrogatepass")
