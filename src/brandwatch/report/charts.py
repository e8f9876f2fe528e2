"""Charts as inline SVG without a script, and without `style`, which the page's policy would refuse.

The drawings hold no letters, so that they may be stretched to any width; what there is to read stands in HTML.
"""

from __future__ import annotations

from collections import Counter
from html import escape
from typing import TYPE_CHECKING

from brandwatch.models import FEWEST, Voice
from brandwatch.text.safe import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from brandwatch.models import Coverage
    from brandwatch.report.figures import Bar, Figures

_SHOWN = 8
_ANSWERS = ("shares", "likes", "comments")
_NAMES = {"day": "%Y-%m-%d", "week": "week of %Y-%m-%d", "month": "%Y-%m", "year": "%Y"}


def voices(span: str, bars: Sequence[Bar], what: str = "Mentions") -> Iterator[str]:
    """Yield mentions per day, one colour for each voice; of staff fewer than five are not drawn."""
    yield from _days(f"{what} per {span}", span, list(map(_without_few, bars)), tuple(Voice))


def answers(span: str, bars: Sequence[Bar]) -> Iterator[str]:
    """Yield the response per day, one colour for each thing that was done."""
    yield from _days(f"Response per {span}", span, bars, _ANSWERS)


def shares(counts: Counter[str], of: int) -> Iterator[str]:
    """Yield a bar for each of the largest counts, with its number and its share; the rest together."""
    shown = counts.most_common(_SHOWN)
    rest = of - sum(count for _, count in shown)
    yield '<ul class="bars">'
    for name, count in [*shown, *([(f"{len(counts) - _SHOWN} more", rest)] if rest else [])]:
        yield f"<li><div><span>{escape(one_line(name)) or 'unknown'}</span>"
        yield f"<span>{count:,} · {count / of:.0%}</span></div>{_bar(count / of)}</li>"
    yield "</ul>"


def share_of_voice(figures: Figures) -> Iterator[str]:
    """Yield for each query its share of the stories, and of the response that is known, with a bar for either."""
    stories = Counter(query for query, _ in figures.told)
    yield '<ul class="bars">'
    for name, count in figures.queries.most_common(_SHOWN):
        told = stories[name] / (len(figures.told) or 1)
        heard = figures.heard[name] / (figures.response or 1)
        response = f" · {heard:.0%} of response" if figures.response else ""
        shown = f"{told:.0%} of stories" if figures.told else f"{count / figures.count:.0%} of mentions"
        yield f"<li><div><span>{escape(one_line(name))}</span><span>{shown}{response}</span></div>"
        yield _bar(told if figures.told else count / figures.count, "told")
        yield f"{_bar(heard, 'answered') if figures.response else ''}</li>"
    yield "</ul>"
    yield _legend({"told": "", "answered": ""}) if figures.response and figures.told else ""


def heard(figures: Figures) -> Iterator[str]:
    """Yield the mentions that others responded to most, with a bar for each."""
    most = max((one.response for one in figures.most_heard), default=0)
    yield '<ul class="bars">'
    for one in figures.most_heard:
        title = escape(one_line(one.title)) or "(no title)"
        link = f'<a href="{escape(one.url)}">{title}</a>' if one.url else f"<span>{title}</span>"
        yield f"<li><div>{link}<span>{one.response:,}</span></div>{_bar(one.response / (most or 1))}</li>"
    yield "</ul>"


def coverage(facts: Coverage) -> Iterator[str]:
    """Yield the sources as one bar: seen, failed, and those of which nothing is known."""
    failed = len(facts.failures)
    seen = min(facts.seen, facts.expected - failed)
    parts = {"seen": seen, "failed": failed, "unseen": max(facts.expected - seen - failed, 0)}
    yield '<ul class="bars"><li><svg role="img" viewBox="0 0 1000 1" preserveAspectRatio="none" '
    yield f'aria-label="{seen} sources seen, {failed} failed, {parts["unseen"]} not seen">'
    yield '<rect class="track" width="1000" height="1"/>'
    at = 0.0
    for name, count in parts.items():
        width = 1000 * count / (facts.expected or 1)
        yield f'<rect class="{name}" x="{at:.1f}" width="{width:.1f}" height="1"/>'
        at += width
    yield "</svg></li></ul>"
    yield _legend({name: f"{count} " for name, count in parts.items() if count})


def _without_few(bar: Bar) -> Bar:
    """Return a bar without a few mentions of staff."""
    few = {Voice.STAFF} if bar.parts[Voice.STAFF] < FEWEST else set()
    return bar._replace(parts=Counter({part: count for part, count in bar.parts.items() if part not in few}))


def _days(what: str, span: str, bars: Sequence[Bar], names: Sequence[str]) -> Iterator[str]:
    """Yield stacked bars, one colour for each part that has a name, with a scale and a legend."""
    most = max((sum(bar.parts.values()) for bar in bars), default=0)
    used = [name for name in names if any(bar.parts[name] for bar in bars)]
    named = ", ".join(f"{sum(bar.parts[name] for bar in bars)} {name}" for name in used) or "none"
    yield f'<svg class="days" role="img" aria-label="{what}: {named}" '
    yield f'viewBox="0 0 {max(len(bars), 1) * 10} 100" preserveAspectRatio="none">'
    yield from (f'<line x1="0" x2="{len(bars) * 10}" y1="{y}" y2="{y}"/>' for y in (0.5, 50, 99.5))
    for at, bar in enumerate(bars):
        yield from _stack(at * 10, bar, most, bar.start.strftime(_NAMES[span]), used)
    yield "</svg>"
    if bars:
        yield f'<p class="scale"><span>{bars[0].start}</span><span>busiest {span}: {most:,}</span>'
        yield f"<span>{bars[-1].start}</span></p>"
    yield _legend(dict.fromkeys(used, ""))


def _stack(x: int, bar: Bar, most: int, name: str, parts: Sequence[str]) -> Iterator[str]:
    """Yield one bar, from the last of the parts at its foot upwards; what it stands for is told under the pointer."""
    counts = {part: bar.parts[part] for part in reversed(parts) if bar.parts[part]}
    told = ", ".join(f"{count} {part}" for part, count in counts.items())
    y = 100.0
    yield f"<g><title>{name}: {told}</title>" if counts else ""
    for part, count in counts.items():
        height = 100 * count / most
        y -= height
        yield f'<rect class="{part}" x="{x + 1}" y="{y:.2f}" width="8" height="{height:.2f}"/>'
    yield "</g>" if counts else ""


def _bar(share: float, name: str = "share") -> str:
    """Return a bar as long as the share."""
    drawn = f'<rect class="track" width="1000" height="1"/><rect class="{name}" width="{share * 1000:.1f}" height="1"/>'
    return f'<svg aria-hidden="true" viewBox="0 0 1000 1" preserveAspectRatio="none">{drawn}</svg>'


def _legend(names: dict[str, str]) -> str:
    """Return what the colours mean, each name after what is said of it."""
    parts = (f'<span class="{name}">{said}{name}</span>' for name, said in names.items())
    return f'<p class="legend">{"".join(parts)}</p>'
