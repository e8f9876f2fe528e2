"""Read a body within its bounds: on the wire, and decompressed."""

from __future__ import annotations

import asyncio
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx

from brandwatch.errors import FetchError
from brandwatch.http.transport import WIRE
from brandwatch.models import FetchClass
from brandwatch.text.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from brandwatch.http.environment import FetchLimits


_GZIP = frozenset({"gzip", "x-gzip"})
# Not codings at all, but servers were seen to send them for a plain body.
_PLAIN = frozenset({"", "identity", "none", "utf-8", "binary", "8bit"})
_STEP = 65_536
_GZIP_WINDOW = 31
_MEMBER = b"\x1f"
# What a server says of a refusal is a sentence or two.
_REFUSAL = 65_536
_BEFORE_DEADLINE = 0.2


async def read_body(response: httpx.Response, limits: FetchLimits) -> bytes:
    """Return the whole body, unpacked; raise FetchError: `too-large` beyond *limits*, `truncated` if it breaks off."""
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding in _PLAIN:
        whole = bytearray()
        async for chunk in _within(response, min(limits.wire, limits.decoded)):
            whole += chunk
        return bytes(whole)
    if coding in _GZIP:
        return await _unpacked(_within(response, limits.wire), limits.decoded)
    message = f"sent as “{one_line(coding)[:40]}”, which was not asked for"
    raise FetchError(FetchClass.PARSE, message, status=response.status_code)


async def read_refusal(response: httpx.Response, limits: FetchLimits, deadline: float | None) -> bytes:
    """Return what a server wrote below its refusal, nothing where that is long, broken, or not there in time.

    That it refused is known by then: whatever goes wrong here must not hide it, and so this ends before the *deadline*.
    """
    short = replace(limits, wire=min(limits.wire, _REFUSAL), decoded=min(limits.decoded, _REFUSAL))
    try:
        async with asyncio.timeout_at(deadline - _BEFORE_DEADLINE if deadline is not None else None):
            return await read_body(response, short)
    except (FetchError, TimeoutError, httpx.HTTPError, OSError):
        return b""


async def _within(response: httpx.Response, most: int) -> AsyncIterator[bytes]:
    """Pass the chunks of a body on until they, or the frames around them, are too much."""
    size, received = 0, response.extensions[WIRE]
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if max(size, received()) > most:
            raise _too_large(most)
        yield chunk


async def _unpacked(chunks: AsyncIterator[bytes], most: int) -> bytes:
    """Unpack gzip in small steps, so that a bomb is noticed before it goes off."""
    unpacker, whole, is_whole = zlib.decompressobj(_GZIP_WINDOW), bytearray(), True
    async for chunk in chunks:
        rest = chunk
        while rest:
            if unpacker.eof:
                # RFC 1952 §2.2: several members may follow each other; what follows the last is padding.
                if not rest.startswith(_MEMBER):
                    break
                unpacker = zlib.decompressobj(_GZIP_WINDOW)
            whole += _step(unpacker, rest)
            rest = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
            is_whole = unpacker.eof
            if len(whole) > most:
                raise _too_large(most)
    if not is_whole:
        raise FetchError(FetchClass.TRUNCATED, "the answer breaks off in the middle of its gzip")
    return bytes(whole)


def _step(unpacker: zlib._Decompress, packed: bytes) -> bytes:
    """Unpack one step."""
    try:
        return unpacker.decompress(packed, _STEP)
    except zlib.error as error:
        raise FetchError(FetchClass.TRUNCATED, "the gzip of the answer is broken") from error


def _too_large(most: int) -> FetchError:
    """Return the error for a body beyond its bound."""
    return FetchError(FetchClass.TOO_LARGE, f"the answer is larger than {most / 2**20:.0f} MiB")
