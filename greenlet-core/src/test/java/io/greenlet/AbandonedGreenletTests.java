package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.lang.ref.WeakReference;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// What becomes of suspended greenlets that nobody has any more. Not on the simulated hub, where the collector has no say.
@OnlyOn({HubContract.HubKind.PARALLEL, HubContract.HubKind.OWN_CARRIER, HubContract.HubKind.BATON})
final class AbandonedGreenletTests extends HubContract {

    private static Greenlet parent() {
        return Objects.requireNonNull(Greenlet.current().parent());
    }

    private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();
    private final AtomicInteger unwound = new AtomicInteger();

    private void abandon(int count) {
        for (int i = 0; i < count; i++) {
            Greenlet.of(x -> {
                threads.add(Thread.currentThread());
                try {
                    return parent().switchTo();
                } finally {
                    unwound.incrementAndGet();
                }
            }).switchTo();
        }
    }

    @Test
    void onesEndWhileTheirThreadGoesOn() {
        int count = caller() == Caller.PLATFORM_THREAD || DEEP ? 10_000 : 1_000;
        abandon(count);
        assertThat(threads).hasSize(count);
        waitUntil("all have unwound", () -> {
            System.gc();
            return unwound.get() == count;
        });
        waitUntil("all have ended", () -> threads.stream().noneMatch(Thread::isAlive));
    }

    @Test
    void onesMustNotSwitchAnyMore() {
        CompletableFuture<Throwable> refused = new CompletableFuture<>();
        abandonStubborn(refused);
        waitUntil("it was told", () -> {
            System.gc();
            return refused.isDone();
        });
        assertThat(refused.join()).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("greenlet 'stubborn' (abandoned) must have the turn");
    }

    private static void abandonStubborn(CompletableFuture<Throwable> refused) {
        Greenlet.of("stubborn", x -> {
            try {
                return parent().switchTo();
            } catch (GreenletExit exit) {
                return refused.complete(catchThrowable(() -> parent().switchTo()));
            }
        }).switchTo();
    }

    @Test
    void onesThatFailAreReported() {
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        Hub current = Hub.current();
        FailureHandler before = current.failureHandler();
        current.setFailureHandler((source, error) -> failures.add(error));
        abandonFailing();
        waitUntil("it is reported", () -> {
            System.gc();
            return !failures.isEmpty();
        });
        current.setFailureHandler(before);
        assertThat(failures.element()).hasMessage("cannot end");
    }

    private static void abandonFailing() {
        Greenlet.of(x -> {
            try {
                return parent().switchTo();
            } catch (GreenletExit exit) {
                throw new IllegalStateException("cannot end");
            }
        }).switchTo();
    }

    /// The handle of the middle one is with nobody but its child.
    @Test
    void isNoneThatAChildWillReturnTo() {
        Greenlet child = (Greenlet) Objects.requireNonNull(Greenlet.of(x -> {
            Greenlet below = Greenlet.of(y -> parent().parent() == null ? "?" : "from below");
            return "middle got " + grandparent().switchTo(below);
        }).switchTo());
        WeakReference<Object> garbage = new WeakReference<>(new Object());
        waitUntilCollected(garbage);
        assertThat(child.switchTo()).isEqualTo("middle got from below");
    }

    private static Greenlet grandparent() {
        return parent();
    }

    @Test
    void isNoneWhoseHandleIsAskedForAgain() {
        Queue<Greenlet> origins = new ConcurrentLinkedQueue<>();
        Greenlet.setTrace((event, origin, target) -> {
            if (origin.parent() != null) {
                origins.add(origin);
            }
        });
        Greenlet.of(x -> "again " + parent().switchTo()).switchTo();
        Greenlet.setTrace(null);
        waitUntilCollected(new WeakReference<>(new Object()));
        assertThat(origins.remove().switchTo("here")).isEqualTo("again here");
    }
}
