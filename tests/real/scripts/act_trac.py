"""Write tickets, comments and pages of Trac: the path of its environment is the argument, calls come from JSON.

Run with the Python of Trac, not with that of the tests. A call is a list: the name of a function below, and its
arguments. Times are microseconds since 1970, as Trac stores them; none is now.
"""

# mypy: ignore-errors
import json
import sys
from datetime import timedelta

from trac.env import open_environment
from trac.ticket.model import Ticket
from trac.util.datefmt import datetime_now, utc
from trac.wiki.model import WikiPage

ENVIRONMENT = open_environment(sys.argv[1])


def ticket(summary, description, hours_ago=0.0):
    """Open a ticket; return its number."""
    made = Ticket(ENVIRONMENT)
    made["summary"], made["description"], made["reporter"], made["status"] = summary, description, "bo", "new"
    return made.insert(when=_at(hours_ago))


def comment(number, text, status="", hours_ago=0.0):
    """Comment on a ticket, with a new status if there is one."""
    changed = Ticket(ENVIRONMENT, number)
    if status:
        changed["status"], changed["resolution"] = status, "fixed"
    changed.save_changes("cy", text, when=_at(hours_ago))


def edit_comment(number, place, text):
    """Edit the comment at a place, counted from 1."""
    changed = Ticket(ENVIRONMENT, number)
    changed.modify_comment(changed.get_change(place)["date"], "cy", text)


def delete_ticket(number):
    """Delete a ticket with its comments."""
    Ticket(ENVIRONMENT, number).delete()


def page(name, text, remark):
    """Write a page of the wiki anew."""
    written = WikiPage(ENVIRONMENT, name)
    written.text = text
    written.save("bo", remark)


def _at(hours_ago):
    return datetime_now(utc) - timedelta(hours=hours_ago)


json.dump([globals()[name](*arguments) for name, *arguments in json.load(sys.stdin)], sys.stdout)
