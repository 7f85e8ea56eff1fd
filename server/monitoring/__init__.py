"""Health: what stations report of themselves (``station_monitor``), and the server's own parts (``server_health``)."""
