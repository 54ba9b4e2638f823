"""A rehearsal: a bundle or a kit is installed on this machine apart from everything, before it leaves."""
