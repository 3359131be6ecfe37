"""Maps the names and keys that services have for known conferences and journals to the catalog's spelling.

An unknown name gives "": a guess would be written into the catalog as a fact.
"""

from __future__ import annotations

import re
from typing import Final

from watcher.domain.catalog.venue import in_house, is_workshop
from watcher.domain.text import fold

_NLP: Final = "the association for computational linguistics"
# The catalog's spelling: keys of DBLP (dblp.org/db/conf), and names in full, as `_bare` leaves them.
_CONFERENCES: Final[dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    "NeurIPS": (
        ("nips", "neurips"),
        ("neural information processing systems", "conference on neural information processing systems"),
    ),
    "ICML": (("icml",), ("international conference on machine learning",)),
    "ICLR": (("iclr",), ("international conference on learning representations",)),
    "COLM": (("colm",), ("conference on language modeling",)),
    "AISTATS": (("aistats",), ("international conference on artificial intelligence and statistics",)),
    "UAI": (("uai",), ("conference on uncertainty in artificial intelligence",)),
    "CoRL": (("corl",), ("conference on robot learning",)),
    "AAAI": (("aaai",), ("aaai conference on artificial intelligence",)),
    "IJCAI": (
        ("ijcai",),
        tuple(f"international joint {word} on artificial intelligence" for word in ("conference", "conferences")),
    ),
    "AAMAS": (
        ("atal",),
        (
            "international conference on autonomous agents and multiagent systems",
            "adaptive agents and multi-agent systems",
        ),
    ),
    "ACL": (("acl",), (f"meeting of {_NLP}",)),
    "EMNLP": (("emnlp",), ("conference on empirical methods in natural language processing",)),
    "NAACL": (
        ("naacl",),
        (
            f"north american chapter of {_NLP}",
            f"conference of the north american chapter of {_NLP}: human language technologies",
            f"conference of the nations of the americas chapter of {_NLP}: human language technologies",
        ),
    ),
    "EACL": (("eacl",), (f"conference of the european chapter of {_NLP}",)),
    "CoNLL": (("conll",), ("conference on computational natural language learning",)),
    "COLING": (("coling",), ("international conference on computational linguistics",)),
    "LREC": (("lrec",), ("international conference on language resources and evaluation",)),
    "CVPR": (
        ("cvpr",),
        (
            "computer vision and pattern recognition",
            "ieee/cvf conference on computer vision and pattern recognition",
        ),
    ),
    "ICCV": (
        ("iccv",),
        ("ieee international conference on computer vision", "ieee/cvf international conference on computer vision"),
    ),
    "ECCV": (("eccv",), ("european conference on computer vision",)),
    "ACM MM": (("mm",), ("acm multimedia", "acm international conference on multimedia")),
    "ICRA": (("icra",), ("ieee international conference on robotics and automation",)),
    "IROS": (
        ("iros",),
        tuple(f"ieee/{other} international conference on intelligent robots and systems" for other in ("rsj", "rjs")),
    ),
    "KDD": (
        ("kdd",),
        ("knowledge discovery and data mining", "acm sigkdd conference on knowledge discovery and data mining"),
    ),
    "WWW": (("www",), ("web conference", "acm web conference", "acm on web conference")),
    "UIST": (("uist",), ("acm symposium on user interface software and technology",)),
    "CHI": (
        ("chi",),
        (
            "chi conference on human factors in computing systems",
            "international conference on human factors in computing systems",
        ),
    ),
    "CogSci": (("cogsci",), ("meeting of the cognitive science society",)),
    "Interspeech": (("interspeech",), ("interspeech",)),
}
_JOURNALS: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "TMLR": ("journals/tmlr/", ("transactions on machine learning research", "trans. mach. learn. res")),
    "JMLR": ("journals/jmlr/", ("journal of machine learning research", "j. mach. learn. res")),
    "TACL": ("journals/tacl/", (f"transactions of {_NLP}",)),
    "PNAS": (
        "journals/pnas/",
        ("national academy of sciences", "national academy of sciences of the united states of america"),
    ),
}
_BY_DBLP: Final = {key: name for name, (keys, _) in _CONFERENCES.items() for key in keys}
_BY_ACRONYM: Final = {name.split()[-1]: name for name in _CONFERENCES} | {"NIPS": "NeurIPS"}
KNOWN: Final = {
    word: name for name in (*_CONFERENCES, *_JOURNALS) if " " not in name for word in (name, name.upper())
} | {"NIPS": "NeurIPS"}
"""The acronyms of conferences and journals that are a word of their own, and the catalog's spelling."""
_BY_NAME: Final = {full: name for name, (_, names) in (_CONFERENCES | _JOURNALS).items() for full in names}

_DBLP: Final = re.compile(r"conf/(?P<series>[a-z]+)/[^/]*?(?P<year>\d\d)[a-z]*")
# aclanthology.org/info/ids: year, name of the volume, number of the paper; "2023.findings-emnlp.504".
_ACL: Final = re.compile(
    r"(?P<year>20\d\d)\.(?P<findings>findings-)?(?P<series>acl|emnlp|naacl|eacl|coling|conll|lrec)"
    r"(?:-(?P<volume>main|long|short|1))?\.\d+"
)
_TELLING: Final = 3  # letters of an acronym that says something by itself: not SA for SIGGRAPH Asia
_YEAR: Final = re.compile(r"\b(?:19|20)\d\d\b|['’]\d\d\b")
_VOLUME: Final = re.compile(r"neural information processing systems (\d{1,2})$")
_NEURIPS_BEGAN: Final = 1987  # volume 1 of its proceedings is of 1988
_ORDINAL: Final = re.compile(
    r"\b(?:\d+(?:st|nd|rd|th)|(?:[a-z]+[- ])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)"
    r"|tenth|eleventh|twelfth|[a-z]+teenth|[a-z]+tieth)\b"
)
_FRAME: Final = re.compile(r"^(?:(?:proceedings of|advances in|the|annual|biennial)\s+)+")


def dblp_venue(key: str) -> str:
    """The venue that a DBLP key such as `conf/nips/LiuLWL23a` stands for, in the catalog's spelling; "" for a preprint
    or an unknown series.
    """
    found = _DBLP.fullmatch(key)
    if found and found["series"] in _BY_DBLP:
        return f"{_BY_DBLP[found['series']]} {2000 + int(found['year'])}"
    return next((name for name, (start, _) in _JOURNALS.items() if key.startswith(start)), "")


def acl_venue(key: str) -> str:
    """The venue that an ACL Anthology id such as `2023.findings-emnlp.504` stands for, in the catalog's spelling; ""
    for workshops and ids before 2020.
    """
    found = _ACL.fullmatch(key)
    if found is None:
        return "TACL" if re.fullmatch(r"20\d\d\.tacl-1\.\d+", key) else ""
    series = next(name for name in _CONFERENCES if name.lower() == found["series"])
    return f"{series} {found['year']}{' Findings' if found['findings'] else ''}"


def named_venue(name: str, year: int | None = None) -> str:
    """The venue that a full or short name stands for (`Advances in Neural Information Processing Systems 37`, `UIST
    '23`), in the catalog's spelling.

    The year is the one in the name, else `year`, else none. "" for workshops and unknown names.
    """
    if is_workshop(name):
        return ""
    if short := in_house(name):
        acronym, _, rest = short.partition(" ")
        known = _BY_ACRONYM.get(acronym)
        if known or len(acronym) >= _TELLING:
            return f"{known} {rest}" if known else short
    if known := _BY_ACRONYM.get(fold(name)):
        return f"{known} {year}" if year else known
    bare = _bare(name)
    volume = _VOLUME.search(bare)
    known = _BY_NAME.get(bare.removesuffix(f" {volume[1]}") if volume else bare)
    if known is None or known in _JOURNALS:
        return known or ""
    stated = _YEAR.search(name)
    when = int(stated[0]) if stated and stated[0].isdigit() else _NEURIPS_BEGAN + int(volume[1]) if volume else year
    return f"{known} {when}" if when else known


def paper_length(name: str) -> str:
    """`short` or `long` if an ACL Anthology id or the name of a proceedings volume says so, else ""."""
    found = re.search(r"\b(short|long)(?: papers\)|\.\d+$)", name, re.IGNORECASE)
    return found[1].lower() if found else ""


def _bare(name: str) -> str:
    """A name in lower case without brackets, year, ordinals, and what frames it."""
    text = re.sub(r"\([^)]*\)", " ", fold(name).casefold())
    text = fold(_ORDINAL.sub(" ", _YEAR.sub(" ", text))).rstrip(" .,:;-")
    return _FRAME.sub("", text)
