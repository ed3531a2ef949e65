"""The page on one's own machine: a server, its sessions, its static files."""
