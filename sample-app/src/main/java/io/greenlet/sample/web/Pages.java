package io.greenlet.sample.web;

import io.greenlet.GreenThread;
import io.greenlet.boot.GreenAsync;
import io.greenlet.sample.crawl.Fetcher;
import java.net.URI;
import java.time.Duration;
import org.springframework.stereotype.Service;

/// Looks at single pages in the slots of the checks. Not final: the annotation needs a proxy.
@Service
class Pages {

    private static final Duration LIMIT = Duration.ofSeconds(10);

    private final Fetcher fetcher;

    Pages(Fetcher fetcher) {
        this.fetcher = fetcher;
    }

    /// Looks at a page, in a green thread of the pool. The caller gets the handle at once.
    @GreenAsync(pool = "crawler", timeout = "15s")
    GreenThread<PageLook> look(URI page) throws InterruptedException {
        return GreenThread.completed(lookHere(page));
    }

    /// Looks at a page in the calling thread, which blocks.
    PageLook lookHere(URI page) throws InterruptedException {
        return PageLook.of(fetcher.visit(page, LIMIT));
    }
}
