package io.greenlet.boot.webflux;

import io.netty.channel.EventLoop;
import java.lang.module.ModuleDescriptor.Version;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.http.server.reactive.ServerHttpResponse;
import reactor.core.publisher.Mono;
import reactor.netty.http.server.HttpServerRequest;

/// Begins to handle each request in a turn of its own of its connection's event loop.
///
/// Before 1.3.8, Reactor Netty never reads a connection again once a request that came early has been answered at once:
///
/// ```
///   green thread     answers request 1
///   client           has the answer, sends request 2
///   event loop       reads request 2: early, since it has not ended request 1 yet, so put aside
///   event loop       ends request 1, takes request 2 out, handles it, answers it, ends it
///                    and forgets to read, as the end of request 2 has been put aside still
///   client           sends request 3, and waits for good
/// ```
///
/// An answer written in another thread than the event loop makes for early requests, and that of every green thread is.
/// With a turn in between, nothing is put aside any more when a request is answered.
///
/// See <https://github.com/reactor/reactor-netty/issues/4361>.
final class RequestTurns implements HttpHandler {

    private static final Version MENDED = Version.parse("1.3.8");

    private final HttpHandler handler;

    RequestTurns(HttpHandler handler) {
        this.handler = handler;
    }

    /// Whether a version of Reactor Netty needs this.
    ///
    /// @param version as its jar says; null if it does not
    static boolean areNeeded(@Nullable String version) {
        try {
            return version == null || Version.parse(version).compareTo(MENDED) < 0;
        } catch (IllegalArgumentException e) {
            return true; // costs little where it is not needed
        }
    }

    @Override
    public Mono<Void> handle(ServerHttpRequest request, ServerHttpResponse response) {
        EventLoop loop = loop(request);
        if (loop == null) {
            return handler.handle(request, response);
        }
        return Mono.<Void>create(turn -> loop.execute(turn::success))
                .then(Mono.defer(() -> handler.handle(request, response)));
    }

    private static @Nullable EventLoop loop(ServerHttpRequest request) {
        AtomicReference<@Nullable EventLoop> loop = new AtomicReference<>();
        if (origin(request) instanceof HttpServerRequest netty) {
            netty.withConnection(connection -> loop.set(connection.channel().eventLoop()));
        }
        return loop.get();
    }

    /// The server's own request; null for one that no server has made, such as a mock.
    private static @Nullable Object origin(ServerHttpRequest request) {
        try {
            return ServerHttpRequestDecorator.getNativeRequest(request);
        } catch (IllegalArgumentException | IllegalStateException e) {
            return null;
        }
    }
}
