package io.greenlet.boot;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.boot.actuate.GreenPoolsEndpoint;
import io.greenlet.boot.actuate.GreenPoolsEndpointAutoConfiguration;
import io.greenlet.boot.async.GreenAsyncAutoConfiguration;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.aot.hint.RuntimeHints;
import org.springframework.aot.hint.predicate.RuntimeHintsPredicates;
import org.springframework.aot.test.generate.TestGenerationContext;
import org.springframework.boot.actuate.autoconfigure.endpoint.EndpointAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointAutoConfiguration;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.aot.ApplicationContextAotGenerator;
import org.springframework.core.env.MapPropertySource;

/// What the context says ahead of time that it will reach by reflection.
@Timeout(60)
class RuntimeHintsTests {

    @SuppressWarnings("NullAway.Init") // before all tests
    private static RuntimeHints hints;

    /// What the application defines.
    static class App {

        @Bean
        Service service() {
            return new Service();
        }
    }

    /// A bean with a proxy.
    static class Service {

        @GreenAsync("crawler")
        public CompletableFuture<String> title() {
            return CompletableFuture.completedFuture("");
        }
    }

    @BeforeAll
    static void process() {
        TestGenerationContext generation = new TestGenerationContext();
        try (AnnotationConfigApplicationContext build = new AnnotationConfigApplicationContext()) {
            build.getEnvironment().getPropertySources().addFirst(new MapPropertySource("test",
                    Map.of("greenlet.pools.crawler.size", 3, "management.endpoints.web.exposure.include", "*")));
            build.register(App.class, GreenPoolAutoConfiguration.class, GreenAsyncAutoConfiguration.class,
                    EndpointAutoConfiguration.class, WebEndpointAutoConfiguration.class,
                    GreenPoolsEndpointAutoConfiguration.class);
            new ApplicationContextAotGenerator().processAheadOfTime(build, generation);
        }
        hints = generation.getRuntimeHints();
    }

    /// The records that a type names, in their components too.
    private static Set<Class<?>> records(Type type, Set<Class<?>> found) {
        if (type instanceof ParameterizedType generic) {
            for (Type argument : generic.getActualTypeArguments()) {
                records(argument, found);
            }
        } else if (type instanceof Class<?> record && record.isRecord() && found.add(record)) {
            for (RecordComponent component : components(record)) {
                records(component.getGenericType(), found);
            }
        }
        return found;
    }

    private static RecordComponent[] components(Class<?> record) {
        return Objects.requireNonNull(record.getRecordComponents());
    }

    @Test
    void answersOfTheEndpointsCanBeWritten() {
        Set<Class<?>> answers = new LinkedHashSet<>();
        for (Method method : GreenPoolsEndpoint.class.getMethods()) {
            if (method.isAnnotationPresent(ReadOperation.class)) {
                records(method.getGenericReturnType(), answers);
            }
        }
        assertThat(answers).hasSizeGreaterThanOrEqualTo(4).allSatisfy(answer -> {
            for (RecordComponent component : components(answer)) {
                assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(component.getAccessor()))
                        .accepts(hints);
            }
        });
    }

    @Test
    void propertiesCanBeBound() {
        assertThat(records(GreenletProperties.class, new LinkedHashSet<>())).hasSizeGreaterThanOrEqualTo(4)
                .allSatisfy(properties -> assertThat(RuntimeHintsPredicates.reflection()
                        .onConstructorInvocation(canonical(properties))).accepts(hints));
    }

    private static Constructor<?> canonical(Class<?> record) {
        try {
            return record.getDeclaredConstructor(
                    Arrays.stream(components(record)).map(RecordComponent::getType).toArray(Class<?>[]::new));
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void asyncMethodsCanBeFound() throws NoSuchMethodException {
        assertThat(RuntimeHintsPredicates.reflection().onMethodInvocation(Service.class.getMethod("title")))
                .accepts(hints);
    }
}
