package io.greenlet.boot.snippets;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.boot.context.GreenContextAutoConfiguration;
import io.greenlet.boot.context.GreenContextPropagationAutoConfiguration;
import io.greenlet.boot.observation.GreenObservationAutoConfiguration;
import io.greenlet.boot.observation.GreenRunConvention;
import io.greenlet.boot.observation.GreenTaskContext;
import io.greenlet.pool.GreenPool;
import io.micrometer.context.ContextRegistry;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationHandler;
import io.micrometer.observation.ObservationRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.config.YamlPropertiesFactoryBean;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.core.task.TaskDecorator;

@Timeout(60)
class ContextSnippetsTests {

    private static final Pattern YAML_BLOCK = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);
    private static final ScopedValue<String> CURRENT_TENANT = ScopedValue.newInstance();

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(GreenPoolAutoConfiguration.class, GreenContextAutoConfiguration.class,
                            GreenContextPropagationAutoConfiguration.class, GreenObservationAutoConfiguration.class));

    // @start region="tenant"
    static final ThreadLocal<String> TENANT = new ThreadLocal<>();

    static void register() {
        ContextRegistry.getInstance().registerThreadLocalAccessor("tenant", TENANT);
    }
    // @end

    @Configuration(proxyBeanMethods = false)
    static class Decorating {

        // @start region="decorator"
        @Bean
        TaskDecorator tenants() {
            return body -> {
                String tenant = TENANT.get(); // in the spawner
                return () -> ScopedValue.where(CURRENT_TENANT, tenant).run(body); // in the task
            };
        }
        // @end
    }

    @Configuration(proxyBeanMethods = false)
    static class Observing {

        // @start region="convention"
        @Bean
        GreenRunConvention spans() {
            return new GreenRunConvention() {
                @Override
                public String getContextualName(GreenTaskContext.Run context) {
                    return "task of " + context.pool().name();
                }
            };
        }
        // @end
    }

    @Test
    void aRegisteredThreadLocalArrives() {
        register();
        try {
            runner.run(context -> {
                TENANT.set("acme");
                assertThat(context.getBean(GreenPool.class).spawn(TENANT::get).await()).isEqualTo("acme");
            });
        } finally {
            TENANT.remove();
            ContextRegistry.getInstance().removeThreadLocalAccessor("tenant");
        }
    }

    @Test
    void aDecoratorCarriesAScopedValue() {
        runner.withUserConfiguration(Decorating.class).run(context -> {
            TENANT.set("acme");
            try {
                assertThat(context.getBean(GreenPool.class).spawn(CURRENT_TENANT::get).await()).isEqualTo("acme");
            } finally {
                TENANT.remove();
            }
        });
    }

    @Test
    void theYamlSwitchesObservationsOnAndAConventionNamesTheSpan() throws IOException {
        List<String> yaml = yaml("docs/context-and-metrics.md");
        assertThat(yaml).hasSize(2).last().asString().contains("percentiles-histogram.greenlet.pool: true");
        BlockingQueue<String> spans = new LinkedBlockingQueue<>();
        runner.withPropertyValues(properties(yaml.getFirst())).withUserConfiguration(Observing.class)
                .withBean(ObservationRegistry.class, () -> {
                    ObservationRegistry registry = ObservationRegistry.create();
                    registry.observationConfig().observationHandler(new ObservationHandler<>() {
                        @Override
                        public void onStop(Observation.Context context) {
                            spans.add(String.valueOf(context.getContextualName()));
                        }

                        @Override
                        public boolean supportsContext(Observation.Context context) {
                            return true;
                        }
                    });
                    return registry;
                }).run(context -> {
                    context.getBean(GreenPool.class).spawn(() -> 1).await();
                    assertThat(spans).containsExactly("task of default");
                });
    }

    private static List<String> yaml(String page) throws IOException {
        return YAML_BLOCK.matcher(Files.readString(Path.of("..", page))).results().map(found -> found.group(1))
                .toList();
    }

    private static String[] properties(String yaml) {
        YamlPropertiesFactoryBean reader = new YamlPropertiesFactoryBean();
        reader.setResources(new ByteArrayResource(yaml.getBytes(UTF_8)));
        Properties read = Objects.requireNonNull(reader.getObject());
        return read.entrySet().stream().map(entry -> entry.getKey() + "=" + entry.getValue()).toArray(String[]::new);
    }
}
