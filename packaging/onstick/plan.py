"""Turns the answers into the installer's options and the machine's first settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from onsite.paths import NONE
from onstick.questions import AUTO, NO, SCREEN, USB, YES, Answers
from onstick.settings_text import Table, only, tables_of, text_of, with_value

BROKER_PACKAGES = ("mosquitto",)
SSH_PACKAGES = ("openssh-server",)
HEAD = "# Written by cai-dat from the stick. Other set-ups: config/examples. What every line means: docs/CONFIG.md.\n"


@dataclass(frozen=True, slots=True)
class Target:
    """Role and example of a purpose, and the sections that are kept of the example."""

    role: str
    example: str
    sections: frozenset[str]


OF_SERVER = frozenset({"machine", "server", "broker", "link"})
OF_BOX = OF_SERVER | {"kiosk", "counter", "display"}
TARGETS: Mapping[str, Target] = {
    "hall": Target("all-in-one", "hall-one-box", OF_BOX),
    "room": Target("all-in-one", "hall-desk", OF_SERVER | {"kiosk"}),
    "server": Target("server", "hall-one-box", OF_SERVER),
    "kiosk": Target("kiosk", "hall-one-box", frozenset({"machine", "kiosk"})),
    "counters": Target("counters", "hall-one-box", frozenset({"machine", "counter"})),
    "display": Target("display", "hall-one-box", frozenset({"machine", "display"})),
    "sign": Target("sign", "sign-node", frozenset({"machine", "node"})),
}


@dataclass(frozen=True, slots=True)
class InstallPlan:
    """The installer's options, further ``packages``, and the first ``settings`` of a machine."""

    role: str
    session: str
    example: str
    packages: Sequence[str]
    settings: str


def plan_of(answers: Answers, example: str) -> InstallPlan:
    """Return the plan; ``example``: the text of the target's example."""
    target = TARGETS[answers["purpose"]]
    tables = only(tables_of(example), lambda section: section in target.sections)
    if "server" in target.sections:
        tables = with_value(tables, "server", "office", '"office.toml"')  # the first set-up asks for the office
    if answers["purpose"] == "room" and answers["printer"] == "none":  # its kiosk only prints
        tables = only(tables, lambda section: section != "kiosk")
    elif "kiosk" in target.sections:
        tables = _with_printer(tables, answers["printer"])
    if "number" in answers:
        tables = with_value(tables, "kiosk", "station", f'"kiosk-{answers["number"]}"')
        tables = with_value(tables, "kiosk", "label", f'"{answers["number"]}"')
    if answers["purpose"] in ("kiosk", "display"):  # this machine has one screen, not kiosk and TV
        tables = with_value(tables, f"{answers['purpose']}.screen", "display", "0")
    packages: list[str] = []
    if answers.get("network", NO) == YES:
        tables, packages = _with_network(tables), [*BROKER_PACKAGES]
    if answers.get("ssh", NO) == YES:
        packages += SSH_PACKAGES
    if answers.get("server", AUTO) != AUTO:
        tables.append(Table("link", ("", "[link]", f'server = "https://{answers["server"]}:8470"')))
    session = answers.get(SCREEN.name, NONE)
    return InstallPlan(target.role, session, target.example, packages, HEAD + "\n" + text_of(tables))


def _with_printer(tables: Sequence[Table], printer: str) -> list[Table]:
    if printer == USB:
        return list(tables)
    kind, address = ("none", "") if printer == "none" else ("network", printer)
    changed = with_value(tables, "kiosk.printer", "kind", f'"{kind}"')
    return with_value(changed, "kiosk.printer", "address", f'"{address}"')


def _with_network(tables: Sequence[Table]) -> list[Table]:
    """Open the box to other machines, as docs/OPERATIONS.md, "The network", has it."""
    changed = with_value(tables, "server", "listen", '"0.0.0.0:8470"')
    changed = with_value(changed, "server", "visitors", '"0.0.0.0:8471"')
    changed = with_value(changed, "broker", "network", '"0.0.0.0:8883"')
    return with_value(changed, "broker", "kind", '"mosquitto"')
