package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Which frame a spawn site is, when others than greenlet and its user are on the stack.
@Timeout(30)
class SpawnSiteTests {

    /// Spawns on behalf of others, as a framework does.
    static final class Framework implements Spawner, InvocationHandler {

        @Override
        public GreenThread<?> spawn() {
            return Hub.parallel().spawn(() -> 1);
        }

        @Override
        public Object invoke(Object proxy, Method method, Object @Nullable [] arguments) {
            return spawn();
        }
    }

    /// Found by the service loader.
    public static final class FrameworkFrames implements SpawnSiteFilter {

        @Override
        public boolean skips(Class<?> type) {
            return type == Framework.class;
        }
    }

    /// Has its proxy be made outside the JDK's own module.
    interface Spawner {

        GreenThread<?> spawn();
    }

    private static GreenThread<?> calls(Spawner spawner) {
        return spawner.spawn();
    }

    private static void siteIsTheCallOf(Spawner spawner) {
        Runnable end = Hub.recordSpawns();
        try {
            assertThat(calls(spawner).spawnedAt()).hasValueSatisfying(site -> {
                assertThat(site.getClassName()).isEqualTo(SpawnSiteTests.class.getName());
                assertThat(site.getMethodName()).isEqualTo("calls");
            });
        } finally {
            end.run();
        }
    }

    @Test
    void whatAFilterSkipsIsNoSite() {
        siteIsTheCallOf(new Framework());
    }

    @Test
    void norIsAProxyOfTheJdk() {
        Framework framework = new Framework();
        siteIsTheCallOf((Spawner) Proxy.newProxyInstance(SpawnSiteTests.class.getClassLoader(),
                new Class<?>[]{Spawner.class}, framework));
    }
}
