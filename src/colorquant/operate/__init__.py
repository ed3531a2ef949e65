"""What operators run from their own machine against a deployed service."""
