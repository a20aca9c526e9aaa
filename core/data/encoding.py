"""The character encoding of a text file: byte order mark, UTF-16, UTF-8, else the most likely of the 8-bit and East Asian ones."""

from __future__ import annotations

import codecs
import math
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

CHOICES = (
    "utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "cp1252", "cp1250", "cp1251", "iso8859-7", "cp1254", "koi8-r",
    "cp437", "mac-roman", "shift_jis", "gb18030", "big5", "euc_kr",
)  # fmt: skip
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FEW = 8  # below so many non-ASCII bytes there is nothing to measure, and most such files are Western
_CHUNK = 1 << 20
_ENOUGH = 4 * _CHUNK

# Letters beyond ASCII of the languages written in each encoding, the frequent ones first.
_WESTERN = "éàèöäüñçóíáêôßúøåæîâûãëùïõœ’“”–—°©®£€§«»…·¿¡²³µ½ÉÀÖÜÄØÅÆÇÑÓÍÁÚÊÔ"
_CENTRAL = "óáéíąęłśżźćńčřšžěýůúňťďőűöüăâîşţäôŁŚŻÓČŘŠŽÁÉÖÜ„”–’€§°"
_TURKISH = "ıüşöçğİâÜŞÖÇĞî’“”–€°"
_GREEK = "αοιετσνηυρπκμλςωόίάέδγχήύώθφβξζψϊϋΐΰ"
_CYRILLIC = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъёіїєґў«»№–—"
_LETTERS = {
    "cp1252": _WESTERN, "cp1250": _CENTRAL, "cp1251": _CYRILLIC, "iso8859-7": _GREEK, "cp1254": _TURKISH, "koi8-r": _CYRILLIC,
    "cp437": _WESTERN, "mac-roman": _WESTERN,
}  # fmt: skip
_PRIOR = {"cp1252": 0.0, "cp1250": -3.0, "cp1254": -4.0, "koi8-r": -4.0, "cp437": -5.0, "mac-roman": -5.0}
_ALPHABETS = ("cp1251", "koi8-r", "iso8859-7")
_COMMON = {
    "shift_jis": ("shift_jis", 0x88, 0x97),
    "gb18030": ("gb2312", 0xB0, 0xD7),
    "big5": ("big5", 0xA4, 0xC6),
    "euc_kr": ("euc_kr", 0xB0, 0xC8),
}
_WORD = re.compile(rb"[A-Za-z]*[\x80-\xff][@-~\x80-\xff]*")  # the second byte of an East Asian letter may be any of @ to ~


@dataclass(frozen=True, slots=True)
class Encoding:
    """*name* is Python's; *mark* the length of the byte order mark. *nulls*: the text holds NUL characters, to be dropped."""

    name: str
    mark: int = 0
    nulls: bool = False
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class _Bytes:
    valid: bool  # as UTF-8
    nulls: bool
    words: Counter[bytes]  # the words that hold bytes beyond ASCII


def find_encoding(path: Path, pinned: str | None = None) -> Encoding:
    """Reads the whole file once (a gigabyte a second or so): a lone accent in the last line decides as well."""
    with path.open("rb") as file:
        head = file.read(1 << 16)
    mark, name = next(((len(mark), name) for mark, name in _MARKS if head.startswith(mark)), (0, ""))
    if pinned and codecs.lookup(pinned) != codecs.lookup(name or pinned):
        mark = 0
    name = pinned or name or _unmarked_utf16(head)
    if name.startswith(("utf-16", "utf-32")):
        return Encoding(name, mark, nulls=False)
    found = _survey(path)
    if name or found.valid:
        return Encoding(name or "utf-8", mark, found.nulls)
    return Encoding(_likeliest(found.words), 0, found.nulls, guessed=True)


def _unmarked_utf16(head: bytes) -> str:
    if len(head) < 4:
        return ""
    even, odd = head[0::2].count(0) / (len(head) / 2), head[1::2].count(0) / (len(head) / 2)
    if odd > 0.3 and even < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even > 0.3 and odd < 0.05 else ""


def _survey(path: Path) -> _Bytes:
    decoder = codecs.getincrementaldecoder("utf-8")()
    valid, nulls, seen = True, False, 0
    words: Counter[bytes] = Counter()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            nulls = nulls or b"\0" in chunk
            if chunk.isascii() and not decoder.getstate()[0]:
                continue
            valid = valid and _decodes(decoder, chunk)
            if seen < _ENOUGH:
                words.update(_WORD.findall(chunk))
                seen += len(chunk)
    return _Bytes((valid and _decodes(decoder, b"", final=True)) or _mostly_utf8(words), nulls, words)


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False
    return True


def _mostly_utf8(words: Counter[bytes]) -> bool:
    """A UTF-8 file with a few broken lines is still one: those lines go to quarantine."""
    good = sum(count for word, count in words.items() if _reads(word, "utf-8"))
    return good > 20 * (words.total() - good)


def _reads(word: bytes, encoding: str) -> bool:
    try:
        word.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _likeliest(words: Counter[bytes]) -> str:
    beyond_ascii = sum(sum(byte > 127 for byte in word) * count for word, count in words.items())
    if beyond_ascii < _FEW:
        return "cp1252"
    common = words.most_common(2000)
    candidates = [*_LETTERS, "shift_jis", "gb18030", "big5", "euc_kr"]
    return max(candidates, key=lambda name: _PRIOR.get(name, -2.0) + sum(_likelihood(word, name) for word, _ in common))


def _likelihood(word: bytes, encoding: str) -> float:
    """Log probability of the word's bytes beyond ASCII, as text of that encoding's languages."""
    try:
        text = word.decode(encoding)
    except UnicodeDecodeError:
        return -12.0 * sum(byte > 127 for byte in word)
    letters = _LETTERS.get(encoding)
    if letters is None:
        return sum(_east_asian(letter, encoding) for letter in text if not letter.isascii())
    score = 0.0
    for before, letter in zip(" " + text, text, strict=False):
        if not letter.isascii():
            score += _letter(letter, letters) + _neighbours(before, letter, alphabet=encoding in _ALPHABETS)
    return score


def _letter(letter: str, letters: str) -> float:
    rank = letters.find(letter)
    if rank >= 0:
        return -math.log(4.0 + rank)
    rank = letters.find(letter.lower())
    return -math.log(8.0 + 2 * rank) if rank >= 0 else -8.0


def _neighbours(before: str, letter: str, *, alphabet: bool) -> float:
    """In Greek and Russian words all letters are beyond ASCII; in Western ones two in a row are rare. Capitals begin words."""
    beyond = before.isalpha() and not before.isascii()
    capital = -4.0 if before.islower() and letter.isupper() else 0.0
    if alphabet:
        return capital - (5.0 if before.isalpha() and not beyond else 0.0)
    return capital - (3.0 if beyond else 0.0)


def _east_asian(letter: str, encoding: str) -> float:
    if "\u3040" <= letter <= "\u30ff":  # kana
        return -5.0
    if "\u4e00" <= letter <= "\u9fff" or "\uac00" <= letter <= "\ud7a3":
        table, low, high = _COMMON[encoding]
        try:
            common = low <= letter.encode(table)[0] <= high
        except UnicodeEncodeError:
            common = False
        return -math.log(40 * (high - low + 1)) if common else -10.0  # the more letters share the range, the less it says
    return -8.0 if "\u3000" <= letter <= "\u303f" or "\uff00" <= letter <= "\uffef" else -14.0
