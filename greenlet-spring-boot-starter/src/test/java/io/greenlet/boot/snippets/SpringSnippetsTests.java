package io.greenlet.boot.snippets;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.boot.GreenAsync;
import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.async.GreenAsyncAutoConfiguration;
import io.greenlet.pool.GreenPool;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.config.YamlPropertiesFactoryBean;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.core.io.ByteArrayResource;

@Timeout(60)
class SpringSnippetsTests {

    private static final Pattern YAML_BLOCK = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);

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
        Properties shown = yamlOf(page);
        new ApplicationContextRunner()
                .withConfiguration(
                        AutoConfigurations.of(GreenPoolAutoConfiguration.class, GreenAsyncAutoConfiguration.class))
                .withPropertyValues(
                        shown.entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue())
                                .toArray(String[]::new))
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

    private static Properties yamlOf(String page) throws IOException {
        String text = Files.readString(Path.of("..", page));
        List<String> blocks = YAML_BLOCK.matcher(text).results().map(found -> found.group(1)).toList();
        assertThat(blocks).hasSize(1);
        YamlPropertiesFactoryBean yaml = new YamlPropertiesFactoryBean();
        yaml.setResources(new ByteArrayResource(blocks.getFirst().getBytes(UTF_8)));
        return java.util.Objects.requireNonNull(yaml.getObject());
    }
}
