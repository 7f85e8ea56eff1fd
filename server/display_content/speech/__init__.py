"""From an announcement to sound: voice packs, the clips of an utterance, and their samples."""
