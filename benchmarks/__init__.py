"""colorquant beside the tools that people would pick instead, in one run on one machine."""
