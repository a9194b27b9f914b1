"""Archives from strangers: what a .zip, .tar or .tar.gz holds, member by member, within bounds that its own words can't move."""

from __future__ import annotations

import errno
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Final

from kyozo_gql.core.errors import InvalidInput

FIELD: Final = "archive"
MOST_MEMBERS: Final = 10_000
MOST_BYTES: Final = 512 << 20  # unpacked
MOST_RATIO: Final = 200  # unpacked to packed, for what is larger than _SMALL
_SMALL: Final = 16 << 20
_LONGEST_LINK: Final = 4_096
_CHUNK: Final = 1 << 16
_LARGEST_HEADER: Final = 1 << 20
# The index of a zip is read into memory as a whole.
_LARGEST_INDEX: Final = MOST_MEMBERS * 256
_END, _END_64, _END_SIZE, _END_64_SIZE, _LONGEST_COMMENT = b"PK\5\6", b"PK\6\7", 22, 20, 65_535
_GZIP: Final = b"\x1f\x8b"
_BROKEN: Final = (
    tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, LookupError, RuntimeError,
    ArithmeticError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Member:
    """A folder, a file with its content, or a link with what it says."""

    name: str
    is_folder: bool = False
    is_executable: bool = False
    target: str | None = None
    content: IO[bytes] | None = None


@dataclass(slots=True)
class Meter:
    """How much may still be unpacked. ``packed``: the size of the archive."""

    packed: int
    members: int = field(default=0, init=False)
    unpacked: int = field(default=0, init=False)

    def count_member(self) -> None:
        """Counts one more. Raises InvalidInput."""
        self.members += 1
        if self.members > MOST_MEMBERS:
            raise InvalidInput.of(FIELD, f"must not hold more than {MOST_MEMBERS} members")

    def count_bytes(self, size: int) -> None:
        """Counts what was unpacked. Raises InvalidInput."""
        self.unpacked += size
        if self.unpacked > MOST_BYTES:
            raise InvalidInput.of(FIELD, f"must not unpack to more than {MOST_BYTES} bytes")
        if self.unpacked > max(_SMALL, self.packed * MOST_RATIO):
            raise InvalidInput.of(FIELD, f"must not unpack to more than {MOST_RATIO} times its size")

    def chunks(self, content: IO[bytes]) -> Iterator[bytes]:
        """What a file holds. Raises InvalidInput."""
        while chunk := content.read(_CHUNK):
            self.count_bytes(len(chunk))
            yield chunk


@contextmanager
def archive_errors() -> Iterator[None]:
    """Within, whatever the libraries say of a broken archive becomes InvalidInput."""
    try:
        yield
    except _BROKEN as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise  # the disk says so, not the archive
        raise InvalidInput.of(FIELD, "is no .zip, .tar or .tar.gz that can be read") from error


def read_members(archive: IO[bytes], meter: Meter) -> Iterator[Member]:
    """The members in their order. The content of one is to be read before the next one is asked for. Raises InvalidInput."""
    archive.seek(0)
    begin = archive.read(4)
    archive.seek(0)
    if begin[:2] == b"PK":
        yield from _read_zip(archive, meter)
    elif begin[:2] == _GZIP:
        with gzip.GzipFile(fileobj=archive, mode="rb") as unpacked:
            yield from _read_tar(_Bounded(unpacked), meter)
    else:
        yield from _read_tar(_Bounded(archive), meter)


class _Bounded(io.RawIOBase):
    """A tar as its library reads it: headers may announce any size, so no single read is large, nor is the whole."""

    def __init__(self, source: IO[bytes] | gzip.GzipFile) -> None:
        self._source = source

    def read(self, size: int = -1, /) -> bytes:
        """Some bytes. Raises InvalidInput."""
        if not 0 <= size <= _LARGEST_HEADER:
            raise InvalidInput.of(FIELD, "has a header that is too large")
        return self._source.read(size)

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Goes to a place; forwards, a step at a time. Raises InvalidInput."""
        if whence != 0 or offset > MOST_BYTES + MOST_MEMBERS * 2 * tarfile.RECORDSIZE:
            raise InvalidInput.of(FIELD, f"must not unpack to more than {MOST_BYTES} bytes")
        return self._source.seek(offset)

    def tell(self) -> int:
        """The place."""
        return self._source.tell()


def _read_tar(source: _Bounded, meter: Meter) -> Iterator[Member]:
    with tarfile.open(fileobj=source, mode="r:") as tar:
        for found in tar:
            meter.count_member()
            if found.isdir():
                yield Member(found.name, is_folder=True)
            elif found.issym():
                yield Member(found.name, target=found.linkname)
            elif found.isreg() and not found.issparse():
                yield Member(found.name, is_executable=bool(found.mode & 0o111), content=tar.extractfile(found))
            else:
                raise _refusal(found.name, "is no folder, file or symbolic link")


def _read_zip(source: IO[bytes], meter: Meter) -> Iterator[Member]:
    _check_index(source)
    with zipfile.ZipFile(source) as zip_:
        for found in zip_.infolist():
            meter.count_member()
            mode = found.external_attr >> 16
            if found.flag_bits & 0x1:
                raise _refusal(found.filename, "is encrypted")
            if found.is_dir():
                yield Member(found.filename, is_folder=True)
            elif stat.S_ISLNK(mode):
                with zip_.open(found) as content:
                    yield Member(found.filename, target=content.read(_LONGEST_LINK + 1).decode())
            elif stat.S_IFMT(mode) in (0, stat.S_IFREG):
                with zip_.open(found) as content:
                    yield Member(found.filename, is_executable=bool(mode & 0o111), content=content)
            else:
                raise _refusal(found.filename, "is no folder, file or symbolic link")


def _check_index(source: IO[bytes]) -> None:
    """Refuses an index that is larger than any that is allowed, before it is read. The end is looked for as the library does."""
    size = source.seek(0, io.SEEK_END)
    source.seek(max(0, size - _END_SIZE - _LONGEST_COMMENT - _END_64_SIZE))
    tail = source.read()
    plain = len(tail) - _END_SIZE
    place = plain if tail[plain : plain + 4] == _END and tail.endswith(b"\0\0") else tail.rfind(_END)
    if place < 0:
        raise zipfile.BadZipFile
    index_size = int.from_bytes(tail[place + 12 : place + 16], "little")
    if index_size > _LARGEST_INDEX or tail[max(0, place - _END_64_SIZE) : place].startswith(_END_64):
        raise InvalidInput.of(FIELD, f"must not hold more than {MOST_MEMBERS} members")


def _refusal(name: str, fault: str) -> InvalidInput:
    return InvalidInput.of(FIELD, f"{name[:100]!r} {fault}")


def link_fault(target: str) -> str | None:
    """What is wrong with what a link says, before anybody follows it."""
    if not target or target.startswith("/") or "\x00" in target or len(target) > _LONGEST_LINK:
        return "is a link out of the archive"
    return None
