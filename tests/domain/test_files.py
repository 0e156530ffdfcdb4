"""Names of files made safe, and kinds told by their bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import files

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
