"""Studies behind the project's choices; each re-runs with one command."""
