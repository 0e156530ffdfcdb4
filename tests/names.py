"""A resolver for tests: every name means a public address, unless a test says what it means."""

PUBLIC = "93.184.215.14"


class Names:
    def __init__(self) -> None:
        self.known: dict[str, list[str]] = {}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return self.known.get(host, [PUBLIC])
