"""The hall on its network: certificates, names, addresses and announcements."""
