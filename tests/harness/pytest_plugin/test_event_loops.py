"""Clients of a wire in asyncio, anyio and trio, and without pytest-asyncio."""


def test_sync_client_in_an_async_test_does_not_wait_for_itself(inner):
    inner.write("""
    @pytest.mark.cassette("talk")
    async def test_sync_in_async(copilot):
        assert copilot.chat("Hello").text


    @pytest.mark.cassette("talk")
    async def test_async(async_copilot):
        assert (await async_copilot.chat("Hello").read()).text
    """)
    inner.record()
    inner.run().assert_outcomes(passed=2)


def test_strict_asyncio_anyio_and_trio_run_side_by_side(apart):
    apart.write("""
    import trio


    @pytest.mark.asyncio
    async def test_asyncio(async_copilot):
        assert (await async_copilot.chat("Hello").read()).text


    @pytest.mark.anyio
    @pytest.mark.parametrize("anyio_backend", ["asyncio"])
    async def test_anyio(anyio_backend, async_copilot):
        assert (await async_copilot.chat("Hello").read()).text


    @pytest.mark.anyio
    @pytest.mark.parametrize("anyio_backend", ["trio"])
    async def test_trio(anyio_backend, copilot):
        assert await trio.to_thread.run_sync(lambda: copilot.chat("Hello").text)


    def test_trio_alone(copilot):
        async def main():
            return copilot.chat("Hello").text

        assert trio.run(main)
    """)
    apart.run("-p", "anyio", "-o", "asyncio_mode=strict").assert_outcomes(passed=4)


def test_without_pytest_asyncio_the_sync_half_works(inner):
    inner.write("def test_it(copilot): assert copilot.chat('Hi').text")
    (inner.folder / "tox.ini").write_text("[pytest]\n")
    inner.run("-p", "no:asyncio").assert_outcomes(passed=1)
