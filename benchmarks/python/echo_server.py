"""An echo server of eventlet or gevent: says `port <n>` and serves until its input ends. Echo.java starts it.

/usr/bin/python3 benchmarks/python/echo_server.py eventlet|gevent
"""
import resource
import socket
import sys

BACKLOG = 1024


def echo(connection, *_):
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        while data := connection.recv(256):
            connection.sendall(data)
    except ConnectionError:
        pass
    finally:
        connection.close()


def serve_eventlet():
    import eventlet
    import eventlet.tpool

    listener = eventlet.listen(("127.0.0.1", 0), backlog=BACKLOG)
    eventlet.spawn_n(eventlet.serve, listener, echo, concurrency=20_000)
    print("port", listener.getsockname()[1], flush=True)
    eventlet.tpool.execute(sys.stdin.read)


def serve_gevent():
    import gevent
    import gevent.server

    server = gevent.server.StreamServer(("127.0.0.1", 0), echo, backlog=BACKLOG)
    server.start()
    print("port", server.server_port, flush=True)
    gevent.get_hub().threadpool.apply(sys.stdin.read)


soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
{"eventlet": serve_eventlet, "gevent": serve_gevent}[sys.argv[1]]()
