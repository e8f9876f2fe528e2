"""Decide whether an entry of a document is a stored one: edited, moved, or seen through another source.

What agrees decides; the first row that applies counts. A guid is *sure* if it is long, has a digit, and is not the link
once more. Title, time and text each *agree*, *differ* or are unknown. A time at midnight may be a day: it agrees with
nothing; one on the hour is not enough where title and text differ. A title that holds all words of the other, and more,
is unknown. Texts agree if most of the longer one stands in the other too; short ones only if they are equal.

| guid | link | same entry, if |
|---|---|---|
| same, sure | same | always |
| same | same | not: the title differs, and another differs, and none agrees |
| other, both sure | same | two agree, or one agrees and none differs; through another source, the title agrees |
| other, both long | same page, other fragments | never |
| missing or not sure | a version of the page of a wiki | always |
| missing or not sure | same | the text or the time agrees, or the title does and not both of the others differ |
| same, sure | other or none | as in the row above, on the same site or in the same source |
| same, not sure | other | two agree, or the title agrees and none differs; on the same site |
| other or none | other | see below |

An entry without a known key is a stored one of the same site only if the document does not hold that one as well, and
if title, text and time agree, or text and time do. Without times title and text are enough if the links differ by the
values of parameters. If nearly all entries of a document have new guids and links while titles are as before, the site
has moved, or writes new links into every answer: title and text are enough, and title and time, and text and time
without a title. The only entry of a document has moved to another site only if the path of its link is as before.
"""

import re
from collections import Counter
from collections.abc import Container
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from brandwatch import urls
from brandwatch.models import Entry, StoredEntry
from brandwatch.stories.identity import Identity, is_unique_guid, normal_form
from brandwatch.stories.publishers import site_of_link
from brandwatch.text import joining

_WORD = re.compile(r"\w+")
_SHINGLE_WORDS = 3
_LONG_TEXT_WORDS = 13
_MIN_SHARED_SHINGLES = 2 / 3
_MIN_SHARED_WORDS = 0.6
_COMPARED_WORDS = 400
# Midnight between UTC and UTC+3, in UTC. Others are frequent times of publication.
_MIDNIGHTS = frozenset({21, 22, 23, 0})
_VERSION_NUMBER = re.compile(r"#\d{1,2}$")
_MIN_MOVED_TITLES = 3
_MIN_TITLE_WORDS = 2
# The rank of a pair counts before the number of agreements, which is 3 at most.
_MATCH_RANK = 10
# `sid` is a session.
_PAGE_PARAMETER = re.compile(
    r"(?!sid|.*(?:session|visit|request))(?:\w*id|p|nr|no|v|sak|art\w*|post|thread|topic|title|page)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class DocumentNames:
    """The document of a new entry; *unparsed* are the guids and canonical links of entries that were not read again.

    *renamed* counts its titles that stood in the document before, if nearly all guids and links are new, else 0.
    """

    unparsed: Container[str] = ()
    renamed: int = 0


@dataclass(frozen=True, slots=True)
class _Agreement:
    """Whether title, time and text agree, `None` for unknown.

    *has_equal_text*: both are equal, or empty. *has_minutes*: the time is not on the hour, as one of a schedule.
    """

    title: bool | None
    date: bool | None
    text: bool | None
    has_equal_text: bool
    has_minutes: bool

    @property
    def agreeing(self) -> int:
        return (self.title, self.date, self.text).count(True)

    @property
    def differing(self) -> int:
        return (self.title, self.date, self.text).count(False)

    @property
    def can_confirm_key(self) -> bool:
        """Whether it confirms one key."""
        if self.title and not self.text:
            return not (self.date is False and self.text is False)
        if self.date and not self.text:
            return self.has_minutes or not (self.title is False and self.text is False)
        return bool(self.text) or not self.differing


def match_strength(new: Entry, identity: Identity, old: StoredEntry, document: DocumentNames) -> int:
    """Return 0 if *new*, with *identity*, is not the stored entry *old*; else the more, the more of both agrees."""
    agreement = _compare(new, old)
    has_guid = bool(identity.guid) and identity.guid == old.entry.guid
    has_link = bool(identity.link) and identity.link == old.link
    if has_guid and has_link:
        is_same = _is_sure(new) or bool(agreement.agreeing) or agreement.differing <= 1 or not old.is_of_source
        rank = 3
    elif has_link:
        rank, is_same = 2, _is_same_by_link(new, old, agreement)
    elif has_guid:
        rank, is_same = 2, _is_same_by_guid(new, old, agreement)
    else:
        rank, is_same = 1, _is_same_by_content(new, old, agreement, document)
    return _MATCH_RANK * rank + agreement.agreeing if is_same else 0


def _is_same_by_link(new: Entry, old: StoredEntry, agreement: _Agreement) -> bool:
    if urls.is_version(new.url) or urls.is_version(old.entry.url):
        return True
    if not (_is_sure(new) and _is_sure(old.entry)):
        return agreement.can_confirm_key or (bool(agreement.title) and not old.is_of_source)
    if urls.are_two_parts(new.url, old.entry.url):
        return False
    if not old.is_of_source and agreement.title:
        return True
    return agreement.agreeing > 1 or (agreement.agreeing == 1 and not agreement.differing)


def _is_same_by_guid(new: Entry, old: StoredEntry, agreement: _Agreement) -> bool:
    has_links = bool(new.url and old.entry.url)
    is_same_site = not has_links or urls.host(new.url) == urls.host(old.entry.url)
    if _is_sure(new):
        return agreement.can_confirm_key and (is_same_site or old.is_of_source)
    # Guid 17 of one site is not guid 17 of another.
    if not is_same_site or not agreement.can_confirm_key:
        return False
    return not has_links or agreement.agreeing > 1 or (bool(agreement.title) and not agreement.differing)


def _is_same_by_content(new: Entry, old: StoredEntry, agreement: _Agreement, document: DocumentNames) -> bool:
    if old.entry.guid in document.unparsed or old.link in document.unparsed:
        return False
    if urls.are_two_parts(new.url, old.entry.url):
        has_own_guids = is_unique_guid(new.guid) and is_unique_guid(old.entry.guid)
        return not has_own_guids and bool(agreement.title and agreement.date and agreement.has_equal_text)
    if document.renamed and old.is_of_source and _is_same_after_move(new, old, agreement, document.renamed):
        return True
    one, other = urls.canonical(new.url), urls.canonical(old.entry.url)
    if site_of_link(one) != site_of_link(other) or not (one or old.is_of_source):
        return False
    if new.published and old.entry.published:
        return _is_same_with_times(new, old, agreement)
    has_same_path = bool(one) and one.partition("?")[0] == other.partition("?")[0]
    return bool(agreement.title) and agreement.has_equal_text and has_same_path and not _are_two_pages(one, other)


def _is_same_after_move(new: Entry, old: StoredEntry, agreement: _Agreement, renamed: int) -> bool:
    """Whether the title and time or text agree, or both of these for an entry without a title."""
    is_same_time = new.published is not None and new.published == old.entry.published
    # A single entry does not show that its site has moved, unless only the host is new.
    is_other_site = site_of_link(new.url) != site_of_link(old.entry.url)
    if renamed == 1 and is_other_site and not _have_same_path(new.url, old.entry.url):
        return False
    if agreement.title is None:
        return is_same_time and bool(agreement.text)
    # One or two titles may come back with the day: “Morning news”, with the same text.
    is_other = agreement.date is False or _are_two_pages(urls.canonical(new.url), urls.canonical(old.entry.url))
    has_moved = agreement.has_equal_text and (renamed >= _MIN_MOVED_TITLES or not is_other)
    return agreement.title and (is_same_time or has_moved)


def _have_same_path(one: str, other: str) -> bool:
    """Whether two links differ by their hosts only; every site has a front page."""
    first, second = urlsplit(one), urlsplit(other)
    return first.path.strip("/") != "" and (first.path, first.query) == (second.path, second.query)


def _are_two_pages(one: str, other: str) -> bool:
    """Whether two links differ by the value of a parameter that names a page."""
    changed = set(parse_qsl(one.partition("?")[2])) ^ set(parse_qsl(other.partition("?")[2]))
    return any(_PAGE_PARAMETER.fullmatch(name) for name, _ in changed)


def _is_same_with_times(new: Entry, old: StoredEntry, agreement: _Agreement) -> bool:
    if new.published != old.entry.published or agreement.text is False:
        return False
    if agreement.title:
        return bool(agreement.date) or agreement.has_equal_text
    return bool(agreement.date and agreement.text)


def _is_sure(entry: Entry) -> bool:
    """Whether the guid says more than the link; a number behind the link counts its versions."""
    link = urls.canonical(entry.url)
    is_link = bool(link) and urls.canonical(_VERSION_NUMBER.sub("", entry.guid)) == link
    return is_unique_guid(entry.guid) and not is_link


def _compare(new: Entry, old: StoredEntry) -> _Agreement:
    text, has_equal_text = _compare_texts(normal_form(new.text), normal_form(old.entry.text), is_cut=old.is_cut)
    return _Agreement(
        title=_compare_titles(new.title, old.entry.title),
        date=_compare_dates(new, old.entry),
        text=text,
        has_equal_text=has_equal_text,
        has_minutes=new.published is not None and bool(new.published.minute or new.published.second),
    )


def _compare_titles(new: str, old: str) -> bool | None:
    one, other = _WORD.findall(new.casefold()), _WORD.findall(old.casefold())
    if not one or not other or one == other:
        return bool(one and other) or None
    # A title that grew says nothing: it may be an edit, or the next message.
    short, long = sorted((one, other), key=len)
    has_grown = len(short) >= _MIN_TITLE_WORDS and not Counter(short) - Counter(long)
    return None if has_grown and _has_same_numbers(one, other) else False


def _compare_dates(new: Entry, old: Entry) -> bool | None:
    if new.published is None or old.published is None:
        return None
    at = new.published
    if at != old.published:
        return False
    return None if at.hour in _MIDNIGHTS and not (at.minute or at.second) else True


def _compare_texts(new: str, old: str, *, is_cut: bool) -> tuple[bool | None, bool]:
    """Compare normalised texts; *is_cut*: the old one may be a passage of its text."""
    passage = joining.without_passage_marks(old) if is_cut else old
    if new == old or (is_cut and passage and passage in new):
        return (True if new else None), True
    one, other = _WORD.findall(new)[:_COMPARED_WORDS], _WORD.findall(passage)[:_COMPARED_WORDS]
    if not one or not other:
        return None, False
    if min(len(one), len(other)) < _LONG_TEXT_WORDS:
        # Two short messages are often alike: that they share words says nothing.
        return (None if _are_alike(one, other) else False), False
    first, second = _shingles(one), _shingles(other)
    shared = len(first & second) / min(len(first), len(second))
    return shared >= _MIN_SHARED_SHINGLES, False


def _are_alike(one: list[str], other: list[str]) -> bool:
    shared = (Counter(one) & Counter(other)).total()
    return _has_same_numbers(one, other) and shared >= _MIN_SHARED_WORDS * min(len(one), len(other))


def _has_same_numbers(one: list[str], other: list[str]) -> bool:
    return {word for word in one if word.isdigit()} == {word for word in other if word.isdigit()}


def _shingles(words: list[str]) -> set[tuple[str, ...]]:
    return {tuple(words[start : start + _SHINGLE_WORDS]) for start in range(len(words) - _SHINGLE_WORDS + 1)}
