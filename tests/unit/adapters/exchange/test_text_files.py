from __future__ import annotations

import codecs
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planvault.adapters.exchange import text_files
from planvault.adapters.exchange.text_files import encoding_of, open_text
from planvault.application.exchange import NamedStream
from planvault.domain.errors import InvalidRequestError, TooLargeError, UnsupportedEncodingError

from .builders import read, stream

DEMAND = "demand_family.csv"
TEXT = "family,period,demand\n電動工具,2026-01,5\n"
WRITTEN = {
    "UTF-8": TEXT.encode(),
    "UTF-8-SIG": codecs.BOM_UTF8 + TEXT.encode(),
    "UTF-16": TEXT.encode("utf-16"),
    "CP932": TEXT.encode("cp932"),
}


@pytest.mark.parametrize("encoding", list(WRITTEN))
def test_the_encoding_is_found_and_reported(encoding: str) -> None:
    result = read({DEMAND: WRITTEN[encoding]})
    assert result.files[0].encoding == encoding
    assert result.content.rows("family_demands")[0].family_code == "電動工具"


def test_utf_16_is_read_in_either_byte_order() -> None:
    data = codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be")
    assert read({DEMAND: data}).files[0].encoding == "UTF-16"


def test_json_is_read_in_every_encoding_too() -> None:
    content = read({"meta.json": '{"会社": "庭"}'.encode("cp932")}).content
    assert content.parameters("metadata") == {"会社": "庭"}


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode("euc-jp"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-32"),
        codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le") + b"\x00",
        codecs.BOM_UTF8 + TEXT.encode("cp932"),
        TEXT.encode() + b"\xff\xfe\xfd",
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"PK\x03\x04" + b"\x00\xff" * 20,
    ],
)
def test_bytes_in_no_known_encoding_are_refused_with_the_name(data: bytes) -> None:
    with pytest.raises(UnsupportedEncodingError, match=r"demand_family\.csv is neither UTF-8") as caught:
        read({DEMAND: data})
    assert caught.value.remedy == "Save it as UTF-8 and send it again."


def test_the_last_byte_decides_as_much_as_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_files, "_CHUNK", 7)
    assert encoding_of(stream("x.csv", ("a" * 40 + "庭").encode())) == "UTF-8"
    assert encoding_of(stream("x.csv", ("a" * 40 + "庭").encode("cp932"))) == "CP932"
    with pytest.raises(UnsupportedEncodingError):
        encoding_of(stream("x.csv", ("a" * 40 + "庭").encode("cp932")[:-1]))


def test_a_file_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_files, "_CHUNK", 8)
    assert encoding_of(stream("x.csv", b"a" * 20), limit=20) == "UTF-8"
    with pytest.raises(TooLargeError, match=r"x\.csv is larger than 20 bytes"):
        encoding_of(stream("x.csv", b"a" * 21), limit=20)


def test_a_file_that_cannot_be_opened_is_refused_with_the_reason() -> None:
    def refused() -> BinaryIO:
        raise PermissionError(13, "Permission denied")

    with pytest.raises(InvalidRequestError, match=r"x\.csv cannot be read \(Permission denied\)"):
        encoding_of(NamedStream(name="x.csv", open=refused))


def test_a_file_that_changes_between_the_readings_is_refused() -> None:
    file = stream("x.csv", b"\xff\xff")
    with pytest.raises(UnsupportedEncodingError), open_text(file, "UTF-8") as text:
        text.read()


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\0\ufeff"), min_size=1))
def test_any_unicode_text_is_read_as_it_was_written(text: str) -> None:
    for codec, name in (("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8-SIG"), ("utf-16", "UTF-16")):
        file = stream("x.csv", text.encode(codec))
        assert encoding_of(file) == name
        with open_text(file, name) as opened:
            assert opened.read() == text


# The first no Japanese Windows writes into text; the others come back as their full-width twins from any CP932.
OUTSIDE_CP932 = "\0\x80\xa0\uf8f0\uf8f1\uf8f2\uf8f3" + "\xa2\xa3\xac\u2016\u2212\u301c"


@given(st.text(alphabet=st.characters(codec="cp932", exclude_characters=OUTSIDE_CP932)))
def test_any_text_of_a_japanese_windows_is_never_garbled(text: str) -> None:
    data = text.encode("cp932")
    file = stream("x.csv", data)
    try:
        expected = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        expected = data.decode("cp932")
    with open_text(file, encoding_of(file)) as opened:
        assert opened.read() == expected
