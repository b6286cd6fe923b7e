package io.greenlet.sync;

import static io.greenlet.Interleavings.modelChecking;
import static io.greenlet.Interleavings.modelCheckingOfGiven;
import static io.greenlet.Interleavings.scenario;
import static io.greenlet.Interleavings.stress;
import static io.greenlet.Interleavings.stressOfGiven;

import io.greenlet.Interleavings.Target;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Param;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What racing threads see of an event is what one thread after the other could have seen, and whoever waits gets what was
/// sent.
@Timeout(600)
final class EventLincheckTests {

    private static final Duration MOMENT = Duration.ofNanos(1_000);
    private static final int NOTHING = -1;

    /// An event by its operations that do not wait.
    @Param(name = "value", gen = IntGen.class, conf = "1:3")
    public static class Box {

        final GreenEvent<Integer> event = new GreenEvent<>();

        @Operation
        public boolean send(@Param(name = "value") int value) {
            try {
                event.send(value);
                return true;
            } catch (IllegalStateException e) {
                return false;
            }
        }

        @Operation
        public boolean fail(@Param(name = "value") int value) {
            try {
                event.sendException(new ArithmeticException("failed " + value));
                return true;
            } catch (IllegalStateException e) {
                return false;
            }
        }

        @Operation
        public boolean reset() {
            try {
                event.reset();
                return true;
            } catch (IllegalStateException e) {
                return false;
            }
        }

        @Operation
        public String poll() {
            try {
                return event.poll().map(String::valueOf).orElse("nothing");
            } catch (ArithmeticException e) {
                return String.valueOf(e.getMessage());
            }
        }

        @Operation
        public boolean ready() {
            return event.ready();
        }

        String await(Duration limit) throws InterruptedException {
            try {
                return String.valueOf(event.await(limit));
            } catch (TimeoutException e) {
                return "nothing";
            } catch (ArithmeticException e) {
                return String.valueOf(e.getMessage());
            }
        }
    }

    /// The same, and waits for a moment.
    public static class BoxWithLimit extends Box {

        @Operation
        public String awaitForAMoment() throws InterruptedException {
            return await(MOMENT);
        }
    }

    /// An event that is awaited by some and sent by others, who always send one more after a reset.
    public static class Awaited {

        private final GreenEvent<Integer> event = new GreenEvent<>();
        private final Target target = new Target();

        @Operation
        public int await() throws InterruptedException {
            return event.await();
        }

        @Operation
        public void awaitUnlessInterrupted() {
            target.take(event::await);
        }

        @Operation
        public void sendOne() {
            event.send(1);
        }

        @Operation
        public void reset() {
            event.reset();
        }

        @Operation
        public void sendTwo() {
            event.send(2);
        }

        @Operation
        public void interrupt() {
            target.interrupt();
        }

        static ExecutionScenario awaitedTwice() {
            return scenario(Awaited.class, "await", "await", "sendOne reset sendTwo");
        }

        static ExecutionScenario interrupted() {
            return scenario(Awaited.class, "awaitUnlessInterrupted", "interrupt sendOne", "await");
        }
    }

    /// What waits in the order of one after the other got something that nobody gets: such an order is none.
    public static class AwaitedInOrder {

        private int value = NOTHING;

        public int await() {
            return value;
        }

        public void awaitUnlessInterrupted() {}

        public void sendOne() {
            value = 1;
        }

        public void reset() {
            value = NOTHING;
        }

        public void sendTwo() {
            value = 2;
        }

        public void interrupt() {}
    }

    private static void checkAwaited(Options<?, ?> options) {
        options.addCustomScenario(Awaited.awaitedTwice());
        options.addCustomScenario(Awaited.interrupted());
        options.sequentialSpecification(AwaitedInOrder.class);
        options.check(Awaited.class);
    }

    @Nested
    final class ModelChecking {

        @Test
        void withoutWaiting() {
            modelChecking().check(Box.class);
        }

        @Test
        void waiting() {
            checkAwaited(modelCheckingOfGiven());
        }
    }

    @Nested
    final class Stress {

        @Test
        void waitingForAMoment() {
            stress().check(BoxWithLimit.class);
        }

        @Test
        void waiting() {
            checkAwaited(stressOfGiven());
        }
    }
}
