"""MQTT on the server: the broker's process, and the publisher of the retained state messages."""
