"""The meanings of taps, one class per kind. Screens attach them to touch targets; the flow handles them."""

from dataclasses import dataclass
from enum import StrEnum


class PriorityGroup(StrEnum):
    """The groups that the law gives priority.

    ``CHILD``: with a small child. ``MERIT``: with services to the revolution.
    """

    ELDER = "elder"
    DISABLED = "disabled"
    PREGNANT = "pregnant"
    CHILD = "child"
    MERIT = "merit"


# --- moving between screens ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GoHome:
    """Start over on the home screen."""


@dataclass(frozen=True, slots=True)
class GoBack:
    """Return to the screen before."""


@dataclass(frozen=True, slots=True)
class TurnPage:
    """Show the next page of a list, or the one before."""

    forward: bool


@dataclass(frozen=True, slots=True)
class StayHere:
    """Answer that somebody is still there, so that the screen stays."""


@dataclass(frozen=True, slots=True)
class LookUpProcedures:
    """Open the search, with the button of the home screen or of a notice."""


@dataclass(frozen=True, slots=True)
class OpenSearch:
    """Open the search, with the field above the list of services."""


@dataclass(frozen=True, slots=True)
class ShowProcedure:
    """Show documents, time limit and fee of the chosen procedure."""


Navigation = GoHome | GoBack | TurnPage | StayHere | LookUpProcedures | OpenSearch | ShowProcedure


# --- choosing a service --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChooseGroup:
    """Choose a group of services by its id."""

    group: str


@dataclass(frozen=True, slots=True)
class ChooseService:
    """Choose a service by its id."""

    service: str


@dataclass(frozen=True, slots=True)
class ChooseProcedure:
    """Choose a procedure by its code."""

    procedure: str


@dataclass(frozen=True, slots=True)
class CollectResult:
    """Choose the service that hands out results."""


@dataclass(frozen=True, slots=True)
class AskGuidance:
    """Choose the service of the guidance counter."""


Choice = ChooseGroup | ChooseService | ChooseProcedure | CollectResult | AskGuidance


# --- taking a number -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TakeNumber:
    """Go on towards a number.

    The primary button of the home screen, of a procedure, of a notice and of the confirmation.
    """


@dataclass(frozen=True, slots=True)
class TakeWithoutSlip:
    """Request the number although no slip can be printed."""


@dataclass(frozen=True, slots=True)
class AnswerPriority:
    """Answer whether the visitor belongs to a group with priority."""

    belongs: bool


@dataclass(frozen=True, slots=True)
class ChoosePriorityGroup:
    """Choose a group with priority; the group itself is not stored."""

    group: PriorityGroup


TicketTap = TakeNumber | TakeWithoutSlip | AnswerPriority | ChoosePriorityGroup


# --- typing --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TypeLetter:
    """Append a letter to the query."""

    letter: str


@dataclass(frozen=True, slots=True)
class TypeSpace:
    """End a word of the query."""


@dataclass(frozen=True, slots=True)
class EraseLetter:
    """Remove the last letter of the query."""


@dataclass(frozen=True, slots=True)
class ClearQuery:
    """Remove the whole query."""


Typing = TypeLetter | TypeSpace | EraseLetter | ClearQuery


# --- language and access -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChooseLanguage:
    """Show everything in another language."""

    language: str


@dataclass(frozen=True, slots=True)
class SwitchLargeText:
    """Turn larger text on or off."""


@dataclass(frozen=True, slots=True)
class SwitchContrast:
    """Turn high contrast on or off."""


@dataclass(frozen=True, slots=True)
class SwitchLowReach:
    """Turn low reach (all controls in the lower part of the screen) on or off."""


AccessTap = ChooseLanguage | SwitchLargeText | SwitchContrast | SwitchLowReach


# --- paper and staff -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PrintDocumentList:
    """Print the documents that the chosen procedure requires."""


@dataclass(frozen=True, slots=True)
class CallForHelp:
    """Call staff to the kiosk."""


@dataclass(frozen=True, slots=True)
class SeeStaff:
    """Call staff instead of requesting a number without a slip."""


AssistanceTap = PrintDocumentList | CallForHelp | SeeStaff

Tap = Navigation | Choice | TicketTap | Typing | AccessTap | AssistanceTap
