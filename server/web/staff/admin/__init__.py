"""The administrator's pages: people, devices, programs, network, and the access log."""
