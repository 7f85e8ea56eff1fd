"""The signature of a delivery, which a receiver checks with the web-hook's secret."""

import hashlib
import hmac


def signature(secret: str, body: str, at_s: int) -> str:
    """Return the value of the header ``Luot-Signature``: time and HMAC-SHA256 over time and body."""
    digest = hmac.new(secret.encode(), f"{at_s}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={at_s},v1={digest}"
