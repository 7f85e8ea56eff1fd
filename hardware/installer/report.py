"""What a command has found out about this machine, told to a person or a program, and its exit code."""

from collections.abc import Callable, Iterable, Sequence

from config.settings import Settings
from hardware.installer.findings import Finding, as_json, lines, worst
from hardware.installer.site import EX_USAGE, Site

Look = Callable[[Site, Settings], Iterable[Finding]]


def report(site: Site, looks: Sequence[Look], *, json_wanted: bool) -> int:
    """Look, print the table or JSON; the worst level is the exit code, 64 without a file of settings."""
    if site.settings is None:
        site.say(site.words("installer", "Cần tệp cấu hình: thêm --config."))
        return EX_USAGE
    found = [one for look in looks for one in look(site, site.settings)]
    if json_wanted:
        site.say(as_json(found))
    else:
        site.tell(lines(found, site.words))
    return worst(found)
