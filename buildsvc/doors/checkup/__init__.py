"""What this server lacks: for the command `doctor`, for the observer, which keeps it, and so for the page."""
