"""Politeness by host: requests are queued by host, and each host has its limits, its spacing and its pauses."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, defaultdict, deque
from contextlib import aclosing, asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar
from urllib.parse import urlsplit

from brandwatch import clock, urls
from brandwatch.errors import FetchClass, FetchError
from brandwatch.http.environment import DEFAULT_IN_FLIGHT
from brandwatch.models import Document, Request

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterable

    from brandwatch.http.address_guard import AddressGuard
    from brandwatch.http.environment import FetchLimits

T = TypeVar("T")
Arrival = tuple[T, Document | FetchError]
"""The subject of a request, and its answer."""

_LOG = logging.getLogger(__name__)

MAX_PAUSE = timedelta(hours=1)
"""The longest pause of a host's other requests after one of them was throttled, whatever the host asked for."""

# The default of FetchLimits: further workers would only wait for a slot.
_MAX_REQUESTS_PER_HOST = 2
# Answers that wait for the caller; they take memory.
_MAX_WAITING = 50
# A commit costs as much as storing two mentions, and 20 sources share it. Of large documents a batch has fewer, so
# that their memory stays bounded.
_MAX_BATCH = 20
_MAX_BATCH_BYTES = 2**20
_GATHERING_SECONDS = 0.05
_DEFAULT_PORTS = frozenset({None, 80, 443})
# Without a status nothing was sent: the address guard refused the address, or the name has none.
_NOT_ASKED = frozenset({FetchClass.BLOCKED, FetchClass.DNS})


def host_of(url: str) -> str:
    """Return the host that shares limits: without http or https, capitals and a final dot, with an unusual port."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return url
    name = urls.ascii_host(parts.hostname or "")
    return name if port in _DEFAULT_PORTS else f"{name}:{port}"


class HostLimiter:
    """Concurrent requests, spacing and pauses of each host; a host that *guard* allows on purpose needs no spacing.

    A pause is that of the host after a request to an API, whose limits all its URLs share, else of the one URL: behind
    a host that publishes feeds, a cache or a filter often refuses only one of them.
    """

    def __init__(self, limits: FetchLimits, guard: AddressGuard) -> None:
        self._limits = limits
        self._guard = guard
        self._all_slots = asyncio.Semaphore(limits.in_flight)
        self._slots: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(limits.per_host))
        self._free_at: defaultdict[str, float] = defaultdict(float)
        self._paused_until: dict[str, datetime] = {}  # by host, and by URL
        self._timeouts: dict[str, int] = {}  # in a row, by host; 0 after an answer
        self._unasked: set[str] = set()  # hosts that the last request has not left for

    @asynccontextmanager
    async def slot(self, request: Request) -> AsyncIterator[None]:
        """Wait for a slot of the host and hold it; raise FetchError (`throttled`) while the host or URL is paused."""
        host = host_of(request.url)
        # The shared slot comes before the spacing: two requests that waited for one would start at once.
        async with self._slots[host], self._all_slots:
            self._raise_if_paused(request, host)
            await self._wait_for_spacing(request, host)
            self._raise_if_paused(request, host)
            try:
                yield
            except FetchError as error:
                if error.fetch_class in _NOT_ASKED and error.status is None:
                    self._unasked.add(host)
                else:
                    self._unasked.discard(host)
                raise
            self._unasked.discard(host)

    def respect_retry_after(self, request: Request, error: FetchError) -> None:
        """Pause the host or the URL of a request if its response said when to retry."""
        if error.fetch_class != FetchClass.THROTTLED or error.retry_at is None:
            return
        host = host_of(request.url)
        paused = host if request.pauses_host else request.url
        until = min(error.retry_at, clock.now() + MAX_PAUSE)
        until = self._paused_until[paused] = max(until, self._paused_until.get(paused, until))
        scope = "host" if request.pauses_host else "url"
        _LOG.info("paused host=%s scope=%s until=%s", host, scope, until.isoformat(timespec="seconds"))

    def patience(self, request: Request) -> float:
        """Return the share of the deadline in which the answer to a request has to begin.

        All of it if the host has answered in this poll. Each two time-outs in a row halve it: a host with 250 sources
        that hangs would else take an hour, two sources at a time.
        """
        timeouts = self._timeouts.get(host_of(request.url))
        if timeouts is None:
            return request.patience
        return min(request.patience, 0.5 ** (timeouts // 2)) if timeouts else 1.0

    def count_timeout(self, request: Request) -> None:
        """Count a request that timed out."""
        host = host_of(request.url)
        self._timeouts[host] = self._timeouts.get(host, 0) + 1

    def note_answer(self, request: Request) -> None:
        """Note that a host has answered."""
        self._timeouts[host_of(request.url)] = 0

    def _raise_if_paused(self, request: Request, host: str) -> None:
        until = max(filter(None, map(self._paused_until.get, (host, request.url))), default=None)
        if until is not None and until > clock.now():
            _LOG.info("deferred host=%s until=%s", host, until.isoformat(timespec="seconds"))
            message = f"{host} has asked for a pause until {until:%Y-%m-%d %H:%M} UTC, and was not asked"
            raise FetchError(FetchClass.THROTTLED, message, retry_at=until)

    async def _wait_for_spacing(self, request: Request, host: str) -> None:
        name, _, port = urls.netloc(request.url).rpartition(":")
        if self._guard.is_allowed(name, int(port)):
            return
        now = asyncio.get_running_loop().time()
        start = now if host in self._unasked else max(now, self._free_at[host])
        self._free_at[host] = start + max(self._limits.spacing, request.spacing)
        if start > now:
            _LOG.debug("spaced host=%s seconds=%.1f", host, start - now)
            await asyncio.sleep(start - now)


class HostQueue(Generic[T]):
    """Requests that wait, by host; at most two turns of a host are taken at a time."""

    def __init__(self, requests: Iterable[tuple[T, Request]] = ()) -> None:
        self._waiting: defaultdict[str, deque[tuple[T, Request]]] = defaultdict(deque)
        self._turns: Counter[str] = Counter()
        self._ready: asyncio.Queue[str | None] = asyncio.Queue()
        self._unanswered = 0
        for subject, request in requests:
            self.add(subject, request)

    def __len__(self) -> int:
        """Return the number of unanswered requests."""
        return self._unanswered

    def add(self, subject: T, request: Request) -> None:
        """Add a request; its answer is returned together with *subject*."""
        self._unanswered += 1
        self.follow(subject, request)

    def follow(self, subject: T, request: Request) -> None:
        """Add the next request on the way to the same answer: a redirect."""
        host = host_of(request.url)
        self._waiting[host].append((subject, request))
        if self._turns[host] < _MAX_REQUESTS_PER_HOST:
            self._turns[host] += 1
            self._ready.put_nowait(host)

    async def acquire(self) -> tuple[str, T, Request] | None:
        """Wait for a host with a request and a free turn, and return it with its oldest one; `None` after the end."""
        while (host := await self._ready.get()) is not None and not self._waiting[host]:
            self._turns[host] -= 1
        return None if host is None else (host, *self._waiting[host].popleft())

    def release(self, host: str) -> None:
        """End a turn at a host; the next one may start."""
        self._ready.put_nowait(host)

    def count_answer(self) -> None:
        """Count an answer that was handled; the queue closes with the last one."""
        self._unanswered -= 1
        if not self._unanswered:
            self.close()

    def close(self) -> None:
        """Wake the next waiting worker with `None`; each wakes the one after."""
        self._ready.put_nowait(None)


class Sender(Protocol):
    """Sends single requests, such as `Client`."""

    async def send(self, request: Request) -> Document | Request:
        """Return the document, or the request that a redirect leads to; raise FetchError."""


async def fetch_all(
    queue: HostQueue[T], client: Sender, *, seconds: float, in_flight: int = DEFAULT_IN_FLIGHT
) -> AsyncGenerator[Arrival[T]]:
    """Yield the answer to each request as it arrives, as `fetch_batches` does."""
    batches = fetch_batches(queue, client, seconds=seconds, in_flight=in_flight, max_answers=1)
    async with aclosing(batches):
        async for (answer,) in batches:
            yield answer


async def fetch_batches(
    queue: HostQueue[T],
    client: Sender,
    *,
    seconds: float,
    in_flight: int = DEFAULT_IN_FLIGHT,
    max_answers: int = _MAX_BATCH,
) -> AsyncGenerator[list[Arrival[T]]]:
    """Yield the answers to requests with their subjects, in the order of arrival; a FetchError is a value.

    No host waits for another one, and up to *in_flight* requests are sent at a time. The caller may add requests to
    *queue* while it handles a batch. No request is sent after *seconds*. Answers are not fetched far ahead of the
    caller: beyond a queue of them, one waits for each worker.
    """
    arrivals: asyncio.Queue[Arrival[T] | None] = asyncio.Queue(maxsize=_MAX_WAITING)
    end = asyncio.get_running_loop().time() + seconds
    workers = min(in_flight, len(queue))

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_work(queue, client, arrivals, end)) for _ in range(workers)]
        try:
            working = workers
            while working:
                arrived = await _gather(arrivals, queue, max_answers)
                answers = [answer for answer in arrived if answer is not None]
                working -= len(arrived) - len(answers)
                if answers:
                    yield answers
                for _ in answers:
                    queue.count_answer()
        except GeneratorExit:
            # The caller has stopped. Inside the group this would become a group of errors and hide the caller's own.
            for task in tasks:
                task.cancel()


async def _work(queue: HostQueue[T], client: Sender, arrivals: asyncio.Queue[Arrival[T] | None], end: float) -> None:
    """Send requests until the queue closes, or the loop's time is *end*."""
    while (turn := await queue.acquire()) is not None and asyncio.get_running_loop().time() < end:
        host, subject, request = turn
        answer = await _send(client, request)
        if isinstance(answer, Request):
            queue.follow(subject, answer)
        else:
            await arrivals.put((subject, answer))
        queue.release(host)
    queue.close()
    await arrivals.put(None)


async def _gather(
    arrivals: asyncio.Queue[Arrival[T] | None], queue: HostQueue[T], max_answers: int
) -> list[Arrival[T] | None]:
    """Return the next answers, and `None` for each worker that has ended; wait a moment for more of them."""
    gathered = [await arrivals.get()]
    if arrivals.qsize() + 1 < min(max_answers, len(queue)):
        await asyncio.sleep(_GATHERING_SECONDS)
    size = _size(gathered[0])
    while len(gathered) < max_answers and size < _MAX_BATCH_BYTES and not arrivals.empty():
        gathered.append(arrivals.get_nowait())
        size += _size(gathered[-1])
    return gathered


def _size(arrival: Arrival[T] | None) -> int:
    return len(arrival[1].body) if arrival and isinstance(arrival[1], Document) else 0


async def _send(client: Sender, request: Request) -> Document | Request | FetchError:
    # In a frame of its own: the worker's frame would be in the traceback of an error that it holds.
    try:
        return await client.send(request)
    except FetchError as error:
        return error
