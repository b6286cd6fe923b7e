package io.greenlet.boot;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.greenlet.GreenThread;
import io.greenlet.SimulatedHub;
import io.greenlet.boot.test.GreenletExtension;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.platform.testkit.engine.EngineTestKit;

/// A run of a user's test that [AbsentLibrariesTests] starts with a class path of its own.
public final class IsolatedTestRun implements Callable<String> {

    @ExtendWith(GreenletExtension.class)
    static class WithoutSpring {

        @Test
        void hasAHub(SimulatedHub hub) {
            GreenThread<Long> time = hub.spawn(hub::nanoTime);
            hub.run();
            if (time.resultNow() != 0) {
                throw new IllegalStateException("time must begin at zero: " + time.resultNow());
            }
        }
    }

    @Override
    public String call() {
        return EngineTestKit.engine("junit-jupiter").selectors(selectClass(WithoutSpring.class)).execute().testEvents()
                .succeeded().count() + " succeeded";
    }
}
