"""The bytes of attachments: where they lie, and what a scanner says of them."""
