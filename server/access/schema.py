"""The tables of ``access.db``. Secrets are stored as hashes only; times are UTC ms."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, MetaData, Table, Text

SCHEMA_VERSION = 1
"""Stored as ``PRAGMA user_version``."""

metadata = MetaData()

person = Table(
    "person",
    metadata,
    Column("id", Text, primary_key=True),  # a pseudonym; also the id of the office's clerk
    Column("sign_in_name", Text, nullable=False, unique=True),  # typed at the sign-in
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("roles", JSON, nullable=False),  # a list of ``Role`` values, and of ids of composed roles
    Column("password_hash", Text),  # Argon2id; NULL: may not sign in with a password
    Column("must_change_password", Boolean, nullable=False, default=False),
    Column("password_ends_ms", Integer),  # of a one-time password; NULL: the password does not end
    Column("pin_hash", Text),  # Argon2id; NULL: no PIN
    Column("active", Boolean, nullable=False, default=True),
    Column("created_ms", Integer, nullable=False),
    Column("oidc_subject", Text, unique=True),  # issuer and subject at the OpenID provider
)

composed_role = Table(  # roles that the office composed of single permissions
    "composed_role",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("permissions", JSON, nullable=False),  # a list of values of ``Move`` and ``Action``
)

session = Table(
    "session",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),  # SHA-256 of the cookie's token
    Column("person", Text, ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    Column("method", Text, nullable=False),  # password, pin, oidc
    Column("created_ms", Integer, nullable=False),
    Column("last_used_ms", Integer, nullable=False),
    Column("proved_ms", Integer, nullable=False),  # when the person last proved who it is; 0: never in this session
    Column("address", Text, nullable=False),
    Column("browser", Text, nullable=False),  # the id of the browser as a station
    Column("device", Text),  # the enrolled browser of a PIN, whose removal ends the session; else NULL
)
Index("ix_session_person", session.c.person)

throttle = Table(  # wrong tries of one account, address or account at an address
    "throttle",
    metadata,
    Column("key", Text, primary_key=True),
    Column("wrong_tries", Integer, nullable=False),
    Column("last_wrong_ms", Integer, nullable=False),
    Column("locked_until_ms", Integer, nullable=False),
)

known_address = Table(  # addresses from which an account has signed in before
    "known_address",
    metadata,
    Column("person", Text, ForeignKey("person.id", ondelete="CASCADE"), primary_key=True),
    Column("address", Text, primary_key=True),
    Column("last_used_ms", Integer, nullable=False),
)

device = Table(  # enrolled stations, nodes and browsers
    "device",
    metadata,
    Column("id", Text, primary_key=True),  # the station's id on the wire
    Column("kind", Text, nullable=False),  # kiosk, counter, display, node, browser
    Column("name", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("counters", JSON, nullable=False),  # the counters that it serves; a browser with none is for staff use
    Column("token_hash", LargeBinary, unique=True),  # SHA-256; NULL: removed
    Column("broker_hash", Text),  # Mosquitto's hash of the broker password; NULL: no broker user
    Column("enrolled_ms", Integer, nullable=False),
    Column("enrolled_by", Text, nullable=False),
    Column("removed_ms", Integer),
    Column("last_used_ms", Integer),
    Column("address", Text, nullable=False),
)

ended_device_token = Table(  # so that a removed machine learns that it was removed; the oldest are erased
    "ended_device_token",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("token_hash", LargeBinary, nullable=False, unique=True),
    Column("scopes", JSON, nullable=False),
    Column("created_ms", Integer, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("ends_ms", Integer, nullable=False),
    Column("last_used_ms", Integer),
    Column("removed_ms", Integer),
)

web_hook = Table(
    "web_hook",
    metadata,
    Column("id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("facts", JSON, nullable=False),  # the kinds of facts that are sent
    Column("secret", Text, nullable=False),  # of the HMAC; the receiver has the same
    Column("created_ms", Integer, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("next_seq", Integer, nullable=False),  # of the journal: the next fact to look at
    Column("is_local", Boolean, nullable=False),  # the receiver may stand in this network, and take plain HTTP
    Column("failing_since_ms", Integer),  # the first failed try after the last delivery; NULL: none failed since
    Column("paused_ms", Integer),  # NULL: not paused
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", Text, primary_key=True),
    Column("web_hook", Text, ForeignKey("web_hook.id", ondelete="CASCADE"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_ms", Integer, nullable=False),
    Column("queued_ms", Integer, nullable=False),  # created, sent again or resumed: tries end a day later
    Column("tries", Integer, nullable=False),
    Column("next_try_ms", Integer),  # NULL: delivered, or given up
    Column("status", Text, nullable=False),  # waiting, delivered, failed
    Column("result", Text, nullable=False),  # the receiver's status code or the error of the last try
)
Index("ix_delivery_next_try_ms", delivery.c.next_try_ms)
Index("ix_delivery_web_hook", delivery.c.web_hook, delivery.c.created_ms)

setup_code = Table(
    "setup_code",
    metadata,
    Column("id", Integer, primary_key=True),  # always 1
    Column("code_hash", LargeBinary, nullable=False),
    Column("created_ms", Integer, nullable=False),
    Column("used_ms", Integer),
)

access_log = Table(  # security events, for the administrator's page; the oldest are erased
    "access_log",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at_ms", Integer, nullable=False),
    Column("kind", Text, nullable=False),  # of ``AccessEvent``
    Column("actor", Text, nullable=False),  # who did it: a person's id, ``root``, ``system``
    Column("subject", Text, nullable=False),  # to whom or what
    Column("address", Text, nullable=False),
    Column("detail", JSON, nullable=False),
)
