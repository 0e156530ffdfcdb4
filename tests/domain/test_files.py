"""Names of files made safe, and kinds told by their bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import files
from tests.files import pdf

SAFE = {
    "report.pdf": "report.pdf",
    "../../etc/passwd": "passwd",
    "C:\\Users\\ana\\report.pdf": "report.pdf",
    "report\u202efdp.exe": "reportfdp.exe",
    "a\r\nb.pdf": "ab.pdf",
    "  spaced .pdf ": "spaced.pdf",
    "..hidden..": "hidden",
    'quo"te<>|?*.pdf': "quo_te_____.pdf",
    "re\u0301sume\u0301.pdf": "résumé.pdf",
    "nul\0byte.pdf": "nulbyte.pdf",
    "zero\u200bwidth.pdf": "zerowidth.pdf",
    "a\u200d\u0301.pdf": "á.pdf",
    "CON.pdf": "_CON.pdf",
    "lpt1": "_lpt1",
    "console.pdf": "console.pdf",
    "r\r\nSet-Cookie: x.pdf": "rSet-Cookie_ x.pdf",
    ".htaccess.txt": "htaccess.txt",
    "..\u202e/..\u202e/x.pdf": "x.pdf",
    "ünïcödé ✓.pdf": "ünïcödé ✓.pdf",
}


@pytest.mark.parametrize(("sent", "kept"), SAFE.items())
def test_a_name_is_kept_as_far_as_it_is_safe(sent, kept):
    assert files.safe_name(sent) == kept


@pytest.mark.parametrize("sent", ["", ".", "..", "/", "a/", "\u202e", "\r\n", ".pdf"[:0], "x." + "e" * 300])
def test_a_name_of_which_nothing_can_be_kept_is_refused(sent):
    with pytest.raises(files.NameRefused):
        files.safe_name(sent)


@given(st.text(max_size=600))
def test_whatever_is_sent_the_name_is_short_printable_and_leads_nowhere(sent):
    try:
        kept = files.safe_name(sent)
    except files.NameRefused:
        return
    assert 0 < len(kept.encode()) <= files.MAX_NAME_BYTES
    assert not files.UNSAFE & set(kept)
    assert kept.isprintable()
    assert kept not in {".", ".."}
    assert files.safe_name(kept) == kept


def test_a_long_name_keeps_its_extension_and_whole_characters():
    kept = files.safe_name("é" * 300 + ".pdf")
    assert kept.endswith("é.pdf")
    assert len(kept.encode()) <= files.MAX_NAME_BYTES


@given(st.text(min_size=1, max_size=300), st.integers(2, 999))
def test_a_numbered_name_is_still_a_safe_one(sent, number):
    try:
        name = files.safe_name(sent)
    except files.NameRefused:
        return
    numbered = files.numbered(name, number)
    assert f"({number})" in numbered
    assert len(numbered.encode()) <= files.MAX_NAME_BYTES
    assert files.extension_of(numbered) == files.extension_of(name)
    assert files.unlike(name, {name}) == files.numbered(name, 2)
    assert files.unlike(name, set()) == name


PDF, TEXT = pdf(), b"lot,yield\n1,0.93\n"
KINDS = {
    "a pdf": ("a.pdf", PDF, True),
    "a pdf whose name shouts": ("A.PDF", PDF, True),
    "html that goes on as pdf": ("a.pdf", b"<html>" + PDF, False),
    "a pdf after a line": ("a.pdf", b"\n" + PDF, False),
    "a pdf called text": ("a.txt", PDF, False),
    "a png called pdf": ("a.pdf", b"\x89PNG\r\n\x1a\n", False),
    "a png": ("a.png", b"\x89PNG\r\n\x1a\n", True),
    "a table": ("a.csv", TEXT, True),
    "a table with a mark of its encoding": ("a.csv", b"\xef\xbb\xbf" + TEXT, True),
    "a page called text": ("a.txt", b"  <!doctype html><html>", False),
    "a page called a table": ("a.csv", b"a,b\n<script>alert(1)</script>", False),
    "a drawing called xml": ("a.xml", b'<?xml version="1.0"?><svg onload="x"/>', False),
    "xml": ("a.xml", b'<?xml version="1.0"?><lot id="1"/>', True),
    "json": ("a.json", b"{}", True),
    "a script": ("a.txt", b"#!/bin/sh\n", False),
    "a program": ("a.txt", b"MZ\x90", False),
    "a name that ends twice": ("report.pdf.exe", PDF, False),
    "a name that does not end": ("report", PDF, False),
}


@pytest.mark.parametrize("case", KINDS)
def test_a_kind_is_what_name_and_bytes_agree_on(case):
    name, head, taken = KINDS[case]
    assert (files.kind_of(name, head) is not None) == taken


@pytest.mark.parametrize(
    ("names", "fits"),
    [
        (["[Content_Types].xml", "word/document.xml"], True),
        (["[Content_Types].xml", "xl/workbook.xml"], False),
        (["word/document.xml"], False),
        (["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"], False),
        (["[Content_Types].xml", "word/document.xml", "../../x"], False),
        (["[Content_Types].xml", "word/document.xml", "/etc/passwd"], False),
    ],
)
def test_an_office_file_holds_its_parts_and_no_macros(names, fits):
    assert files.misfit(files.KINDS["docx"], names) != fits


def test_text_has_lines_and_tabs_and_no_other_controls():
    assert files.is_plain("a\tb\r\nµ\f".encode())
    assert not any(files.is_plain(bytes([code])) for code in (0, 7, 8, 11, 27, 127))
