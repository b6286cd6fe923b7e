package io.greenlet.boot.actuate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.greenlet.boot.GreenPoolAutoConfiguration;
import io.greenlet.pool.GreenPool;
import java.util.function.Consumer;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

@Timeout(30)
class GreenPoolsEndpointTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner().withConfiguration(
            AutoConfigurations.of(GreenPoolAutoConfiguration.class, GreenPoolsEndpointAutoConfiguration.class));
    private final ApplicationContextRunner exposed = runner
            .withPropertyValues("management.endpoints.web.exposure.include=greenpools");

    @Nested
    class Conditions {

        @Test
        void exposedItIsThere() {
            exposed.run(context -> assertThat(context).hasSingleBean(GreenPoolsEndpoint.class)
                    .hasSingleBean(GreenPoolsWebExtension.class));
        }

        @Test
        void notExposedItIsAbsent() {
            runner.run(context -> assertThat(context).doesNotHaveBean(GreenPoolsEndpoint.class)
                    .doesNotHaveBean(GreenPoolsWebExtension.class));
        }

        @Test
        void withoutPoolsItIsAbsent() {
            new ApplicationContextRunner()
                    .withConfiguration(AutoConfigurations.of(GreenPoolsEndpointAutoConfiguration.class))
                    .withPropertyValues("management.endpoints.web.exposure.include=greenpools")
                    .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(GreenPoolsEndpoint.class));
        }

        @Test
        void withoutAccessItIsAbsent() {
            exposed.withPropertyValues("management.endpoint.greenpools.access=NONE")
                    .run(context -> assertThat(context).doesNotHaveBean(GreenPoolsEndpoint.class));
        }

        @Test
        void overJmxAloneItHasNoWebExtension() {
            runner.withPropertyValues("spring.jmx.enabled=true", "management.endpoints.jmx.exposure.include=greenpools")
                    .run(context -> assertThat(context).hasSingleBean(GreenPoolsEndpoint.class)
                            .doesNotHaveBean(GreenPoolsWebExtension.class));
        }

        @Test
        void oneOfTheUsersTakesItsPlace() {
            exposed.withBean("mine", GreenPoolsEndpoint.class)
                    .run(context -> assertThat(context).hasSingleBean(GreenPoolsEndpoint.class).hasBean("mine"));
        }
    }

    @Nested
    class Operations {

        private void with(Consumer<GreenPoolsEndpoint> test) {
            exposed.withPropertyValues("greenlet.pools.api.size=4")
                    .run(context -> test.accept(context.getBean(GreenPoolsEndpoint.class)));
        }

        @Test
        void anUnknownPoolIsNull() {
            with(endpoint -> {
                assertThat(endpoint.pool("nope")).isNull();
                assertThat(endpoint.resize("nope", 3)).isNull();
            });
        }

        @Test
        void aBadSizeIsRefused() {
            with(endpoint -> assertThatThrownBy(() -> endpoint.resize("api", -1))
                    .isInstanceOf(InvalidEndpointRequestException.class).hasMessage("size must not be negative: -1"));
        }

        @Test
        void aResizeShows() {
            with(endpoint -> {
                assertThat(endpoint.resize("api", 9)).isNotNull().extracting(PoolDetail::size).isEqualTo(9);
                assertThat(endpoint.pools().pools().get("api")).extracting(PoolFigures::size).isEqualTo(9);
            });
        }

        @Test
        void limitsThatAreNotSetAreNull() {
            with(endpoint -> assertThat(endpoint.pool("api")).isNotNull()
                    .extracting(PoolDetail::maxWait, PoolDetail::taskTimeout, PoolDetail::whenFull)
                    .containsExactly(null, null, "block"));
        }

        @Test
        void poolsOfTheUsersAreShownUnderTheirBeanNames() {
            exposed.withBean("mine", GreenPool.class, () -> new GreenPool(7)).run(context -> {
                GreenPoolsEndpoint endpoint = context.getBean(GreenPoolsEndpoint.class);
                assertThat(endpoint.pools().pools()).containsOnlyKeys("mine", "default");
                assertThat(endpoint.pool("mine")).isNotNull().extracting(PoolDetail::name, PoolDetail::size)
                        .containsExactly("mine", 7);
            });
        }
    }
}
