"""Numbers in, numbers out: choosing and applying a palette. Knows no files, no AWS and no terminal."""
