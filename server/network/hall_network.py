"""The server's names, certificate and visitors' address, kept up to date."""

import logging
from collections.abc import Callable
from urllib.parse import urlsplit

from config.address import is_loopback, split_address
from config.settings import ServerSettings
from server.network import names
from server.network.findings import FindingKind, NetworkFinding
from server.network.names import BoxNames, find_names
from server.network.problems import NetworkFault, NetworkProblems
from server.network.tls import ServerTls, TlsState

log = logging.getLogger(__name__)


class HallNetwork:
    """Names, certificate and visitors' address. Any thread may read; ``refresh`` runs in one thread.

    ``tls`` is None where the server stays on loopback. ``on_change`` is called when names or certificate change.
    ``problems`` has what is wrong now; the listeners, the broker and the announcement report theirs there too.
    """

    def __init__(
        self,
        server: ServerSettings,
        tls: ServerTls | None,
        *,
        read_names: Callable[[], BoxNames] | None = None,
        on_change: Callable[[], None] = lambda: None,
        problems: NetworkProblems | None = None,
    ) -> None:
        self._server, self._tls, self.on_change = server, tls, on_change
        self.problems = problems or NetworkProblems()
        self._read_names = read_names or (lambda: find_names(server.names))
        self._names = self._read_names()
        self._failure = ""

    @property
    def names(self) -> BoxNames:
        """The names and addresses of the box, as they were found last."""
        return self._names

    @property
    def tls(self) -> ServerTls | None:
        """The TLS context; None where the server stays on loopback."""
        return self._tls

    @property
    def https_port(self) -> int:
        """The port of the API and the staff's pages for other machines."""
        return split_address(self._server.listen)[1]

    @property
    def certificates(self) -> TlsState | None:
        """The certificates in use; None without any."""
        return None if self._tls is None else self._tls.state

    @property
    def visitor_url(self) -> str:
        """The public address of the visitors' pages; empty when phones cannot reach them."""
        return names.visitor_url(self._server.visitor_url, self._server.visitors, self._names)

    def covers(self, host: str) -> bool:
        """Return whether ``host`` is this box, or a proxy for visitors."""
        return self._names.covers(host) or host == urlsplit(self._server.visitor_url).hostname

    def has_strict_transport(self, host: str) -> bool:
        """Return whether browsers may be bound to HTTPS for ``host`` (decision 0046).

        With the hall's own authority a browser without it would be locked out; and HTTPS then holds for all ports, so
        never for the name of the visitors' pages.
        """
        return (
            self._tls is not None
            and self._tls.has_own_certificate
            and not is_loopback(host)
            and host not in self._names.addresses
            and host != urlsplit(self.visitor_url).hostname
        )

    def refresh(self) -> None:
        """Find the names again, and renew the certificate where needed. Failures are logged and tried again."""
        found_names = self._read_names()
        is_moved = found_names != self._names
        self._names = found_names
        if is_moved:
            log.info("this box is now %s", ", ".join((*found_names.names, *found_names.addresses)) or "without network")
        is_renewed = self._refresh_tls()
        self._report_problems()
        if is_renewed or is_moved:
            self.on_change()

    def _refresh_tls(self) -> bool:
        if self._tls is None:
            return False
        try:
            is_renewed = self._tls.refresh(self._names, self._server.names)
        except (OSError, ValueError) as error:
            if str(error) != self._failure:
                log.error("there is no certificate, so no HTTPS: %s", error)
            self._failure = str(error)
            return False
        self._failure = ""
        return is_renewed

    def _report_problems(self) -> None:
        """Report what is wrong with addresses and certificate, where the hall is beyond loopback."""
        if self._tls is None:
            return
        report = self.problems.report
        has_network = bool(self._names.addresses)
        report(
            "network", NetworkFault.NO_NETWORK, "" if has_network else "this box has no address; check cable and router"
        )
        report("no certificate", NetworkFault.NO_CERTIFICATE, self._failure)
        certificate_problems = self._tls.problems
        report("certificate", NetworkFault.CERTIFICATE, "\n".join(certificate_problems), certificate_problems)
        state, is_ending = self._tls.state, self._tls.ends_soon
        end_text = ""
        if state is not None and is_ending:
            day = state.end.date()
            end_text = NetworkFinding(f"the server's certificate ends on {day}", FindingKind.CERTIFICATE_ENDS, day=day)
        report("certificate's end", NetworkFault.CERTIFICATE_END, end_text)
