package io.greenlet.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.GreenThread;
import io.greenlet.boot.async.GreenAsyncAutoConfiguration;
import io.greenlet.pool.GreenPool;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.aot.test.generate.TestGenerationContext;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.test.tools.CompileWithForkedClassLoader;
import org.springframework.core.test.tools.TestCompiler;

/// A context written out ahead of time: the pools are those of the build, their settings those of the run.
@Timeout(60)
@CompileWithForkedClassLoader
public class AheadOfTimeTests {

    /// What the application defines.
    public static class App {

        /// A bean with a proxy.
        ///
        /// @return the bean
        @Bean
        public Service service() {
            return new Service();
        }
    }

    /// A bean with a proxy.
    public static class Service {

        /// Returns the green thread that it runs in.
        ///
        /// @return its name
        @GreenAsync("crawler")
        public CompletableFuture<String> current() {
            return CompletableFuture.completedFuture(GreenThread.current().map(GreenThread::name).orElse("none"));
        }
    }

    private static void set(ConfigurableEnvironment environment, Map<String, Object> properties) {
        environment.getPropertySources().addFirst(new MapPropertySource("test", properties));
    }

    private static void compiled(Map<String, Object> atBuild, Map<String, Object> atRun,
            Consumer<GenericApplicationContext> test) {
        AnnotationConfigApplicationContext build = new AnnotationConfigApplicationContext();
        set(build.getEnvironment(), atBuild);
        build.register(App.class, GreenPoolAutoConfiguration.class, GreenAsyncAutoConfiguration.class);
        TestGenerationContext generation = new TestGenerationContext();
        new ApplicationContextAotGenerator().processAheadOfTime(build, generation);
        generation.writeGeneratedContent();
        TestCompiler.forSystem().with(generation).compile(compiled -> {
            try (GenericApplicationContext context = new GenericApplicationContext()) {
                set(context.getEnvironment(), atRun);
                initializer(compiled.getInstance(ApplicationContextInitializer.class)).initialize(context);
                context.refresh();
                test.accept(context);
            }
        });
    }

    @SuppressWarnings("unchecked") // the generated one takes this type
    private static ApplicationContextInitializer<GenericApplicationContext> initializer(
            ApplicationContextInitializer<?> generated) {
        return (ApplicationContextInitializer<GenericApplicationContext>) generated;
    }

    @Test
    void poolsAndAsyncMethodsWork() {
        compiled(Map.of("greenlet.pools.crawler.size", 3), Map.of("greenlet.pools.crawler.size", 5), context -> {
            GreenPool crawler = context.getBean("crawler", GreenPool.class);
            assertThat(crawler.size()).isEqualTo(5);
            assertThat(context.getBean(Service.class).current().join()).startsWith("crawler-");
            assertThat(context.getBean(GreenPools.class).names()).containsExactly("crawler", "default");
            context.close();
            assertThat(crawler.isClosed()).isTrue();
        });
    }
}
