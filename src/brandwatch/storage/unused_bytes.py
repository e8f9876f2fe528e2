"""The bytes of a database file that belong to no row: free pages, and the space between the rows of a page.

sqlite.org/fileformat2.html, §1.5 (the freelist) and §1.6 (pages of b-trees).
"""

from collections.abc import Iterator
from pathlib import Path
from struct import unpack_from
from typing import BinaryIO

_FILE_HEADER_BYTES = 100
_PAGE_SIZE_OFFSET, _FREELIST_OFFSET = 16, 32
_MAX_PAGE_BYTES = 65_536
# The types of pages of b-trees, with the bytes of their headers. Other pages hold the end of a long row, or are free.
_HEADER_BYTES = {2: 12, 5: 12, 10: 8, 13: 8}
_FREE_BLOCK_HEADER_BYTES = 4


def unused_pieces(path: Path) -> Iterator[bytes]:
    """Yield each piece of the file of a database that is in no row, and is not empty."""
    with path.open("rb") as file:
        header = file.read(_FILE_HEADER_BYTES)
        if len(header) < _FILE_HEADER_BYTES:
            return
        (stored,) = unpack_from(">H", header, _PAGE_SIZE_OFFSET)
        # Two bytes cannot hold the largest size: 1 means it.
        size = _MAX_PAGE_BYTES if stored == 1 else stored
        (trunk,) = unpack_from(">I", header, _FREELIST_OFFSET)
        free = set(_free_pages(file, size, trunk))
        file.seek(0)
        for number, page in enumerate(iter(lambda: file.read(size), b""), 1):
            pieces = [page] if number in free else _spaces(page, _FILE_HEADER_BYTES if number == 1 else 0)
            yield from (piece for piece in pieces if piece.strip(b"\0"))


def _free_pages(file: BinaryIO, size: int, trunk: int) -> Iterator[int]:
    """Yield the numbers of the free pages: each trunk lists some, and names the next trunk."""
    visited = set()
    while trunk and trunk not in visited:
        visited.add(trunk)
        yield trunk
        file.seek((trunk - 1) * size)
        page = file.read(size)
        if len(page) < size:
            return
        trunk, count = unpack_from(">II", page)
        yield from unpack_from(f">{min(count, size // 4 - 2)}I", page, 8)


def _spaces(page: bytes, start: int) -> Iterator[bytes]:
    """Yield the space before the rows of a page, and between them; its header begins at *start*."""
    header = _HEADER_BYTES.get(page[start])
    if header is None:
        return
    block, cells, content = unpack_from(">HHH", page, start + 1)
    yield page[start + header + 2 * cells : content or _MAX_PAGE_BYTES]
    while start < block <= len(page) - _FREE_BLOCK_HEADER_BYTES:
        following, length = unpack_from(">HH", page, block)
        yield page[block + _FREE_BLOCK_HEADER_BYTES : block + length]
        # They are in ascending order.
        block = following if following > block else 0
