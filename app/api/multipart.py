"""Reading one file out of a multipart body while it arrives: bounded fields before and after it, nothing spooled."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import Message

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from app.domain.errors import Flaw, Invalid, UnsupportedMediaType

MOST_FIELD = 4000  # bytes of one text field
MOST_PARTS = 10
MOST_HEADERS = 8192  # bytes of one part's headers


@dataclass
class _Part:
    name: str
    filename: str | None


@dataclass
class Form:
    """A multipart body that is being read. `file()` yields the file's bytes; `fields` is whole once it has ended."""

    source: AsyncIterator[bytes]
    boundary: bytes
    fields: dict[str, str] = field(default_factory=dict)
    sent_name: str | None = None
    is_whole: bool = False

    def __post_init__(self) -> None:
        self._headers = bytearray()
        self._part: _Part | None = None
        self._text = bytearray()
        self._file: list[bytes] = []
        self._parts = 0
        self._file_ended = False
        self._parser = MultipartParser(
            self.boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._header,
                "on_header_value": self._header,
                "on_header_end": lambda: self._headers.extend(b"\n"),
                "on_headers_finished": self._headers_end,
                "on_part_data": self._data,
                "on_part_end": self._end,
                "on_end": self._finish,
            },
        )

    @property
    def filename(self) -> str:
        """As it was sent, once `until_file` has been there."""
        return self.sent_name or ""

    async def until_file(self) -> None:
        """Reads up to the first bytes of the file part. Raises Invalid where there is none."""
        while self.sent_name is None and not self.is_whole:
            if not await self._more():
                break
        if self.sent_name is None:
            raise Invalid(
                flaws=[Flaw("/file", "required", "The form needs a part named file, with a filename.")]
            )

    async def file(self) -> AsyncIterator[bytes]:
        """The bytes of the file, and after them the rest of the form is read. Raises Invalid for a cut body."""
        while True:
            for chunk in self._file:
                yield chunk
            self._file.clear()
            if self._file_ended or not await self._more():
                break
        while not self.is_whole and await self._more():
            pass
        if not self.is_whole:
            raise Invalid(flaws=[Flaw("", "multipart", "The body ended before its closing boundary.")])

    async def _more(self) -> bool:
        try:
            chunk = await anext(self.source)
        except (StopAsyncIteration, ClientDisconnect):
            return False
        try:
            self._parser.write(chunk)
        except MultipartParseError:
            raise Invalid(flaws=[Flaw("", "multipart", "The body is not well-formed multipart.")]) from None
        return True

    def _begin(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise Invalid(flaws=[Flaw("", "multipart", f"At most {MOST_PARTS} parts.")])
        self._headers.clear()
        self._text.clear()
        self._part = None

    def _header(self, data: bytes, start: int, end: int) -> None:
        self._headers.extend(data[start:end])
        if len(self._headers) > MOST_HEADERS:
            raise Invalid(flaws=[Flaw("", "multipart", "The headers of a part are too long.")])

    def _headers_end(self) -> None:
        """Which part it is. The parser gives a header's name and value without the colon between."""
        for line in bytes(self._headers).split(b"\n"):
            if line[:19].lower() == b"content-disposition":
                _, options = parse_options_header(line[19:])
                name = options.get(b"name", b"").decode(errors="replace")
                filename = options.get(b"filename")
                self._part = _Part(name, None if filename is None else _decoded(filename))
        if self._part is None:
            raise Invalid(flaws=[Flaw("", "multipart", "A part has no Content-Disposition.")])
        if self._part.name == "file":
            if self.sent_name is not None or self._part.filename is None:
                raise Invalid(flaws=[Flaw("/file", "one-file", "Send exactly one file, with a filename.")])
            self.sent_name = self._part.filename

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._part is not None and self._part.name == "file":
            self._file.append(data[start:end])
            return
        self._text.extend(data[start:end])
        if len(self._text) > MOST_FIELD:
            raise Invalid(flaws=[Flaw("", "too-long", f"A field has at most {MOST_FIELD} bytes.")])

    def _end(self) -> None:
        if self._part is None:
            return
        if self._part.name == "file":
            self._file_ended = True
            return
        if self._part.name in self.fields:
            raise Invalid(flaws=[Flaw("", "twice", "A field is sent twice.")])
        self.fields[self._part.name] = self._text.decode(errors="replace")

    def _finish(self) -> None:
        self.is_whole = True


def _decoded(name: bytes) -> str:
    """A name as browsers send it (UTF-8), or as old clients do."""
    try:
        return name.decode()
    except UnicodeDecodeError:
        return name.decode("latin-1")


def boundary_of(content_type: str) -> bytes:
    """The boundary of a multipart/form-data body. Raises UnsupportedMediaType for anything else."""
    message = Message()
    message["content-type"] = content_type
    boundary = message.get_param("boundary")
    if message.get_content_type() != "multipart/form-data" or not isinstance(boundary, str) or not boundary:
        raise UnsupportedMediaType("This operation takes multipart/form-data with a boundary.")
    return boundary.encode("ascii", "replace")[:200]
