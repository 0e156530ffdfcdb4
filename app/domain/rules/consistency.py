"""Rules of identifiers, dates and cross-references, RC-10 and on."""
