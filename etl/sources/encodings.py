"""In which encoding a text file is."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from etl.reading import BLOCK, File

ENCODINGS = ["utf_8", "cp949", "euc_kr", "utf_16", "shift_jis", "cp1252"]
BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
FOREIGN = re.compile(rb"[\x80-\xff]")
HANGUL = re.compile(rb"[\xb0-\xc8][\xa1-\xfe]")
"""The syllables of KS X 1001, all but a few of those in use, as EUC-KR and CP949 have them."""
SAMPLE = 1 << 20


def detect_encoding(file: File, *, whole: bool = True) -> str:
    """Return a file's encoding: its byte-order mark's, else UTF-8 if it is, else the likeliest.

    Looks at the whole file, or at its first megabyte. A UTF-8 file with a few broken bytes is still
    one: the rows that hold them are rejected.
    """
    with file.open() as stream:
        head = stream.read(SAMPLE)
        for bom, encoding in BOMS.items():
            if head.startswith(bom):
                return encoding
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            block = head
            while block:
                decoder.decode(block)
                block = stream.read(BLOCK) if whole else b""
            return "utf-8"
        except UnicodeDecodeError:
            parts = [head] if block is head else [head, block[block.find(b"\n") + 1 :]]
            sample = b"".join(part[: part.rfind(b"\n") + 1] or part for part in parts)
    text = sample.decode("utf-8", "replace")
    foreign = sum(not character.isascii() for character in text)
    if text.count("\ufffd") * 10 < foreign:
        return "utf-8"
    if _is_korean(sample):
        return "cp949"
    best = from_bytes(sample, cp_isolation=ENCODINGS).best()
    return best.encoding if best else "cp949"


def _is_korean(sample: bytes) -> bool:
    """Return whether this is CP949 text, however short: statistics need more than a row or two."""
    try:
        sample.decode("cp949")
    except UnicodeDecodeError:
        return False
    return 2 * len(HANGUL.findall(sample)) > 0.8 * len(FOREIGN.findall(sample))
