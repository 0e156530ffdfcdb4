"""The server that a demonstration starts for itself, when it does not start."""

from app.demo import demonstrate


def test_a_server_that_cannot_start_is_told_with_its_log(tmp_path, capfd, monkeypatch):
    monkeypatch.setenv("AMTDP_MODE", "production")  # which refuses to start without its settings
    assert demonstrate(None, tmp_path, machine=True) == 1
    shown = capfd.readouterr()
    assert shown.out == ""
    assert "server.log" in shown.err.replace("\n", "")
