"""An older copy of the database that was put back: repeat the erasures that it lacks, and continue from it."""

import logging
from contextlib import suppress
from datetime import datetime

from brandwatch.errors import StoreError
from brandwatch.models import Erasure
from brandwatch.storage import key_use
from brandwatch.storage.database import Store

_LOG = logging.getLogger(__name__)


def catch_up(store: Store, now: datetime, *, continues: bool) -> str:
    """Erase what an older copy of the database brings back; return in one line what was done, usually nothing.

    A poll *continues* from the copy: its key file knows it as the latest state then. The holder of the poll lock calls.
    """
    notice = key_use.copy_notice(store)
    contents = key_use.claimed_key_file(store)
    if contents is None:
        return ""
    from brandwatch.storage import privacy_erasure  # noqa: PLC0415 (20 ms, and few databases have a key file)

    erasure = privacy_erasure.repeat_erasures(store, now)
    if erasure:
        # A reader holds the log; nothing of it is in the tables any more.
        with suppress(StoreError):
            privacy_erasure.compact(store)
    if not notice:
        return ""
    if continues and store.uses_own_key:
        key_use.adopt_key_file(store, now)
    elif continues:
        key_use.update_key_file(store, is_restored=True)
    _LOG.info("older copy database=%s erased_again=%s", store.path, erasure is not None)
    return f"{key_use.describe_older_copy(store)}{_describe(erasure)}"


def _describe(erasure: Erasure | None) -> str:
    if erasure is None:
        return ""
    return f"; erased again: {', '.join(f'{count} {table}' for table, count in sorted(erasure.erased.items()))}"
