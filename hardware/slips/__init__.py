"""The printed slip: its elements, and how they are composed from the layout file."""
