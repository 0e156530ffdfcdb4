"""Reads a tagged PDF by its structure tree alone, as a screen reader does."""

import re
from collections.abc import Iterator
from io import BytesIO

from pypdf import PdfReader
from pypdf.generic import ArrayObject, ContentStream

GLYPH = re.compile(rb"<([0-9A-F]{2})> <([0-9A-F]{4})>")


class Tagged:
    """The marked contents of a PDF, and the tree that puts them in order."""

    def __init__(self, document: bytes) -> None:
        self.reader = PdfReader(BytesIO(document))
        self.catalog = self.reader.root_object
        self.root = self.catalog["/StructTreeRoot"]
        self.contents = {}  # (page, marked content id) -> the text that is heard
        self.artifacts = [[] for _ in self.reader.pages]
        self.stray = []
        for number, page in enumerate(self.reader.pages):
            self._read(number, page)

    def _read(self, number, page) -> None:
        fonts = page["/Resources"]["/Font"]
        glyphs, around = {}, []
        for operands, operator in ContentStream(page.get_contents(), self.reader).operations:
            if operator == b"BDC":
                around.append((operands[0], operands[1]))
                self._heard(number, around, operands[1].get("/ActualText"), replaces=True)
            elif operator == b"EMC":
                around.pop()
            elif operator == b"Tf":
                glyphs = glyphs_of(fonts[operands[0]])
            elif operator == b"Tj":
                text = "".join(glyphs[code] for code in bytes_of(operands[0]))
                self._heard(number, around, text)
            elif operator in {b"S", b"f", b"B", b"Do"} and not around:
                self.stray.append(operator)
        assert not around

    def _heard(self, number, around, text, *, replaces=False) -> None:
        if text is None or (not replaces and any("/ActualText" in marked for _, marked in around)):
            return
        ids = [marked["/MCID"] for _, marked in around if "/MCID" in marked]
        if ids:
            (key,) = ids
            self.contents[number, key] = self.contents.get((number, key), "") + text
        elif around and around[0][0] == "/Artifact":
            self.artifacts[number].append(text)
        else:
            self.stray.append(text)

    def elements(self, node=None, path=()) -> Iterator[tuple[tuple[str, ...], str]]:
        """Every element in reading order: the roles down to it, and its own text."""
        node = node or self.root["/K"][0].get_object()
        path = (*path, node["/S"][1:])
        kids = [kid.get_object() for kid in kids_of(node)]
        yield path, "".join(self.contents[self.place(kid)] for kid in kids if kid.get("/Type") == "/MCR")
        for kid in kids:
            if kid["/Type"] == "/StructElem":
                assert kid["/P"] == node
                yield from self.elements(kid, path)

    def reached(self, node=None) -> Iterator[tuple[tuple[int, int], object]]:
        """The place of every marked content that the tree leads to, with its element."""
        node = node or self.root["/K"][0].get_object()
        for kid in (each.get_object() for each in kids_of(node)):
            if kid["/Type"] == "/MCR":
                yield self.place(kid), node
            elif kid["/Type"] == "/StructElem":
                yield from self.reached(kid)

    def place(self, content) -> tuple[int, int]:
        return self.reader.get_page_number(content["/Pg"].get_object()), content["/MCID"]

    def parents(self) -> dict[int, object]:
        """The way back: from each key of the parent tree to the elements it names."""
        flat = [each.get_object() for each in self.root["/ParentTree"]["/Nums"]]
        return dict(zip(flat[::2], flat[1::2], strict=True))

    def text(self) -> str:
        return "\n".join(text for _, text in self.elements() if text)

    def pages_text(self) -> str:
        return "\n".join(page.extract_text() for page in self.reader.pages)


def kids_of(node) -> ArrayObject:
    return node.get("/K", ArrayObject())


def bytes_of(operand) -> bytes:
    return operand.original_bytes if hasattr(operand, "original_bytes") else bytes(operand)


def glyphs_of(font) -> dict[int, str]:
    pairs = GLYPH.findall(font["/ToUnicode"].get_object().get_data())
    return {int(code, 16): chr(int(letter, 16)) for code, letter in pairs}
