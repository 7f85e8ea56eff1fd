"""Enrol a station: find the server, show the code, receive and keep the credentials."""
