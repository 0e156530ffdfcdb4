"""Rules of scope, SP-01 to SP-07: whether the evidence is as wide as the context of use."""
