"""`make soak` on a few sockets."""

from tests.soak.__main__ import main, slope


def test_few_sockets_lose_nothing_and_leave_nothing(capsys):
    assert main(["--idle", "20", "--streaming", "20", "--minutes", "0.01"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("20 idle sockets for 0.6 s: ")
    assert first.endswith(" 0 descriptors left")
    assert "20 streaming sockets: 20 messages in " in second
    assert ", 0 lost, " in second


def test_recorder_of_a_few_sockets_keeps_all_messages(capsys):
    arguments = ["--idle", "0", "--streaming", "0", "--recorded", "10", "--pause", "0.01", "--minutes", "0.01"]
    assert main(arguments) == 0
    line = capsys.readouterr().out
    assert line.startswith("10 recorded sockets: 200 messages in ")
    assert ", 0 lost, 0 missing in the cassette, " in line


def test_slope_of_a_line():
    assert slope([(0, 5.0), (1, 7.0), (2, 9.0)]) == 2.0
    assert slope([(0, 5.0)]) == 0.0
