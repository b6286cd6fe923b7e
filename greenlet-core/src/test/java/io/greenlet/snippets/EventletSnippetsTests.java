package io.greenlet.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.pool.GreenPool;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EventletSnippetsTests {

    private final AtomicInteger fetched = new AtomicInteger();

    private String fetch(String url) {
        fetched.incrementAndGet();
        return "body of " + url;
    }

    @Test
    void crawler() {
        List<String> urls = List.of("https://example.org/a", "https://example.org/b");
        // @start region="crawler"
        GreenPool pool = new GreenPool(200);
        try (Stream<String> bodies = pool.imap(url -> fetch(url), urls)) {
            bodies.forEach(body -> System.out.println(body.length()));
        }
        // @end
        assertThat(fetched).hasValue(2);
    }
}
