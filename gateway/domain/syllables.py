"""Whether a word can be a syllable of Vietnamese: what tells text from wrongly read text."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
#: The tones that a syllable ending in c, ch, p or t can have.
_OF_STOPS = frozenset("\u0301\u0323")
_ONSET = "b|ch|c|d|đ|gh|gi|g|h|kh|k|l|m|ngh|ng|nh|n|ph|p|qu|r|s|th|tr|t|v|x"
#: What follows the onset, without its tone; k ends names of the highlands (Đắk, Lắk).
_RHYMES = """
a|ai|ao|au|ay|ac|ach|am|an|ang|anh|ap|at|ak|ăc|ăm|ăn|ăng|ăp|ăt|ăk
âu|ây|âc|âm|ân|âng|âp|ât|e|eo|ec|em|en|eng|ep|et|ek|ê|êu|êch|êm|ên|ênh|êp|êt|êk
i|ia|iu|ich|im|in|inh|ip|it|iêc|iêm|iên|iêng|iêp|iêt|iêu|y|yêm|yên|yêng|yêt|yêu
ynh|yn|yt|ych|yp|o|oi|oc|om|on|ong|op|ot|ok|oong|ooc|oa|oai|oao|oay|oac|oach|oam
oan|oang|oanh|oap|oat|oăc|oăm|oăn|oăng|oăt|oe|oeo|oem|oen|oet
ô|ôi|ôc|ôm|ôn|ông|ôp|ôt|ôông|ơ|ơi|ơm|ơn|ơp|ơt
u|ua|ui|uc|um|un|ung|up|ut|uk|uâng|uât|uân|uây|uê|uêch|uên|uênh
uôc|uôi|uôm|uôn|uông|uôt|uơ|uy|uya|uych|uyn|uynh|uyp|uyt|uyu|uyên|uyêt
ư|ưa|ưi|ưu|ưc|ưm|ưn|ưng|ưt|ươc|ươi|ươm|ươn|ương|ươp|ươt|ươu
""".strip().replace("\n", "|")
_SYLLABLE = re.compile(f"({_ONSET})?({_RHYMES})")
_STOPS = ("c", "ch", "p", "t")
_VOWELS = re.compile("[aăâeêioôơuưy]+")
_HATTED = frozenset("ăâêôơư")
#: Old and new style differ: hòa and hoà.
_EITHER = frozenset({"oa", "oe", "uy"})


def is_syllable(word: str) -> bool:
    """Whether a word is written as syllables of Vietnamese are, in either case.

    It need not mean anything; of words of other languages few pass.
    """
    letters, tones = _apart(word)
    found = _SYLLABLE.fullmatch(letters)
    if found is None or len(tones) > 1:
        return False
    onset, rhyme = found[1] or "", found[2]
    if not tones:
        return not rhyme.endswith(_STOPS)
    ((place, tone),) = tones
    # In «qúy» and «gía» many people put the tone one letter too early.
    if place < len(onset) - 1 or (place < len(onset) and onset not in {"qu", "gi"}):
        return False
    if rhyme.endswith(_STOPS) and tone not in _OF_STOPS:
        return False
    return place < len(onset) or place - len(onset) in _places(rhyme)


def _apart(word: str) -> tuple[str, list[tuple[int, str]]]:
    """The letters with their hats and horns, and each tone with its letter's place."""
    letters: list[str] = []
    tones = []
    for mark in unicodedata.normalize("NFD", word.casefold()):
        if mark in _TONES:
            tones.append((len(letters) - 1, mark))
        elif unicodedata.combining(mark) and letters:
            letters[-1] += mark
        else:
            letters.append(mark)
    return unicodedata.normalize("NFC", "".join(letters)), tones


@cache
def _places(rhyme: str) -> frozenset[int]:
    """The letters of a rhyme that its tone may stand on."""
    vowels = _VOWELS.match(rhyme)
    run = vowels[0] if vowels else ""
    hatted = [place for place, letter in enumerate(run) if letter in _HATTED]
    if hatted:
        return frozenset(hatted[-1:])
    if len(run) == 2 and len(run) == len(rhyme):
        return frozenset({0, 1} if run in _EITHER else {0})
    return frozenset({min(len(run) - 1, 1)})
