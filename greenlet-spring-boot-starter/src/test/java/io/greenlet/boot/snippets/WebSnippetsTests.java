package io.greenlet.boot.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.GreenThread;
import io.greenlet.boot.GreenAsync;
import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.async.GreenAsyncAutoConfiguration;
import io.greenlet.boot.reactor.GreenReactor;
import io.greenlet.pool.GreenPool;
import io.greenlet.pool.PoolOptions;
import io.greenlet.pool.TaskOptions;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Scheduler;

/// The examples of docs/web.md.
@Timeout(60)
class WebSnippetsTests {

    @RestController
    static class Quotes {

        private final GreenPool partner = GreenPool.of(PoolOptions.named("partner").withSize(2));
        private final Mono<String> client = Mono.just("quote");
        private final Flux<String> table = Flux.just("a", "b");
        private final Flux<String> addresses = Flux.just("1", "2", "3");

        private String fetch(String address) {
            return "page " + address;
        }

        private String fetchQuote() {
            return "quote";
        }

        private String fetchRate(String currency) {
            return currency + " 1.1";
        }

        String limits() {
            // @start region="limit"
            Mono<String> quote = client.transform(GreenReactor.limit(partner));
            Flux<String> rows = table.transform(GreenReactor.limit(partner, TaskOptions.describedAs("rows")));
            // @end
            return quote.block() + rows.collectList().block();
        }

        String scheduler() {
            // @start region="scheduler"
            Scheduler scheduler = GreenReactor.scheduler(partner);
            Flux<String> pages = addresses.publishOn(scheduler).map(this::fetch); // blocking is fine here
            // @end
            return "" + pages.collectList().block();
        }

        // @start region="controller"
        @GetMapping("/quote")
        GreenThread<String> quote() {
            return partner.submit(this::fetchQuote);
        }
        // @end

        // @start region="timeout"
        @GreenAsync(pool = "partner", timeout = "2s")
        public CompletableFuture<String> rate(String currency) {
            return CompletableFuture.completedFuture(fetchRate(currency));
        }
        // @end
    }

    @Test
    void theExamplesWork() throws Exception {
        Quotes quotes = new Quotes();
        assertThat(quotes.limits()).isEqualTo("quote[a, b]");
        assertThat(quotes.scheduler()).isEqualTo("[page 1, page 2, page 3]");
        assertThat(quotes.quote().await()).isEqualTo("quote");
    }

    @Test
    void theMethodHasItsTimeLimit() {
        new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(GreenPoolAutoConfiguration.class, GreenAsyncAutoConfiguration.class))
                .withPropertyValues("greenlet.pools.partner.size=2").withBean(Quotes.class)
                .run(context -> assertThat(context.getBean(Quotes.class).rate("EUR").get()).isEqualTo("EUR 1.1"));
    }
}
