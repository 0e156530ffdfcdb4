"""How much of a mail is looked at. Beyond it a mail is kept whole and held for a person; it is never guessed at."""

from typing import Final

MAIL_BYTES: Final = 25 * 2**20  # the whole mail as it travels; announced and refused by the listener
HEADER_BYTES: Final = 256 * 2**10  # of the mail, and of each of its parts
FIELDS: Final = 500  # header fields of the mail, and of each of its parts
VALUE: Final = 4_000  # characters of one header field that are read; `To` of a large meeting fits
DEPTH: Final = 20  # containers in containers
PARTS: Final = 200
ATTACHMENTS: Final = 50
HTML_BYTES: Final = 2**20  # of a body without plain text
TEXT: Final = 100_000  # characters of a body; the rest stays in the stored mail
LINE: Final = 300  # characters of a subject or of a name
REFERENCES: Final = 50
