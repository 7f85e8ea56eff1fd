"""Sends the deliveries of one web-hook in order, in a thread of its own."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from config.threads import RestartingThread
from server.access.database import AccessDatabase
from server.access.deliveries import MAX_WAIT_MS, Delivery, TryOutcome, next_due, pause_if_dead, record_try, wait_ms
from server.access.web_hooks import WebHook, hooks_of
from server.web_hooks.post import TIMEOUT_S, Post
from server.web_hooks.signature import signature

log = logging.getLogger(__name__)

LONGEST_SLEEP_S = 600.0
"""The clock may be set while a worker waits, so it looks again after this time."""


@dataclass(frozen=True, slots=True)
class SenderInputs:
    """The inputs of all workers.

    ``jitter`` returns a random number from 0 to 1; ``user_agent`` is the header of each delivery.
    """

    database: AccessDatabase
    jitter: Callable[[], float]
    user_agent: str


class HookWorker:
    """Sends the due deliveries of one web-hook until the hook is removed.

    After a failed try the whole hook waits, longer after each one in a row, so that a dead receiver gets few requests
    and a revived one gets all deliveries at once.
    """

    def __init__(self, inputs: SenderInputs, hook_id: str, on_progress: Callable[[], None]) -> None:
        self._inputs, self._hook_id, self._on_progress = inputs, hook_id, on_progress
        self._closing, self._wake = threading.Event(), threading.Event()
        self._failures = 0
        self._not_before_ms = 0
        self._post: Post | None = None
        self._thread = RestartingThread(f"web-hook {hook_id}", self._run, closing=self._closing)
        self._thread.start()

    @property
    def is_running(self) -> bool:
        """Return whether the web-hook was still there at the last look."""
        return self._thread.is_alive()

    def wake(self, *, at_once: bool = False) -> None:
        """Look for due deliveries; ``at_once``: also after failed tries (an administrator asked)."""
        if at_once:
            self._not_before_ms = 0
        self._wake.set()

    def stop(self) -> None:
        """End a running try and the thread soon. The try is made again after the next start."""
        self._closing.set()
        self._wake.set()
        post = self._post
        if post is not None:
            post.cancel()

    def join(self) -> None:
        """Wait for the thread's end, but not long for a slow resolver."""
        self._thread.join(2 * TIMEOUT_S)

    def _run(self) -> None:
        while not self._closing.is_set():
            self._wake.clear()
            sleep_s = self._step()
            if sleep_s is None:
                return
            if sleep_s > 0:
                self._wake.wait(min(sleep_s, LONGEST_SLEEP_S))

    def _step(self) -> float | None:
        """Try the delivery that is due; return how long to sleep then. None: the web-hook was removed."""
        database = self._inputs.database
        now_ms = database.wall_ms()
        with database.transaction(quiet=True) as connection:
            hook = next((hook for hook in hooks_of(connection) if hook.id == self._hook_id), None)
            delivery = None if hook is None else next_due(connection, self._hook_id, now_ms)
        if hook is None:
            return None
        if hook.paused_ms is not None or delivery is None:
            return LONGEST_SLEEP_S
        due_ms = max(delivery.next_try_ms or 0, self._not_before_ms)
        if now_ms < due_ms <= now_ms + MAX_WAIT_MS:  # a later one: the clock was set back since
            return (due_ms - now_ms) / 1000
        self._try(hook, delivery, now_ms)
        return 0.0

    def _try(self, hook: WebHook, delivery: Delivery, now_ms: int) -> None:
        self._post = post = Post()
        if self._closing.is_set():
            return
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": self._inputs.user_agent,
            "Luot-Delivery": delivery.id,
            "Luot-Signature": signature(hook.secret, delivery.id, delivery.body, now_ms // 1000),
        }
        outcome = post.run(hook.url, delivery.body, headers, is_local=hook.is_local)
        self._post = None
        if self._closing.is_set() and not outcome.is_delivered:
            return
        self._record(delivery, outcome)

    def _record(self, delivery: Delivery, outcome: TryOutcome) -> None:
        database, jitter = self._inputs.database, self._inputs.jitter()
        now_ms = database.wall_ms()
        self._failures = 0 if outcome.is_delivered else self._failures + 1
        self._not_before_ms = now_ms + wait_ms(self._failures, jitter) if self._failures else 0
        with database.transaction(quiet=True) as connection:
            next_try_ms = now_ms + wait_ms(delivery.tries + 1, jitter)
            record_try(connection, delivery, outcome, now_ms, next_try_ms)
            is_paused = pause_if_dead(connection, self._hook_id, now_ms)
        if is_paused:
            log.warning("web-hook %s: no delivery succeeded for a day; it is paused", self._hook_id)
        elif self._failures == 1:
            log.warning("web-hook %s: a delivery failed: %s", self._hook_id, outcome.result)
        if outcome.is_delivered:
            self._on_progress()
