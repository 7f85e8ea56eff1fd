"""The steps of the set-up, and which of them is next for a browser."""

from enum import StrEnum

from flask import session

from server.domain.permissions import Role
from server.web.staff.setup.context import SetupContext
from server.web.staff.setup.session import browser_person

CODE_KEY = "setup_code"
"""The member of the signed cookie that holds the code which this browser has typed."""


class SetupStep(StrEnum):
    """A step that a browser is shown."""

    CODE = "code"
    PERSON = "person"
    SIGN_IN = "sign_in"
    OFFICE = "office"
    STARTING = "starting"
    DEVICES = "devices"
    FINISHED = "finished"


NUMBERED_STEPS = (SetupStep.CODE, SetupStep.PERSON, SetupStep.OFFICE, SetupStep.DEVICES)
"""The steps that the pages number; signing in continues an interrupted set-up."""


def current_step(context: SetupContext) -> SetupStep:
    """Return the step of this request's browser. It depends on stored facts only, so a power cut loses none."""
    if not context.access.people.has_administrator():
        return SetupStep.PERSON if _has_typed_code(context) else SetupStep.CODE
    if context.offices.is_made and not context.progress.is_under_way():
        return SetupStep.FINISHED
    person = browser_person(context.access)
    if person is None or Role.ADMINISTRATOR not in person.roles:
        return SetupStep.SIGN_IN
    if not context.offices.is_made:
        return SetupStep.OFFICE
    return SetupStep.STARTING if context.hall is None else SetupStep.DEVICES


def _has_typed_code(context: SetupContext) -> bool:
    """Return whether this browser has typed the code of now."""
    typed, code = session.get(CODE_KEY), context.access.setup_code.current()
    return typed is not None and code is not None and _plain(str(typed)) == _plain(code)


def _plain(code: str) -> str:
    return "".join(character for character in code.upper() if character.isalnum())
