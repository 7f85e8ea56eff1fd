"""The signature of a delivery, which a receiver checks with the web-hook's secret."""

import hashlib
import hmac


def signature(secret: str, delivery: str, body: str, at_s: int) -> str:
    """Return the value of the header ``Luot-Signature``: time and HMAC-SHA256 over time, delivery and body.

    The delivery's id is signed too: a receiver drops repeats by it, so nobody may send a body again with another id.
    """
    digest = hmac.new(secret.encode(), f"{at_s}.{delivery}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={at_s},v1={digest}"
