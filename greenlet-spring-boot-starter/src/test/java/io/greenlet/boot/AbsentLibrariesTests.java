package io.greenlet.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.GreenThread;
import io.greenlet.boot.actuate.GreenPoolsEndpointAutoConfiguration;
import io.greenlet.boot.async.GreenAsyncAutoConfiguration;
import io.greenlet.boot.context.GreenContextAutoConfiguration;
import io.greenlet.boot.context.GreenContextPropagationAutoConfiguration;
import io.greenlet.boot.context.GreenMdcAutoConfiguration;
import io.greenlet.boot.health.GreenPoolsHealthAutoConfiguration;
import io.greenlet.boot.metrics.GreenPoolMetricsAutoConfiguration;
import io.greenlet.boot.observation.GreenObservationAutoConfiguration;
import io.greenlet.boot.watchdog.GreenWatchdogAutoConfiguration;
import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/// The starter without each of the libraries that it can use, and without all of them.
@Timeout(30)
public class AbsentLibrariesTests {

    private static final String ENDPOINT = "greenPoolsEndpoint";

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(
                    AutoConfigurations.of(GreenPoolAutoConfiguration.class, GreenAsyncAutoConfiguration.class,
                            GreenPoolsEndpointAutoConfiguration.class, GreenPoolMetricsAutoConfiguration.class,
                            GreenContextAutoConfiguration.class, GreenContextPropagationAutoConfiguration.class,
                            GreenMdcAutoConfiguration.class, GreenObservationAutoConfiguration.class,
                            GreenWatchdogAutoConfiguration.class, GreenPoolsHealthAutoConfiguration.class))
            .withPropertyValues("greenlet.pools.api.size=2", "management.endpoints.web.exposure.include=*",
                    "greenlet.observations.enabled=true")
            .withBean(Service.class);

    /// Public, so that a proxy in another class loader may extend it.
    public static class Service {

        /// Returns the green thread that it runs in.
        ///
        /// @return its name
        @GreenAsync("api")
        public CompletableFuture<String> current() {
            return CompletableFuture.completedFuture(GreenThread.current().map(GreenThread::name).orElse("none"));
        }
    }

    private ApplicationContextRunner without(String... packages) {
        return runner.withClassLoader(new FilteredClassLoader(packages));
    }

    private void works(ApplicationContextRunner runner, boolean endpoint) {
        runner.run(context -> {
            assertThat(context).hasNotFailed();
            assertThat(context.getBean(GreenPools.class).names()).containsExactly("api", "default");
            assertThat(context.getBean(Service.class).current().get()).startsWith("api-");
            assertThat(context.containsBean(ENDPOINT)).isEqualTo(endpoint);
        });
    }

    @Test
    void withoutTheActuator() {
        works(without("org.springframework.boot.actuate"), false);
    }

    @Test
    void withoutMicrometer() {
        works(without("io.micrometer", "org.springframework.boot.micrometer"), true);
    }

    @Test
    void withoutTheMetricsOfSpringBoot() {
        works(without("org.springframework.boot.micrometer"), true);
    }

    @Test
    void withoutContextPropagation() {
        works(without("io.micrometer.context"), true);
    }

    @Test
    void withoutSlf4j() {
        works(without("org.slf4j"), true);
    }

    @Test
    void withoutSpringSecurity() {
        works(without("org.springframework.security"), true);
    }

    @Test
    void withoutReactor() {
        works(without("reactor", "org.reactivestreams"), true);
    }

    @Test
    void withoutWebFlux() {
        works(without("org.springframework.web", "org.springframework.boot.webflux"), true);
    }

    @Test
    void withoutHealth() {
        works(without("org.springframework.boot.health"), true);
    }

    @Test
    void withoutJackson() {
        works(without("com.fasterxml.jackson", "tools.jackson"), true);
    }

    @Test
    void withoutAllOfThem() {
        works(without("org.springframework.boot.actuate", "io.micrometer", "org.springframework.boot.micrometer",
                "reactor", "org.reactivestreams", "org.springframework.web", "org.springframework.boot.webflux",
                "org.springframework.boot.health", "com.fasterxml.jackson", "tools.jackson"), false);
    }

    @Test
    void withAllOfThem() {
        works(runner, true);
    }

    /// Starts [IsolatedApp] with the jars of this class path that do not match: nothing that they need may be missed.
    private static String run(String absent) throws Exception {
        return run(absent, IsolatedApp.class);
    }

    private static String run(String absent, Class<? extends Callable<String>> isolated) throws Exception {
        List<URL> path = new ArrayList<>();
        Pattern pattern = Pattern.compile(absent);
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            if (!pattern.matcher(Path.of(entry).getFileName().toString()).find()) {
                path.add(Path.of(entry).toUri().toURL());
            }
        }
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader loader = new URLClassLoader(path.toArray(URL[]::new),
                ClassLoader.getPlatformClassLoader())) {
            thread.setContextClassLoader(loader);
            Object app = loader.loadClass(isolated.getName()).getConstructor().newInstance();
            return (String) ((Callable<?>) app).call();
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    @Test
    void anApplicationStartsWithAllJars() throws Exception {
        assertThat(run("nothing")).isEqualTo("default meters");
    }

    @Test
    void anApplicationStartsWithoutTheJarsOfReactor() throws Exception {
        assertThat(run("reactor|reactive-streams|webflux")).isEqualTo("default meters");
    }

    @Test
    void anApplicationStartsWithoutTheJarsOfMicrometer() throws Exception {
        assertThat(run("micrometer|context-propagation")).isEqualTo("default");
    }

    @Test
    void anApplicationStartsWithoutTheJarsOfContextPropagationAndSecurity() throws Exception {
        assertThat(run("context-propagation|security")).isEqualTo("default meters");
    }

    @Test
    void anApplicationStartsWithoutTheJarsOfTheActuator() throws Exception {
        assertThat(run("actuator|health")).isEqualTo("default meters");
    }

    @Test
    void anApplicationStartsWithoutTheJarsOfSpringCloud() throws Exception {
        assertThat(run("spring-cloud")).isEqualTo("default meters");
    }

    @Test
    void anApplicationStartsWithoutAnyOfThem() throws Exception {
        assertThat(
                run("reactor|reactive-streams|webflux|spring-web|netty|micrometer|context-propagation|actuator|health"
                        + "|jackson"))
                .isEqualTo("default");
    }

    @Test
    void anApplicationStartsWithoutTheJarsOfTests() throws Exception {
        assertThat(run("junit|spring-test|spring-boot-test|opentest4j|assertj")).isEqualTo("default meters");
    }

    @Test
    void testsOfGreenThreadsNeedNoJarsOfSpringTests() throws Exception {
        assertThat(run("spring-test|spring-boot-test", IsolatedTestRun.class)).isEqualTo("1 succeeded");
    }
}
