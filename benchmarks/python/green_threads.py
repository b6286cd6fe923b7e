"""What SwitchBenchmark measures, in eventlet: nanoseconds for one sleep(0) among 100 green threads.

Debian: apt-get install python3-eventlet, then /usr/bin/python3 benchmarks/eventlet_switch.py
"""
import time

import eventlet

THREADS = 100
YIELDS = 1_000
ROUNDS = 10


def loop():
    for _ in range(YIELDS):
        eventlet.sleep(0)


def one_round():
    begun = time.perf_counter_ns()
    for thread in [eventlet.spawn(loop) for _ in range(THREADS)]:
        thread.wait()
    return (time.perf_counter_ns() - begun) / (THREADS * YIELDS)


rounds = sorted(one_round() for _ in range(ROUNDS))
print(f"eventlet {eventlet.__version__}: sleep(0) {rounds[ROUNDS // 2]:.0f} ns "
      f"(fastest round {rounds[0]:.0f}, slowest {rounds[-1]:.0f})")
