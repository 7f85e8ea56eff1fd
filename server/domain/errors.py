"""The errors of the server, with one base class for each boundary.

::

    Refused                      domain and commands: the rules refuse a request, nothing changed
    EditConflict                 domain: a part of the office is not as an edit found it
    OfficeRefused                commands: a change would make an impossible office
    TableError                   tables: a file cannot be read as a table
    BadCell                      tables: a cell of a spreadsheet is no value of its form
    PackError                    display: a folder is no voice pack
    UnusableFiles                network: the organisation's certificate and key cannot be used
    BadFact                      facts: the data of a journal row are not those of its kind
    StoreError                   store: a command was not carried out, or a journal is wrong
        Busy                     too many commands wait, or the server stops
            CallerGone           the client disconnected; the command was skipped
        StorageFailed            the database did not take the command
        BrokenChain              the hash chain of a journal does not hold
        DamagedValue             a stored value is not one that its column writes
        BadExport                a file is not a whole export of a journal
        Inconsistent             a fact does not fit the rows that it is about
        CannotOpen               the database cannot be used; an SQLAlchemyError too
            AlreadyRunning       another server holds the database
            CannotCopy           no copy was made, or a copy cannot be used
        CheckCancelled           the check of the database was cancelled; it found nothing so far
        MigrationCancelled       the migration, or the copy before it, was cancelled; nothing was changed
    WeakPassword                 access: the new password or PIN is refused
    TooManyHashes                access: too many passwords are being checked; the caller may try again
    SignInRefused                access: name and password, or name and PIN, do not belong together
    SignInLocked                 access: no try is accepted before a time
    SignInBusy                   access: too many people sign in at once
    Locked                       access: as SignInLocked, for every kind of try
    WrongSetupCode               access: the set-up code is wrong, used or too old
    InvalidPerson                access: a person cannot have this value
    UnknownPerson                access: nobody has this id
    InvalidRole                  access: a composed role cannot have this value
    RoleInUse                    access: somebody has the composed role
    LastAdministrator            access: the last active administrator must stay one
    TokenRefused                 access: a token of a program cannot be created
    HookRefused                  access: a web-hook cannot be created
    AddressRefused               access: a web-hook may not send to an address
    OpenIdFailed                 access: the sign-in at the OpenID provider failed
    UnknownKey                   access: the key of an identity token is not known
    DeviceRefused                access: the registry of devices refuses a change; nothing has changed
        DeviceNameTaken          another device has this name
        DeviceNameInvalid        no page can show this name
        UnknownDevice            no enrolled device has this id
        WrongDeviceKind          a machine replaces a device of its own kind only
        WrongCounters            a device of this kind cannot serve so many counters
        TooManyDevices           the registry is full
    EnrolmentRefused             access: the request for enrolment, or its code, is refused
        UnknownEnrolment         nobody waits with this id
        WrongCode                the code is another one
        TooManyBeginnings        too many requests for enrolment
        EnrolmentUnavailable     the server has no certificate for devices
        NoNetworkBroker          no other machine reaches the broker
    OfficeChosen                 web: another browser has chosen the office of the first set-up
    Rejected                     web: a request that no command sees
        DuplicateField           one field is there twice
    LogoNotDrawn                 processes: no logo was made of a file
    LogoFileRefused              web: a sent file cannot be the logo
    FieldMistake                 web: a text of the office's forms is none that its field can have
    FileRefused                  web: a sent file of procedures cannot be used
    TooManyPractices             web: as many people practise as may at once
    TooManyStreams               web: all streams of the live version are taken
    CannotListen                 web: the address is taken or not ours; ends the program
    BrokerError                  broker: it did not become ready; ends the program
    AnonymousBroker              broker: one beyond this machine lets in anybody; no connection is made
    TrialFailed                  broker: new files failed their trial, and are not used
    NoAnswer                     broker: it did not reply in time
    EnrolmentFailed              wire: a message of the other side breaks the protocol of the enrolment
    ServerError                  wire: what a client of the API gets
        ServerRefused            the server refused, with a problem document
        ServerUnreachable        there was no readable answer
            ServerUntrusted      the server did not prove that it is the hall's; nothing was sent
            ServerBusy           the server is too busy for the request; the same request may succeed soon

``server.web.shared.refusals`` is the catalogue of refusals: status, sentences and remedy of each code.
A test compares this tree with the classes.
"""

from collections.abc import Mapping
from enum import StrEnum


class Refusal(StrEnum):
    """The codes of refused commands; the API has these and more (``ProblemCode``)."""

    BAD_REQUEST = "bad_request"
    UNKNOWN_SERVICE = "unknown_service"
    UNKNOWN_MOVE = "unknown_move"
    NOT_ALLOWED = "not_allowed"
    OPEN_TICKET = "open_ticket"
    COUNTER_CLOSED = "counter_closed"
    SERVICE_CLOSED = "service_closed"
    NO_COUNTER = "no_counter"
    FULL = "full"
    DAY_CLOSED = "day_closed"
    REQUEST_REUSED = "request_reused"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"


class Need(StrEnum):
    """The condition that a refused command does not meet, in more detail than its code.

    The words are those of the API, which has these and more (``ProblemNeed``). Their meaning depends on the code:
    ``pin`` of ``bad_request`` is a wrong field, of ``not_allowed`` the ticket's pin.
    """

    # bad_request: this field of the request is missing or wrong
    REASON = "reason"
    OUTCOME = "outcome"
    SERVICE = "service"
    PROCEDURE = "procedure"
    TICKET_CLASS = "ticket_class"
    PRINT_AT = "print_at"
    STATION = "station"
    UNTIL = "until"
    SHOWN_AT = "shown_at"
    KIND = "kind"
    # bad_request: the text or the date cannot be accepted
    BACK = "back"  # a ticket cannot come back from there
    PIN_CLERK = "pin_clerk"  # this clerk is nowhere where the ticket can be called
    NOTE = "note"  # it is too long
    CARD = "card"  # it is the code of an identity card, which is never stored
    DOSSIER = "dossier"  # it is no dossier's code
    DATE = "date"
    # bad_request (a wrong field) and not_allowed
    COUNTER = "counter"  # the ticket is at another counter
    PIN = "pin"  # only another counter may call the ticket
    # not_allowed: the call
    SKILL = "skill"  # the counter does not serve the ticket's service
    TURN = "turn"  # another ticket is next; a call out of order needs a reason
    LATER = "later"  # the ticket was put off and cannot be called yet
    CALLS_LEFT = "calls_left"  # the ticket was called as often as allowed
    RECALL_SOON = "recall_soon"  # the call gap is not over: too early to call again
    # not_allowed: another move of a ticket
    TODAY = "today"  # the ticket is of another day
    CLERK = "clerk"  # only the clerk who served the ticket may do this
    CALLS = "calls"  # absence needs more calls first, or a reason
    ABSENT_SOON = "absent_soon"  # the call gap is not over: too early to mark the visitor absent
    ONCE = "once"  # a visitor may let others go first once only
    SOON = "soon"  # too late to reopen: it must be soon after the end of service
    UNDO_LATE = "undo_late"  # too late to take a move back
    UNDO_NOTHING = "undo_nothing"  # the last move is of somebody else, or none that can be taken back
    NO_OPEN = "no_open"  # the counter has no open ticket
    READY_OFF = "ready_off"  # the office does not use readiness
    TAKEN = "taken"  # the same touches at a kiosk took a number of the service, which waits
    # not_allowed: a service of a counter for today; a confirmed request does it all the same
    LAST_COUNTER = "last_counter"  # people wait, and no other counter serves the service
    OWN_LIST = "own_list"  # the service is not on the own list of the counter's clerk
    # not_allowed: a rating
    RATE_EARLY = "rate_early"  # service has not ended
    RATE_ONCE = "rate_once"  # the ticket has a rating
    RATE_OVER = "rate_over"  # too long after the end of service
    # not_allowed: the page is out of date
    DRAWN = "drawn"  # the page shows an earlier state of the counter or the ticket
    CLERK_CHANGED = "clerk_changed"  # another clerk is at the counter now
    CLERK_LEFT = "clerk_left"  # no clerk is at the counter now
    # not_allowed: the day
    CLOSE_DAY = "close_day"  # the open day must be closed first
    DAY_OVER = "day_over"  # the closed day is over and cannot be reopened
    PRACTICE = "practice"  # a practice needs a time without a real day
    # day_closed
    AGAIN = "again"  # the day of this date was closed: reopen it, or enter another date
    # full
    RANGE = "range"  # the series has no number left today, or all are in use
    # service_closed
    ELSEWHERE = "elsewhere"  # the service is handled at another place
    # forbidden
    OWN_COUNTER = "own_counter"  # a clerk acts at the own counter only
    # not_found
    NUMBER = "number"  # no ticket with this number waits for the counter


class Refused(Exception):
    """The rules refuse a command: nothing was changed.

    ``values`` fill the sentence for the caller, and include ``need``; ``allowed`` names what is possible instead.
    """

    def __init__(
        self,
        code: Refusal,
        *,
        need: Need | None = None,
        values: Mapping[str, object] | None = None,
        allowed: tuple[str, ...] = (),
    ) -> None:
        super().__init__(code.value)
        self.code = code
        self.need = need
        self.values: Mapping[str, object] = {**(values or {}), **({} if need is None else {"need": need.value})}
        self.allowed = allowed
