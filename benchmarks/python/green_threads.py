"""What the JMH classes measure, in eventlet or gevent: nanoseconds for each task, item, hand-off or switch, and bytes.

Debian: apt-get install python3-eventlet python3-gevent, then
/usr/bin/python3 benchmarks/python/green_threads.py eventlet|gevent true|false RESULT.json    (true: quickly)
"""
import gc
import json
import os
import platform
import sys
import time


class Eventlet:
    def __init__(self):
        import eventlet
        import eventlet.event
        import eventlet.hubs
        import eventlet.queue
        import eventlet.semaphore

        self.version = eventlet.__version__
        self.sleep = eventlet.sleep
        self.event = eventlet.event.Event
        self.send = eventlet.event.Event.send
        self.wait_for = eventlet.event.Event.wait
        self.semaphore = eventlet.semaphore.Semaphore
        self.spawn = eventlet.spawn
        self.result = lambda thread: thread.wait()
        self.pool = eventlet.GreenPool
        self.spawn_n = lambda pool, body: pool.spawn_n(body)
        self.pool_spawn = lambda pool, body: pool.spawn(body)
        self.wait_all = lambda pool: pool.waitall()
        self.imap = lambda pool, function, items: pool.imap(function, items)
        self.queue = eventlet.queue.LightQueue  # of zero: a rendezvous
        self.hub = eventlet.hubs.get_hub

    def set_timer(self):
        return self.hub().schedule_call_global(60, int)

    def cancel_timer(self, timer):
        timer.cancel()


class Gevent:
    def __init__(self):
        import gevent
        import gevent.event
        import gevent.lock
        import gevent.pool
        import gevent.queue

        self.version = gevent.__version__
        self.sleep = gevent.sleep
        self.event = gevent.event.AsyncResult
        self.send = gevent.event.AsyncResult.set
        self.wait_for = gevent.event.AsyncResult.get
        self.semaphore = gevent.lock.Semaphore
        self.spawn = gevent.spawn
        self.result = lambda thread: thread.get()
        self.pool = gevent.pool.Pool
        self.spawn_n = lambda pool, body: pool.spawn(body)
        self.pool_spawn = lambda pool, body: pool.spawn(body)
        self.wait_all = lambda pool: pool.join()
        self.imap = lambda pool, function, items: pool.imap(function, items)
        self.queue = lambda size: gevent.queue.Queue(size) if size else gevent.queue.Channel()
        self.hub = gevent.get_hub

    def set_timer(self):
        timer = self.hub().loop.timer(60)
        timer.start(int)
        return timer

    def cancel_timer(self, timer):
        timer.stop()
        timer.close()


def check(value, must_be):
    if value != must_be:
        raise AssertionError(f"result must be {must_be}: {value}")


def timed(count, work):
    begun = time.perf_counter_ns()
    work()
    return (time.perf_counter_ns() - begun) / count


def spawn(lib, size, count, body):
    pool = lib.pool(size)
    ran = []

    def counted():
        body()
        ran.append(None)

    def work():
        for _ in range(count):
            lib.spawn_n(pool, counted)
        lib.wait_all(pool)

    nanos = timed(count, work)
    check(len(ran), count)
    return nanos


def spawn_and_wait(lib, batch, count):
    pool = lib.pool(1_000)

    def work():
        for _ in range(count // batch):
            for thread in [lib.pool_spawn(pool, lambda: 1) for _ in range(batch)]:
                check(lib.result(thread), 1)

    return timed(count, work)


def imap(lib, slow, count):
    def function(item):
        if slow and item % (100 // slow) == 0:
            lib.sleep(0.002)
        return item + 1

    def work():
        check(sum(lib.imap(lib.pool(1_000), function, range(count))), count * (count + 1) // 2)

    return timed(count, work)


def queue(lib, capacity, count):
    line = lib.queue(capacity)

    def put():
        for item in range(count):
            line.put(item)

    def work():
        taker = lib.spawn(lambda: sum(line.get() for _ in range(count)))
        putter = lib.spawn(put)
        check(lib.result(taker), count * (count - 1) // 2)
        lib.result(putter)

    return timed(count, work)


def event(lib, count):
    """Ping-pong: each hand-off goes through a fresh event."""
    pings = [lib.event() for _ in range(count // 2)]
    pongs = [lib.event() for _ in range(count // 2)]

    def answer():
        for ping, pong in zip(pings, pongs):
            lib.send(pong, lib.wait_for(ping) + 1)

    def work():
        thread = lib.spawn(answer)
        for i, (ping, pong) in enumerate(zip(pings, pongs)):
            lib.send(ping, i)
            check(lib.wait_for(pong), i + 1)
        lib.result(thread)

    return timed(count, work)


def uncontended(lib, count):
    semaphore = lib.semaphore(1)

    def work():
        for _ in range(count):
            semaphore.acquire()
            semaphore.release()

    return timed(count, work)


def contended(lib, count):
    semaphore = lib.semaphore(2)

    def loop():
        for _ in range(count // 10):
            semaphore.acquire()
            lib.sleep(0)
            semaphore.release()

    def work():
        for thread in [lib.spawn(loop) for _ in range(10)]:
            lib.result(thread)

    return timed(count, work)


def switch(lib, count):
    def loop():
        for _ in range(count // 100):
            lib.sleep(0)

    def work():
        for thread in [lib.spawn(loop) for _ in range(100)]:
            lib.result(thread)

    return timed(count, work)


def timers(lib, pending, count):
    others = [lib.set_timer() for _ in range(pending)]

    def work():
        for _ in range(count):
            lib.cancel_timer(lib.set_timer())

    nanos = timed(count, work)
    for timer in others:
        lib.cancel_timer(timer)
    return nanos


def resident():
    gc.collect()
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def footprint(lib, count):
    """Resident bytes for a green thread that waits for an event, in a pool."""
    gate = lib.event()

    def wait():
        lib.wait_for(gate)

    pool = lib.pool(count)
    before = resident()
    for _ in range(count):
        lib.spawn_n(pool, wait)
    lib.sleep(0)
    lib.sleep(0)
    held = resident() - before
    lib.send(gate, None)
    lib.wait_all(pool)
    return held / count


def works(quick):
    less = 10 if quick else 1
    # First, while nothing that was freed can be used again.
    yield "footprint", {}, "bytes", lambda lib: footprint(lib, 100_000 // less)
    yield "spawnFree", {}, "ns", lambda lib: spawn(lib, 1_000_000, 10_000, lambda: None)
    yield "spawnThousand", {}, "ns", lambda lib: spawn(lib, 1_000, 10_000, lambda: None)
    yield "spawnFull", {}, "ns", lambda lib: spawn(lib, 1_000, 20_000, lambda: lib.sleep(0.001))
    for batch in 1, 100:
        yield "spawnAndWait", {"batch": batch}, "ns", lambda lib: spawn_and_wait(lib, batch, 10_000)
    for slow in 0, 5:
        yield "imap", {"slow": slow}, "ns", lambda lib: imap(lib, slow, 100_000 // less)
    for capacity in 0, 10, 1_000:
        yield "queue", {"capacity": capacity}, "ns", lambda lib: queue(lib, capacity, 50_000 // less)
    yield "event", {}, "ns", lambda lib: event(lib, 50_000 // less)
    yield "semaphoreUncontended", {}, "ns", lambda lib: uncontended(lib, 200_000 // less)
    yield "semaphoreContended", {}, "ns", lambda lib: contended(lib, 50_000 // less)
    yield "switch", {}, "ns", lambda lib: switch(lib, 100_000 // less)
    for pending in 0, 10_000:
        yield "timers", {"pending": pending}, "ns", lambda lib: timers(lib, pending, 50_000 // less)


def main(name, quick, file):
    lib = {"eventlet": Eventlet, "gevent": Gevent}[name]()
    series, failures = [], []
    for work, parameters, unit, measure in works(quick):
        try:
            values = [measure(lib) for _ in range(1 if unit == "bytes" or quick else 3)]
            texts = {key: str(value) for key, value in parameters.items()}
            series.append({"subject": name, "parameters": {"work": work, **texts}, "unit": unit, "rounds": [values]})
        except Exception as error:
            failures.append(f"{name}, {work} {parameters}: {error!r}")
    versions = {name: lib.version, "Python": platform.python_version()}
    with open(file, "w") as out:
        json.dump({"topic": "", "begun": "", "seconds": 0, "commit": "", "versions": versions,
                   "series": series, "failures": failures}, out)


main(sys.argv[1], sys.argv[2] == "true", sys.argv[3])
