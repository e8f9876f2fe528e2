"""The turns of reading responses again: what waits to be asked, and what becomes of each answer."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from brandwatch import secrets, sources
from brandwatch.errors import FetchError, ParseError, UsageError
from brandwatch.fetch import Line
from brandwatch.models import Source
from brandwatch.polling import recounts
from brandwatch.polling.endpoints import unaskable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from brandwatch.models import Document, Recount
    from brandwatch.models.kinds import Kind
    from brandwatch.polling.recounts import Asked
    from brandwatch.store import Store


class Entrusted(NamedTuple):
    """A token that is asked for, and the requests of its kind that wait for it."""

    kind: Kind
    waiting: tuple[Asked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recounting:
    """What waits to be asked about responses, and what becomes of each answer: it is kept, or more is asked."""

    store: Store
    environ: Mapping[str, str]
    now: datetime
    line: Line[Asked | Entrusted] = field(default_factory=Line)

    def begun(self, due: Iterable[Asked]) -> Iterator[Recount]:
        """Let each request wait for its turn, or for the token of its kind; yield how those end that are not asked."""
        waiting: defaultdict[str, list[Asked]] = defaultdict(list)
        for asked in due:
            if sources.needs_token(asked.kind):
                waiting[asked.kind.name].append(asked)
            else:
                yield from self._lined_up(asked)
        for listed in waiting.values():
            yield from self._entrusted(Entrusted(listed[0].kind, tuple(listed)))

    def taken(self, asked: Asked | Entrusted, answer: Document | FetchError) -> Iterator[Recount]:
        """Take an answer; yield what has ended with it."""
        if isinstance(asked, Entrusted):
            yield from self._trusted(asked, answer)
        else:
            yield self._kept(asked, secrets.withheld(answer, asked.reread.source, self.environ, asked.token))

    def _entrusted(self, wanted: Entrusted) -> Iterator[Recount]:
        """Let a token wait for its turn; yield how those end that wait for it where it cannot be asked for."""
        try:
            request = sources.token_request(wanted.kind, self.environ)
        except UsageError as error:
            yield from (self._kept(asked, unaskable(error)) for asked in wanted.waiting)
            return
        if request:
            self.line.add(wanted, request)

    def _trusted(self, wanted: Entrusted, answer: Document | FetchError) -> Iterator[Recount]:
        """Let the requests that waited for a token wait for their turn; yield how they end without one."""
        try:
            if isinstance(answer, FetchError):
                raise secrets.withheld_refusal(answer, Source(url=""), self.environ, env=wanted.kind.env)
            token = sources.token_in(wanted.kind, answer)
        except (FetchError, ParseError) as error:
            told = sources.refused(wanted.kind, error) if isinstance(error, FetchError) else error
            # Without its status: that no token is there does not mean that an entry is gone.
            without = FetchError(told.fetch_class, told.message, told.hint, retry_at=told.retry_at)
            yield from (self._kept(asked, without) for asked in wanted.waiting)
            return
        for asked in wanted.waiting:
            yield from self._lined_up(asked._replace(token=token))

    def _lined_up(self, asked: Asked) -> Iterator[Recount]:
        """Let a request wait for its turn; yield how it ends where it cannot be asked."""
        try:
            self.line.add(asked, recounts.request(asked, self.environ))
        except UsageError as error:
            yield self._kept(asked, unaskable(error))

    def _kept(self, asked: Asked, answer: Document | FetchError) -> Recount:
        """Keep what an answer counts, and when to ask again."""
        counted, recount = recounts.settled(asked, answer, self.now)
        self.store.keep_readings(counted, self.now)
        return recount
