package io.greenlet.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.greenlet.Hub;
import io.greenlet.pool.GreenPool;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.assertj.AssertableApplicationContext;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/// Hubs of the properties, which several pools may share.
@Timeout(30)
class NamedHubTests {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(GreenPoolAutoConfiguration.class));

    private static Hub hubOf(AssertableApplicationContext context, String pool) {
        return context.getBean(pool, GreenPool.class).hub();
    }

    @Test
    void poolsThatNameAHubShareItUntilTheContextCloses() {
        AtomicReference<Hub> seen = new AtomicReference<>();
        runner.withPropertyValues("greenlet.hubs.io.mode=cooperative", "greenlet.pools.reader.hub=io",
                "greenlet.pools.writer.hub=io", "greenlet.pools.other.size=1").run(context -> {
                    Hub io = context.getBean("io", Hub.class);
                    seen.set(io);
                    assertThat(io.name()).isEqualTo("io");
                    assertThat(hubOf(context, "reader")).isSameAs(io).isSameAs(hubOf(context, "writer"));
                    assertThat(hubOf(context, "other")).isSameAs(Hub.parallel());
                    assertThat(context.getBean("reader", GreenPool.class).spawn(() -> Hub.current()).await())
                            .isSameAs(io);
                });
        assertThatIllegalStateException().isThrownBy(() -> seen.get().spawn(() -> 1))
                .withMessageContaining("hub 'io' is closed");
    }

    @Test
    void theHubIsClosedAfterItsPools() {
        AtomicReference<GreenPool> reader = new AtomicReference<>();
        runner.withPropertyValues("greenlet.hubs.io.mode=cooperative", "greenlet.pools.reader.hub=io").run(context -> {
            reader.set(context.getBean("reader", GreenPool.class));
            assertThat(context.getBeanFactory().getDependentBeans("io")).contains("reader");
        });
        assertThat(reader.get().isClosed()).isTrue();
    }

    @Test
    void unlessSaidOtherwiseANamedHubIsTheParallelOne() {
        runner.withPropertyValues("greenlet.hubs.all.mode=parallel", "greenlet.pools.api.hub=all",
                "greenlet.hub.mode=cooperative").run(context -> {
                    assertThat(hubOf(context, "api")).isSameAs(Hub.parallel());
                    assertThat(hubOf(context, "default")).isNotSameAs(Hub.parallel());
                });
    }

    @Test
    void spellingsDoNotMatter() {
        runner.withInitializer(context -> {
            MutablePropertySources sources = context.getEnvironment().getPropertySources();
            String name = StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME;
            sources.replace(name,
                    new SystemEnvironmentPropertySource(name, Map.of("GREENLET_HUBS_MYIO_MODE", "cooperative")));
            sources.addLast(new MapPropertySource("file",
                    Map.of("greenlet.hubs.my-io.mode", "parallel", "greenlet.pools.api.hub", "myIo")));
        }).run(context -> {
            assertThat(hubOf(context, "api").name()).isEqualTo("my-io");
            assertThat(hubOf(context, "api")).isSameAs(context.getBean("my-io"));
            assertThat(context).doesNotHaveBean("myio");
        });
    }

    @Test
    void whoeverAsksForAHubWithoutANameGetsTheDefaultOne() {
        runner.withPropertyValues("greenlet.hubs.io.mode=cooperative", "greenlet.hub.mode=cooperative")
                .run(context -> assertThat(context.getBean(Hub.class)).isSameAs(context.getBean("greenletHub")));
    }

    @Test
    void aBeanOfTheUsersWorksTooAndWinsOverTheProperties() {
        runner.withUserConfiguration(Own.class)
                .withPropertyValues("greenlet.hubs.mine.mode=parallel", "greenlet.pools.api.hub=mine")
                .run(context -> assertThat(hubOf(context, "api")).isSameAs(context.getBean("mine"))
                        .extracting(Hub::name).isEqualTo("users"));
    }

    @Test
    void anUnknownHubStopsTheStart() {
        runner.withPropertyValues("greenlet.hubs.io.mode=cooperative", "greenlet.pools.api.hub=nope").run(context -> {
            assertThat(context).hasFailed();
            FailureAnalyses.assertThatAnalysis(context.getStartupFailure())
                    .describes("greenlet.pools.api.hub must be the name of a hub: 'nope'")
                    .advises("Define greenlet.hubs.nope.mode or use one of [greenletHub, io].");
        });
    }

    @Test
    void anUnknownModeStopsTheStart() {
        runner.withPropertyValues("greenlet.hubs.io.mode=serial").run(context -> {
            assertThat(context).hasFailed();
            FailureAnalyses.assertThatAnalysis(context.getStartupFailure())
                    .describes("greenlet.hubs.io.mode must be one of parallel, cooperative: 'serial' (from "
                            + "\"greenlet.hubs.io.mode\" from property source \"test\")")
                    .advises("Set greenlet.hubs.io.mode to one of parallel, cooperative.");
        });
    }

    @Test
    void aNameThatAPoolHasStopsTheStart() {
        runner.withPropertyValues("greenlet.hubs.io.mode=cooperative", "greenlet.pools.io.size=1").run(context -> {
            assertThat(context).hasFailed();
            FailureAnalyses.assertThatAnalysis(context.getStartupFailure())
                    .describes("greenlet.hubs.io cannot become a bean: the name is taken by a bean of type "
                            + "io.greenlet.pool.GreenPool, defined in greenlet.pools.io")
                    .advises("Rename the hub, or give that bean another name.");
        });
    }

    static class Own {

        @Bean
        Hub mine() {
            return Hub.cooperative("users");
        }
    }
}
