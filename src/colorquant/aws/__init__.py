"""The doors on AWS: events in, objects out."""
