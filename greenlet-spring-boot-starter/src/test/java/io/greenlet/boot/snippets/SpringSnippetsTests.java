package io.greenlet.boot.snippets;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.boot.GreenAsync;
import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.async.GreenAsyncAutoConfiguration;
import io.greenlet.pool.GreenPool;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

@Timeout(60)
class SpringSnippetsTests {

    static class Titles {

        private static String fetch(URI page) {
            return Thread.currentThread().getName() + " has read " + page;
        }

        // @start region="green-async"
        @GreenAsync("crawler")
        public CompletableFuture<String> title(URI page) {
            return CompletableFuture.completedFuture(fetch(page)); // blocking is fine here
        }
        // @end
    }

    @ParameterizedTest
    @ValueSource(strings = {"README.md", "docs/spring.md"})
    void theYamlMakesThePoolThatTheMethodRunsIn(String page) throws IOException {
        new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(GreenPoolAutoConfiguration.class, GreenAsyncAutoConfiguration.class))
                .withPropertyValues(Pages.yaml(page))
                .withBean(Titles.class).run(context -> {
                    assertThat(context).hasNotFailed();
                    GreenPool crawler = context.getBean("crawler", GreenPool.class);
                    assertThat(crawler.size()).isEqualTo(200);
                    assertThat(crawler.options().maxWait()).isEqualTo(Duration.ofMillis(500));
                    assertThat(crawler.options().taskTimeout()).isEqualTo(Duration.ofSeconds(2));
                    assertThat(context.getBean(Titles.class).title(URI.create("http://here/")).get())
                            .isEqualTo("crawler has read http://here/");
                });
    }
}
