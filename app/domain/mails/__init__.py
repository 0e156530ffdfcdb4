"""Mail that comes in: any bytes are read into a value, and nothing in them can make reading fail.

What a mail says of itself is a claim. Only what the receiving server recorded under its own name counts as proof of
who sent it, and nothing that a mail holds is ever copied into a header of ours.
"""
