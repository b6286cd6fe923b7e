package io.greenlet.sample.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.http.server.reactive.MockServerHttpResponse;
import org.springframework.web.reactive.function.server.RouterFunctions;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

@Timeout(120)
class DocumentationSiteTests {

    private static final String LARGE = "org/assertj/core/api/Assertions.html";
    private static final int READS = 150;

    private final HttpHandler site;

    DocumentationSiteTests() throws IOException {
        site = RouterFunctions.toHttpHandler(new DocumentationSite().documentation());
    }

    /// Asks for the page and gives the answer, once it is there.
    private Mono<MockServerHttpResponse> ask() {
        return Mono.defer(() -> {
            MockServerHttpResponse response = new MockServerHttpResponse();
            return site.handle(MockServerHttpRequest.get("/site/" + LARGE).build(), response).thenReturn(response);
        }).subscribeOn(Schedulers.boundedElastic());
    }

    private byte[] page() {
        MockServerHttpResponse response = Objects.requireNonNull(ask().block());
        assertThat(response.getStatusCode()).isEqualTo(HttpStatus.OK);
        assertThat(response.getHeaders().getContentType()).isEqualTo(MediaType.TEXT_HTML);
        byte[] page = new byte[(int) response.getHeaders().getContentLength()];
        DataBufferUtils.join(response.getBody()).doOnNext(buffer -> {
            buffer.read(page);
            DataBufferUtils.release(buffer);
        }).block();
        return page;
    }

    /// Hangs up in the middle of the page, again and again.
    private void hangUp(AtomicBoolean enough, long nanos) {
        while (!enough.get()) {
            Disposable request = ask().subscribe();
            LockSupport.parkNanos(nanos);
            request.dispose();
        }
    }

    @Test
    void aClientThatHangsUpSpoilsNobodysPage() throws Exception {
        byte[] expected = new ClassPathResource(LARGE).getContentAsByteArray();
        AtomicBoolean enough = new AtomicBoolean();
        try (ExecutorService clients = Executors.newCachedThreadPool()) {
            List<Future<?>> rude = new ArrayList<>();
            for (int client = 1; client <= 4; client++) {
                long nanos = client * 300_000L;
                rude.add(clients.submit(() -> hangUp(enough, nanos)));
            }
            try {
                for (int read = 0; read < READS; read++) {
                    assertThat(page()).isEqualTo(expected);
                }
            } finally {
                enough.set(true);
            }
            for (Future<?> client : rude) {
                client.get();
            }
        }
    }
}
