"""Rules of the statute, RC-01 to RC-07: what 506L(b), (c) and (f) ask of every request."""
