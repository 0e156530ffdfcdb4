"""Gives a drawn PDF the structure tree that makes it readable by ear (ISO 32000-1, 14.7 and 14.8).

The library that draws knows nothing of structure; the one that reads PDFs can add it, so this is a second pass.
"""

from collections import defaultdict
from collections.abc import Mapping
from io import BytesIO
from typing import Final
from xml.sax.saxutils import escape

from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NameObject,
    NumberObject,
    PdfObject,
    TextStringObject,
)

from app.domain.letters.sheets import Element, Mark
from app.domain.letters.template import PROGRAM_NAME

ATTRIBUTES: Final = {
    "TH": {"/O": NameObject("/Table"), "/Scope": NameObject("/Row")},
    "L": {"/O": NameObject("/List"), "/ListNumbering": NameObject("/Disc")},
}
VERSION: Final = "%PDF-1.7"
PRINTED: Final = 4  # the flag of an annotation that goes to paper
XMP: Final = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def tagged(drawn: bytes, root: Element, title: str) -> bytes:
    """The same pages with the tree of their marked content."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(drawn)))
    _Tree(writer).grow(root)
    writer.root_object[NameObject("/MarkInfo")] = _dictionary({"/Marked": BooleanObject(True)})
    # in place of what the drawing library says of itself, with a day on which nothing happened
    writer.metadata = {"/Title": title, "/Author": PROGRAM_NAME}
    writer.xmp_metadata = XMP.format(title=escape(title)).encode()
    writer.pdf_header = VERSION
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _dictionary(members: Mapping[str, PdfObject]) -> DictionaryObject:
    return DictionaryObject({NameObject(name): value for name, value in members.items()})


class _Tree:
    """The structure elements of a document, with the way back from each marked content to its element."""

    def __init__(self, writer: PdfWriter) -> None:
        self.writer = writer
        self.pages: list[PageObject] = list(writer.pages)
        self.parents: dict[int, PdfObject] = {}
        self.owners: dict[int, list[IndirectObject]] = defaultdict(list)

    def grow(self, root: Element) -> None:
        trunk = _dictionary({"/Type": NameObject("/StructTreeRoot")})
        place = self._add(trunk)
        trunk[NameObject("/K")] = ArrayObject([self._element(root, place)])
        for number, page in enumerate(self.pages):
            page[NameObject("/StructParents")] = NumberObject(number)
            page[NameObject("/Tabs")] = NameObject("/S")
        pages = {number: ArrayObject(self.owners[number]) for number in range(len(self.pages))}
        parents = [
            item
            for key, owner in sorted({**pages, **self.parents}.items())
            for item in (NumberObject(key), owner)
        ]
        trunk[NameObject("/ParentTree")] = self._add(_dictionary({"/Nums": ArrayObject(parents)}))
        trunk[NameObject("/ParentTreeNextKey")] = NumberObject(len(pages) + len(self.parents))
        self.writer.root_object[NameObject("/StructTreeRoot")] = place

    def _element(self, element: Element, parent: IndirectObject) -> IndirectObject:
        node = _dictionary(
            {"/Type": NameObject("/StructElem"), "/S": NameObject(f"/{element.role}"), "/P": parent}
        )
        if element.role in ATTRIBUTES:
            node[NameObject("/A")] = _dictionary(ATTRIBUTES[element.role])
        place = self._add(node)
        kids = ArrayObject()
        for kid in element.kids:
            kids += [self._content(kid, place)] if isinstance(kid, Mark) else [self._element(kid, place)]
            if isinstance(kid, Mark) and element.url:
                kids += [self._link(line_box, kid.sheet, element.url, place) for line_box in kid.boxes()]
        node[NameObject("/K")] = kids
        return place

    def _content(self, mark: Mark, owner: IndirectObject) -> PdfObject:
        self.owners[mark.sheet].append(owner)
        return _dictionary(
            {
                "/Type": NameObject("/MCR"),
                "/Pg": self._page(mark.sheet),
                "/MCID": NumberObject(mark.number),
            }
        )

    def _link(
        self, box: tuple[float, float, float, float], sheet: int, url: str, owner: IndirectObject
    ) -> PdfObject:
        key = len(self.pages) + len(self.parents)
        self.parents[key] = owner
        action = _dictionary({"/S": NameObject("/URI"), "/URI": TextStringObject(url)})
        annotation = self._add(
            _dictionary(
                {
                    "/Type": NameObject("/Annot"),
                    "/Subtype": NameObject("/Link"),
                    "/Rect": ArrayObject(map(FloatObject, box)),
                    "/Border": ArrayObject([NumberObject(0)] * 3),
                    "/F": NumberObject(PRINTED),
                    "/Contents": TextStringObject(url),
                    "/A": action,
                    "/StructParent": NumberObject(key),
                }
            )
        )
        page = self.pages[sheet]
        page.setdefault(NameObject("/Annots"), ArrayObject()).append(annotation)
        return _dictionary({"/Type": NameObject("/OBJR"), "/Pg": self._page(sheet), "/Obj": annotation})

    def _page(self, sheet: int) -> PdfObject:
        return self.pages[sheet].indirect_reference or self.pages[sheet]

    def _add(self, member: PdfObject) -> IndirectObject:
        return self.writer._add_object(member)  # noqa: SLF001 - the only way there is to add an object of one's own
