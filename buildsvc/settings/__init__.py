"""Every setting of buildsvc, read from the environment here and nowhere else.

The server's half reads `reading.read`, the laptop's `laptop.read_client`. Nothing is imported here, so that a laptop
does not load what only the server needs.
"""
