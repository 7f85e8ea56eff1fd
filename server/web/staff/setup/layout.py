"""Template variables that all pages of the set-up share."""

from collections.abc import Mapping

from config.words import LANGUAGES
from server.web.shared.identity import request_translations
from server.web.staff.setup.context import setup_context
from server.web.staff.setup.steps import NUMBERED_STEPS, SetupStep


def setup_values(step: SetupStep) -> Mapping[str, object]:
    """Return the texts' language, and the numbered steps with the place of ``step`` among them."""
    words = request_translations()
    names = {
        SetupStep.CODE: words("setup", "Mã thiết lập"),
        SetupStep.PERSON: words("setup", "Người quản trị"),
        SetupStep.OFFICE: words("setup", "Cơ quan"),
        SetupStep.DEVICES: words("setup", "Thiết bị"),
    }
    places = {SetupStep.SIGN_IN: 2, SetupStep.STARTING: 3, SetupStep.FINISHED: len(NUMBERED_STEPS)}
    place = places[step] if step in places else NUMBERED_STEPS.index(step)
    return {
        "words": words,
        "all_languages": LANGUAGES,
        "new_id": setup_context().new_id,
        "step_names": [names[numbered] for numbered in NUMBERED_STEPS],
        "step_place": place,
    }
