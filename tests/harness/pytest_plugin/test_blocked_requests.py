"""What a test meets that connects elsewhere, with a wire and without."""


def test_network_is_blocked_and_the_error_names_url_and_test(apart):
    apart.write("""
    import socket
    import curl_cffi


    @pytest.fixture
    def other():
        with socket.create_server(("127.0.0.1", 0)) as listener:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/private?token=secret"


    def test_curl(wire, other):
        curl_cffi.get(other, timeout=3)


    @pytest.mark.block_network
    def test_without_a_wire(other):
        curl_cffi.get(other, timeout=3)


    @pytest.mark.block_network(allowed_hosts=["127[.]0[.]0[.]1"])
    def test_allowed(other):
        with pytest.raises(curl_cffi.exceptions.Timeout):
            curl_cffi.get(other, timeout=0.2)
    """)
    result = apart.run()
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(["*NetworkBlockedError: http://127.0.0.1:*/private is blocked*test_it.py::test_curl*"])
    assert "token=secret" not in "".join(line for line in result.stdout.lines if line.startswith("E "))
    apart.run("--allowed-hosts=127.0.0.1", "-k", "allowed").assert_outcomes(passed=1, deselected=2)


def test_block_network_is_for_all_tests_but_live_ones(apart):
    apart.write("""
    import socket


    def connect():
        with socket.create_server(("127.0.0.1", 0)) as other:
            socket.create_connection(other.getsockname()).close()


    def test_plain():
        connect()


    @pytest.mark.live
    def test_live():
        connect()
    """)
    apart.run().assert_outcomes(passed=2)
    apart.run("--block-network").assert_outcomes(passed=1, failed=1)
