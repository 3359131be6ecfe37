"""A topic (what a group watches): its arXiv categories, keywords, thresholds and criteria; and the list of all of arXiv's
categories.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from watcher.domain.catalog.shape import OwnField, Shape
from watcher.domain.papers.paper import AnnounceType, Paper

OTHER_SOURCES: Final = frozenset({"biorxiv"})
"""Sources beside arXiv. Their categories begin with the source's name and a dot."""

_JOINT = r"[\s\-\u2010-\u2015]*"  # "data set", "data-set", "dataset", across a line break
_PLURAL = "(?:'?s|es)?"


def _keyword_pattern(keyword: str) -> str:
    """A topic's keyword as a regular expression (source text).

    Words may be joined by space, hyphen or nothing; the last word may be a plural; a final `*` allows any ending
    ("simulat*" finds simulator and simulating).
    """
    words = [re.escape(word) for word in re.split(r"[\s\-]+", keyword.strip().rstrip("*").lower()) if word]
    ending = r"\w*" if keyword.strip().endswith("*") else _PLURAL
    return _JOINT.join(words) + ending


def compile_group(keywords: Iterable[str]) -> re.Pattern[str]:
    """Compile the keywords of a group into one regular expression, for text prepared by `searchable`; of two keywords
    that begin at the same place the longer one matches.
    """
    # Alternatives are tried in order, so the longest keyword comes first.
    patterns = [_keyword_pattern(keyword) for keyword in sorted(set(keywords), key=len, reverse=True)]
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)")


def searchable(*texts: str) -> str:
    """The texts normalized for keyword patterns: NFKC, lower case, single spaces, " . " between texts.

    Matching lower-case text is several times faster than a pattern that ignores case.
    """
    return " . ".join(" ".join(unicodedata.normalize("NFKC", text).split()) for text in texts).lower()


@dataclass(frozen=True, slots=True)
class KeywordGroup:
    """A named group of a topic's keywords. A paper with a keyword of `priority` 0 always passes screening and is scored
    first; keywords of other groups pass it only where keywords alone screen.
    """

    name: str
    priority: int
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Theme:
    """A group of phrases with one meaning, used as a feature by the trained prefilter. A relevant paper usually has
    phrases of a `crossed` theme together with those of another theme.
    """

    name: str
    phrases: tuple[str, ...]
    crossed: bool = False


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A topic's additions to the style sheet for the texts of its catalog. An empty field keeps the style sheet's own
    words.

    `terms` are the research categories to reuse. `abbreviations` and `example` go into the model's prompt: usual
    abbreviations, and a model summary. `preferred` maps a spelling to the preferred one, `aliases` an abbreviation to
    the phrases for it.
    """

    terms: tuple[str, ...] = ()
    abbreviations: str = ""
    example: str = ""
    preferred: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject that a group watches, as configured: which papers to look at, how to judge them, and where they go.

    `post_at` is the score (0–4) from which a card is posted, `fold_at` the score from which the digest lists the paper.
    `criteria` is the text that says what belongs, `triage` the one that says what could belong when only one line of a
    paper is read ("" for the criteria). `labels` maps the letters of the criteria to their names on cards; `language`
    is that of the catalog's cells, `timezone` the IANA name of the time zone for times shown to people. `channel` and
    `catalog` are where its cards and rows go, `team` is the Slack workspace that sees it; "" stands for the default of
    the deployment. `feeds` maps names to the addresses of web feeds that are watched. `shape` describes the layout of
    the catalog file, None if it was not learned; `fields` are the catalog's fields beside the seven cells. `citations`
    is how many papers that cite the catalog are taken in each week, 0 for none.
    """

    slug: str
    title: str
    categories: frozenset[str]
    announce: frozenset[AnnounceType]
    post_at: int
    fold_at: int
    groups: tuple[KeywordGroup, ...]
    criteria: str
    channel: str = ""
    catalog: str = ""
    team: str = ""
    themes: tuple[Theme, ...] = ()
    triage: str = ""
    shape: Shape | None = None
    fields: tuple[OwnField, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    vocabulary: Vocabulary = Vocabulary()
    language: str = "ja"
    timezone: str = "Asia/Tokyo"
    citations: int = 0
    feeds: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def widest(self) -> int | None:
        """The priority of the most general keyword groups: the highest number, since 0 is for the core keywords. None
        if all groups have the same priority or there are none.
        """
        priorities = {group.priority for group in self.groups}
        return max(priorities) if len(priorities) > 1 else None

    def takes(self, announce_type: AnnounceType, paper: Paper) -> bool:
        """Whether a paper announced with this type becomes a candidate for the topic, i.e. the topic watches the type
        and one of the paper's categories.
        """
        # Any category counts, not only the primary one: cross-listed papers are announced too.
        watched = not self.categories.isdisjoint(paper.categories) or not self.feeds.keys().isdisjoint(paper.categories)
        return announce_type in self.announce and watched


def opened_to(topic: Topic, *papers: Paper) -> Topic:
    """A copy of the topic that watches the categories of these papers and all announce types, so that papers found
    otherwise than by its feeds (nominated, citing) can become candidates.
    """
    categories = frozenset(category for paper in papers for category in paper.categories)
    return replace(topic, announce=frozenset(AnnounceType), categories=categories)


def by_source(categories: Iterable[str]) -> dict[str, list[str]]:
    """Group categories by source. Categories of sources other than arXiv begin with the source's name and a dot
    (`biorxiv.neuroscience`).
    """
    found: dict[str, list[str]] = {}
    for category in sorted(set(categories)):
        name = category.partition(".")[0]
        found.setdefault(name if name in OTHER_SOURCES else "arxiv", []).append(category)
    return found


# As arXiv's taxonomy lists them: https://arxiv.org/category_taxonomy
_SUBJECTS: Final = {
    "astro-ph": "CO EP GA HE IM SR",
    "cond-mat": "dis-nn mes-hall mtrl-sci other quant-gas soft stat-mech str-el supr-con",
    "cs": "AI AR CC CE CG CL CR CV CY DB DC DL DM DS ET FL GL GR GT HC IR IT LG LO MA MM MS NA NE NI OH OS PF PL RO SC"
    " SD SE SI SY",
    "econ": "EM GN TH",
    "eess": "AS IV SP SY",
    "math": "AC AG AP AT CA CO CT CV DG DS FA GM GN GR GT HO IT KT LO MG MP NA NT OA OC PR QA RA RT SG SP ST",
    "nlin": "AO CD CG PS SI",
    "physics": "acc-ph ao-ph app-ph atm-clus atom-ph bio-ph chem-ph class-ph comp-ph data-an ed-ph flu-dyn gen-ph geo-ph"
    " hist-ph ins-det med-ph optics plasm-ph pop-ph soc-ph space-ph",
    "q-bio": "BM CB GN MN NC OT PE QM SC TO",
    "q-fin": "CP EC GN MF PM PR RM ST TR",
    "stat": "AP CO ME ML OT TH",
}
_ALONE: Final = "gr-qc hep-ex hep-lat hep-ph hep-th math-ph nucl-ex nucl-th quant-ph"

CATEGORIES: Final = frozenset(
    [
        *(f"{archive}.{subject}" for archive, subjects in _SUBJECTS.items() for subject in subjects.split()),
        *_ALONE.split(),
        *_SUBJECTS,  # an archive's own feed holds all its subjects
    ]
)
"""All categories and archives that a feed of arXiv can be asked for."""
