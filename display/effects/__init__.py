"""Carry out the effects of ``display.flow``: HTTP, MQTT, sound and disk."""
