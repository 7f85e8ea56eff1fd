"""The child process of ``sqlite_preempt``: runs one statement on a database.

It prints the result as JSON. It is started by its path and imports the standard library and the driver only, so that it
starts quickly.
"""

import importlib
import json
import sys
from contextlib import closing

BUSY_TIMEOUT_S = 30.0


def main() -> None:
    """Print ``{"rows": [...]}``, or ``{"error": "..."}`` with the message of SQLite."""
    driver, database, statement, parameters = sys.argv[1:]
    module = importlib.import_module(driver)
    try:
        with closing(module.connect(database, timeout=BUSY_TIMEOUT_S, isolation_level=None)) as connection:
            result = {"rows": connection.execute(statement, json.loads(parameters)).fetchall()}
    except module.Error as error:
        result = {"error": str(error)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
