"""Facts of the stations' jobs, of calls for help, and of answered requests."""

from dataclasses import dataclass, field
from typing import ClassVar

from server.domain.facts.fact import Fact, named
from server.domain.facts.kinds import FactKind


@dataclass(frozen=True, slots=True, kw_only=True)
class JobMade(Fact):
    """A station was given a job; ``job`` is its id.

    ``job_kind``: slip, reprint, test, roll (note a new paper roll), clear (clear the printer's buffer) or seen (drop an
    unconfirmed slip that staff dismissed). ``ticket``: whose slip it is about; None for the other kinds. ``mark``: the
    note that is printed on the slip (staff, reprint or test); None: no note.
    """

    KIND: ClassVar = FactKind.JOB_MADE

    ticket: str | None
    job: str
    station: str
    job_kind: str = field(metadata=named("kind"))
    mark: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDone(Fact):
    """A station reported the result of a job.

    ``state``: printed, held (the printer will print it later), failed or unknown for paper, done or failed for other
    jobs. ``proof``: how the state is known: process_id, fence or none.
    """

    KIND: ClassVar = FactKind.JOB_DONE

    ticket: str | None
    job: str
    state: str
    proof: str
    station: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpAsked(Fact):
    """A visitor asked for a person at a kiosk. ``call`` is the id of this call for help."""

    KIND: ClassVar = FactKind.HELP_ASKED

    call: str = field(metadata=named("help"))
    station: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpTaken(Fact):
    """A member of staff took a call for help and goes to the kiosk."""

    KIND: ClassVar = FactKind.HELP_TAKEN

    call: str = field(metadata=named("help"))
    station: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRecorded(Fact):
    """A request was carried out without another fact that holds its result.

    A repeated request gets the same result: the ids of its ticket, counter and job, None for those that it has not.
    """

    KIND: ClassVar = FactKind.REQUEST_ANSWERED

    ticket: str | None
    counter: str | None
    job: str | None


FACTS: tuple[type[Fact], ...] = (JobMade, JobDone, HelpAsked, HelpTaken, RequestRecorded)
