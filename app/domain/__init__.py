"""What is true of designation requests: pure types and functions, no I/O and no clock."""
