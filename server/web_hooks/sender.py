"""Queues the journal's facts for web-hooks after each commit.

Keeps a worker for each hook.
"""

import logging
import threading
from collections.abc import Callable, Sequence

from config.threads import RestartingThread
from server.access.deliveries import erase_old, queue_facts
from server.access.web_hooks import WebHook, WebHooks, hooks_of
from server.store import JournalEntry, Store
from server.store.chain import BrokenChain
from server.store.journal import read_entries
from server.web_hooks.hook_worker import HookWorker, SenderInputs

log = logging.getLogger(__name__)

BATCH = 200
"""The most journal entries that are read at once."""
PAUSE_S = 0.2
"""The least time from one reading of the journal to the next: facts between them are queued together."""
ERASE_EVERY_MS = 3_600_000


class WebHookSender:
    """Sends the hall's facts to all web-hooks. It holds no lock of the writer.

    ``notify`` is called after each commit, and returns at once. A thread reads the journal from each hook's next
    sequence on, so a fact is queued once, also when the server was stopped in between.
    """

    def __init__(self, store: Store, web_hooks: WebHooks, jitter: Callable[[], float], user_agent: str) -> None:
        self._store, self._web_hooks = store, web_hooks
        self._database = web_hooks.database
        self._inputs = SenderInputs(self._database, jitter, user_agent)
        self._closing, self._wake = threading.Event(), threading.Event()
        self._hooks_changed = threading.Event()
        self._hooks_changed.set()
        self._workers: dict[str, HookWorker] = {}
        self._ending: list[HookWorker] = []
        self._has_hooks = True
        self._erased_ms = 0
        web_hooks.on_change(self._on_change)
        self._thread = RestartingThread("web-hooks", self._run, closing=self._closing)
        self._thread.start()

    def notify(self) -> None:
        """Look for new facts soon."""
        if self._has_hooks:
            self._wake.set()

    def close(self) -> None:
        """End all threads; what waits is sent after the next start."""
        self._closing.set()
        self._wake.set()
        self._thread.join()
        workers = [*self._workers.values(), *self._ending]
        for worker in workers:
            worker.stop()
        for worker in workers:
            worker.join()

    def _on_change(self) -> None:
        self._hooks_changed.set()
        self._wake.set()

    def _run(self) -> None:
        self._wake.set()  # facts may have come while no sender ran
        while not self._closing.is_set():
            self._wake.wait()
            self._wake.clear()
            is_asked = self._hooks_changed.is_set()
            self._hooks_changed.clear()
            with self._database.transaction(quiet=True) as connection:
                hooks = hooks_of(connection)
            self._has_hooks = bool(hooks)
            self._update_workers(hooks)
            if self._queue_new_facts(hooks):
                self._wake.set()
            for worker in self._workers.values():
                worker.wake(at_once=is_asked)
            self._erase_old()
            self._closing.wait(PAUSE_S)

    def _update_workers(self, hooks: Sequence[WebHook]) -> None:
        hook_ids = {hook.id for hook in hooks}
        for hook_id in set(self._workers) - hook_ids:
            worker = self._workers.pop(hook_id)
            worker.stop()
            self._ending.append(worker)
        self._ending = [worker for worker in self._ending if worker.is_running]
        for hook_id in hook_ids:
            if hook_id not in self._workers or not self._workers[hook_id].is_running:
                self._workers[hook_id] = HookWorker(self._inputs, hook_id, self.notify)

    def _queue_new_facts(self, hooks: Sequence[WebHook]) -> bool:
        """Queue the next facts of the journal; return whether there may be more."""
        is_more = False
        working = [hook for hook in hooks if hook.paused_ms is None]
        for first_seq in sorted({hook.next_seq for hook in working}):
            entries, next_seq = self._read(first_seq)
            if next_seq == first_seq:
                continue
            with self._database.transaction(quiet=True) as connection:
                for hook in hooks_of(connection):  # one may have been removed meanwhile
                    if hook.paused_ms is None and hook.next_seq == first_seq:
                        now_ms = self._database.wall_ms()
                        reached = queue_facts(connection, hook.id, hook.facts, entries, next_seq, now_ms)
                        is_more = is_more or (reached == next_seq and len(entries) == BATCH)
        return is_more

    def _read(self, first_seq: int) -> tuple[Sequence[JournalEntry], int]:
        """Return the entries from ``first_seq`` on, and the sequence after the last one."""
        entries: list[JournalEntry] = []
        try:
            with self._store.read() as snapshot:
                entries.extend(read_entries(snapshot.connection, first_seq - 1, BATCH))
        except LookupError:  # the office is not set up yet
            return [], first_seq
        except BrokenChain as error:
            log.warning("web-hooks leave out a fact that cannot be read: %s", error)
            return entries, error.seq + 1
        return entries, entries[-1].seq + 1 if entries else first_seq

    def _erase_old(self) -> None:
        now_ms = self._database.wall_ms()
        if abs(now_ms - self._erased_ms) >= ERASE_EVERY_MS:
            self._erased_ms = now_ms
            with self._database.transaction(quiet=True) as connection:
                erase_old(connection, now_ms)
