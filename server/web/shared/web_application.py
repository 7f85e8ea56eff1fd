"""Flask applications that start quickly.

Werkzeug compiles two functions for each rule, which build its addresses; most of them are never called. Jinja compiles
each template once in each application. Here a rule is compiled at its first use, and the applications of one process
share compiled templates. A staff application then starts in a quarter of the time.
"""

from collections.abc import Callable
from types import CodeType

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

BuildAddress = Callable[..., tuple[str, str]]
"""Builds the host's and the path's part of an address."""


class LazyRule(Rule):
    """A rule whose functions that build addresses are compiled at their first call."""

    def _compile_builder(self, append_unknown: bool = True) -> BuildAddress:  # noqa: FBT001, FBT002 - as in Werkzeug
        compiled: list[BuildAddress] = []

        def build(rule: Rule, /, **values: object) -> tuple[str, str]:
            if not compiled:
                compiled.append(super(LazyRule, self)._compile_builder(append_unknown))
            return compiled[0](rule, **values)

        return build


class CompiledTemplates(BytecodeCache):
    """Compiled templates of this process, by file; threads may share it."""

    def __init__(self) -> None:
        self._compiled: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill ``bucket``, unless its template was never compiled or has changed."""
        checksum, code = self._compiled.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a template that was just compiled."""
        if bucket.code is not None:
            self._compiled[bucket.key] = bucket.checksum, bucket.code


class WebApplication(Flask):
    """The application of one group of pages, with the templates of ``server/web``."""

    url_rule_class = LazyRule
    jinja_options = {"bytecode_cache": CompiledTemplates()}

    def __init__(self, *, static_folder: str = "static") -> None:
        super().__init__("server.web", static_folder=static_folder)
