"""The words of letters, by version. A version that was used once is never changed: its letters are read for ever."""
