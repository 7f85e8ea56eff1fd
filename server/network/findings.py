"""Sentences about what is wrong with the network, which pages write in other languages."""

from collections.abc import Mapping, Sequence
from enum import StrEnum


class FindingKind(StrEnum):
    """The kinds of findings. The comment names the entries of ``values``."""

    FILE_UNREADABLE = "file_unreadable"  # file
    CERTIFICATE_FORM = "certificate_form"  # file
    KEY_FORM = "key_form"  # file
    KEY_PASSWORD = "key_password"  # file
    KEY_WEAK = "key_weak"  # file
    NO_PAIR = "no_pair"  # certificate, key
    CHAIN_ORDER = "chain_order"  # file
    NOT_FOR_SERVERS = "not_for_servers"  # file
    ENDED = "ended"  # file, day
    NOT_BEGUN = "not_begun"  # day, today
    NAMES_MISSING = "names_missing"  # names
    ISSUERS_MISSING = "issuers_missing"  # file
    OWN_UNUSED = "own_unused"
    NOT_REPLACED = "not_replaced"
    AUTHORITY_ENDED = "authority_ended"  # file, day, today
    AUTHORITY_ENDS = "authority_ends"  # file, day
    CERTIFICATE_ENDS = "certificate_ends"  # day
    ADDRESS_CLOSED = "address_closed"  # address
    SECRET_OPEN = "secret_open"  # file
    SECRET_UNREADABLE = "secret_unreadable"  # file


class NetworkFinding(str):
    """An English sentence for the log; ``kind`` and ``values`` say the same without a language."""

    kind: FindingKind
    values: Mapping[str, str]

    def __new__(cls, text: str, kind: FindingKind, **values: object) -> "NetworkFinding":
        """Return ``text`` with its kind and its values, as texts."""
        finding = super().__new__(cls, text)
        finding.kind, finding.values = kind, {name: str(value) for name, value in values.items()}
        return finding


class UnusableFiles(ValueError):
    """Files that cannot be used; ``findings`` has every reason."""

    def __init__(self, findings: Sequence[NetworkFinding]) -> None:
        super().__init__("\n".join(findings))
        self.findings = tuple(findings)
