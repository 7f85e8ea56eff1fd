"""The hall display's screens: state to view, view to scene. Scenes are in millimetres."""
