"""Bodies as gzip, for clients that ask for it."""

from __future__ import annotations

import gzip
import zlib

LEVEL = 1
"""Of zlib: a network of 100 Mbit/s is no faster than this."""
WORTH = 1024
"""Bytes below which packing is not worth it."""


def pack(body: bytes) -> bytes:
    """Return a whole body as gzip; the same bytes for the same body."""
    return gzip.compress(body, LEVEL, mtime=0)


class Plain:
    """A body as it is, block by block; see `Packer`."""

    def add(self, block: bytes) -> bytes:
        """Return the block."""
        return block

    def end(self, block: bytes) -> bytes:
        """Return the last block."""
        return block


class Packer:
    """A body as gzip, block by block; what went in can be read at the other end at once."""

    def __init__(self) -> None:
        self._stream = zlib.compressobj(LEVEL, wbits=31)

    def add(self, block: bytes) -> bytes:
        """Return what a block becomes."""
        return self._stream.compress(block) + self._stream.flush(zlib.Z_SYNC_FLUSH)

    def end(self, block: bytes) -> bytes:
        """Return what the last block becomes."""
        return self._stream.compress(block) + self._stream.flush()
