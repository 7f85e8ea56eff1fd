"""A small OpenID provider on loopback, which may lie, hang or change its keys."""

import base64
import hashlib
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

CLIENT_ID, CLIENT_SECRET = "luot", "bí mật:của văn phòng"
SUBJECT = "a1b2-c3d4"

Claims = dict[str, Any]


def rsa_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig", "alg": "RS256"}, private=True)


def ec_key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"}, private=True)


class OpenIdTestProvider:
    """Answers from construction to ``close``; everybody who comes is ``subject`` at once.

    ``change_claims`` may change the claims of the next tokens, ``make_token`` replaces the signing, ``gate`` is waited
    for before each answer, and ``requests`` lists the paths of all requests.
    """

    def __init__(self, now_s: Callable[[], int], key: RSAKey | ECKey | None = None) -> None:
        self.now_s = now_s
        self.key: RSAKey | ECKey = key or ec_key("k1")
        self.subject = SUBJECT
        self.change_claims: Callable[[Claims], object] = lambda claims: None
        self.make_token: Callable[[Claims], str] = self.signed
        self.gate = threading.Event()
        self.gate.set()
        self.requests: list[str] = []
        self._codes: dict[str, dict[str, str]] = {}
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.answer_get(self)

            def do_POST(self) -> None:
                form = self.rfile.read(int(self.headers["Content-Length"])).decode()
                provider.answer_token(self, {name: values[0] for name, values in parse_qs(form).items()})

            def log_message(self, *args: object) -> None:
                """Write no log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        self.metadata: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        }
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self.gate.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def signed(self, claims: Claims) -> str:
        """Return a token that the provider's key signs."""
        header = {"alg": "RS256" if isinstance(self.key, RSAKey) else "ES256", "kid": str(self.key.kid)}
        return jwt.encode(header, claims, self.key)

    def authorise(self, url: str) -> dict[str, str]:
        """Sign the person in at an address of ``authorisation_url``; return the answer's query."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT_ID
        assert query["code_challenge_method"] == "S256"
        code = f"code-{len(self._codes)}"
        self._codes[code] = query
        return {"code": code, "state": query["state"], "iss": self.issuer}

    def answer_get(self, handler: BaseHTTPRequestHandler) -> None:
        path = urlsplit(handler.path).path
        self.requests.append(path)
        self.gate.wait()
        if path == "/authorize":
            query = urlsplit(handler.path).query
            back = parse_qs(query)["redirect_uri"][0]
            handler.send_response(302)
            handler.send_header("Location", f"{back}?{urlencode(self.authorise(handler.path))}")
            handler.end_headers()
        elif path == "/keys":
            self._send(handler, 200, dict(KeySet([self.key]).as_dict(private=False)))
        else:
            self._send(handler, 200, self.metadata)

    def answer_token(self, handler: BaseHTTPRequestHandler, form: dict[str, str]) -> None:
        self.requests.append("/token")
        self.gate.wait()
        query = self._codes.pop(form["code"], None)
        if query is None or not self._is_proved(handler, form, query):
            self._send(handler, 400, {"error": "invalid_grant"})
            return
        claims: Claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT_ID,
            "iat": self.now_s(),
            "exp": self.now_s() + 300,
            "nonce": query["nonce"],
        }
        if "max_age" in query:
            claims["auth_time"] = self.now_s()
        self.change_claims(claims)
        self._send(handler, 200, {"access_token": "x", "token_type": "Bearer", "id_token": self.make_token(claims)})

    @staticmethod
    def _is_proved(handler: BaseHTTPRequestHandler, form: dict[str, str], query: dict[str, str]) -> bool:
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        pair = base64.b64decode(handler.headers.get("Authorization", "Basic ").removeprefix("Basic ")).decode()
        return (
            challenge == query["code_challenge"]
            and form["redirect_uri"] == query["redirect_uri"]
            and pair.startswith(f"{CLIENT_ID}:")
            and "%" in pair
        )

    @staticmethod
    def _send(handler: BaseHTTPRequestHandler, status: int, answer: dict[str, Any]) -> None:
        content = json.dumps(answer).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)
