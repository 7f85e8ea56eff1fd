"""Why a sign-in with an OpenID provider fails."""

from enum import StrEnum


class OpenIdProblem(StrEnum):
    """The kinds of failures; pages have a sentence for each."""

    BUSY = "busy"  # another request waits for the provider
    UNREACHABLE = "unreachable"  # no answer in time, or not one of a provider
    EXPIRED = "expired"  # begun too long ago, in another browser, or finished already
    REFUSED = "refused"  # the provider refused, or the person stopped there
    NOT_PROVED = "not_proved"  # the provider's answer is not one for us
    UNKNOWN_PERSON = "unknown_person"  # nobody here belongs to the person at the provider
    OTHER_PERSON = "other_person"  # proved to be somebody else than the signed-in person
    TAKEN = "taken"  # linked to somebody else already


class OpenIdFailed(Exception):
    """The sign-in failed. ``detail`` is for the log, never for the page."""

    def __init__(self, problem: OpenIdProblem, detail: str = "") -> None:
        super().__init__(f"{problem.value}: {detail}" if detail else problem.value)
        self.problem, self.detail = problem, detail
