package io.greenlet.boot.webflux;

import io.greenlet.boot.web.GreenWebProperties;
import io.greenlet.boot.web.Rejections;
import io.greenlet.pool.RejectedSubmission;

import org.springframework.core.Ordered;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.web.server.ResponseStatusException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import reactor.core.publisher.Mono;

/// Gives a request that a pool has rejected its status, and leaves the answer's body to the handlers after it, of which
/// Spring Boot's writes that of every error. An `@ExceptionHandler` of the application has had its turn by then.
final class RejectedRequestHandler implements WebExceptionHandler, Ordered {

    private static final int BEFORE_SPRING_BOOT = -2;

    private final GreenWebProperties properties;

    RejectedRequestHandler(GreenWebProperties properties) {
        this.properties = properties;
    }

    @Override
    public int getOrder() {
        return BEFORE_SPRING_BOOT;
    }

    @Override
    public Mono<Void> handle(ServerWebExchange exchange, Throwable failure) {
        RejectedSubmission rejection = Rejections.find(failure);
        if (rejection == null || exchange.getResponse().isCommitted()) {
            return Mono.error(failure);
        }
        String seconds = properties.retryAfterSeconds();
        if (seconds != null) {
            exchange.getResponse().getHeaders().set(HttpHeaders.RETRY_AFTER, seconds);
        }
        return Mono.error(new ResponseStatusException(HttpStatusCode.valueOf(properties.rejectedStatus()),
                rejection.getMessage(), rejection));
    }
}
