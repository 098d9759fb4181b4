# SQLiteSession of the OpenAI Agents SDK for Python: each line of stdin asks for a measurement, each of stdout is a median in milliseconds.
import asyncio, json, statistics, sys, time
from agents import SQLiteSession


async def turns(name, times, each, items):
    """Turns of conversations of `each` turns: all items are read, and `items` added."""
    took = []
    for n in range(times):
        if n % each == 0:
            session = SQLiteSession(f"{name} {n}", sys.argv[1])
        begin = time.perf_counter()
        assert len(await session.get_items()) == n % each * len(items)
        await session.add_items(items)
        took.append(time.perf_counter() - begin)
    return took


async def loads(name, times, items):
    """Loads of one conversation."""
    session, took = SQLiteSession(name, sys.argv[1]), []
    if not await session.get_items(1):
        await session.add_items(items)
    for _ in range(times):
        begin = time.perf_counter()
        assert len(await session.get_items()) == len(items)
        took.append(time.perf_counter() - begin)
    return took


async def main():
    for line in sys.stdin:
        asked = json.loads(line)
        measure = {"turns": turns, "loads": loads}[asked.pop("what")]
        print(statistics.median(await measure(**asked)) * 1000, flush=True)


asyncio.run(main())
