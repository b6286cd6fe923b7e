package io.greenlet.sync;

import static io.greenlet.Interleavings.modelChecking;
import static io.greenlet.Interleavings.modelCheckingOfGiven;
import static io.greenlet.Interleavings.scenario;
import static io.greenlet.Interleavings.stress;
import static io.greenlet.Interleavings.stressOfGiven;

import io.greenlet.Interleavings.Target;
import java.time.Duration;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What racing threads see of a semaphore is what one thread after the other could have seen, nobody is left waiting, and
/// all permits come back.
@Timeout(600)
final class SemaphoreLincheckTests {

    private static final Duration MOMENT = Duration.ofNanos(1_000);

    /// A bounded semaphore by its operations that do not wait.
    public static class Bounded {

        final GreenSemaphore semaphore = GreenSemaphore.bounded(2);

        @Operation
        public boolean tryAcquire() {
            return semaphore.tryAcquire();
        }

        @Operation
        public boolean release() {
            try {
                semaphore.release();
                return true;
            } catch (IllegalStateException e) {
                return false;
            }
        }

        @Operation
        public int available() {
            return semaphore.available();
        }
    }

    /// The same, and waits for a moment.
    public static class BoundedWithLimit extends Bounded {

        @Operation
        public boolean tryAcquireForAMoment() throws InterruptedException {
            return semaphore.tryAcquire(MOMENT);
        }
    }

    /// A capped semaphore by its operations that do not wait.
    public static class Capped {

        final CappedSemaphore semaphore = new CappedSemaphore(1, 2);

        @Operation
        public boolean tryAcquire() {
            return semaphore.tryAcquire();
        }

        @Operation
        public boolean tryRelease() {
            return semaphore.tryRelease();
        }

        @Operation
        public int available() {
            return semaphore.available();
        }
    }

    /// The same, and waits for a moment.
    public static class CappedWithLimit extends Capped {

        @Operation
        public boolean tryAcquireForAMoment() throws InterruptedException {
            return semaphore.tryAcquire(MOMENT);
        }

        @Operation
        public boolean tryReleaseForAMoment() throws InterruptedException {
            return semaphore.tryRelease(MOMENT);
        }
    }

    /// A lock around a counter, and those who are interrupted while they wait for it.
    public static class Guarded {

        private final GreenSemaphore lock = GreenSemaphore.bounded(1);
        private final Target target = new Target();
        private int counter;

        @Operation
        public int increment() throws InterruptedException {
            lock.acquire();
            int count = ++counter;
            lock.release();
            return count;
        }

        @Operation
        public void enterUnlessInterrupted() {
            if (target.take(lock::acquire)) {
                lock.release();
            }
        }

        @Operation
        public void interrupt() {
            target.interrupt();
        }

        @Validate
        public void everyPermitIsBack() {
            if (lock.balance() != 1) {
                throw new AssertionError(lock);
            }
        }
    }

    /// Takes and puts that each of them undoes itself, so that everyone is served, and those who are interrupted.
    public static class TakersAndPutters {

        private final CappedSemaphore semaphore = new CappedSemaphore(1, 2);
        private final Target target = new Target();

        @Operation
        public void takeAndPut() throws InterruptedException {
            semaphore.acquire();
            semaphore.release();
        }

        @Operation
        public void putAndTake() throws InterruptedException {
            semaphore.release();
            semaphore.acquire();
        }

        @Operation
        public void putUnlessInterrupted() throws InterruptedException {
            if (target.take(semaphore::release)) {
                semaphore.acquire();
            }
        }

        @Operation
        public void interrupt() {
            target.interrupt();
        }

        @Validate
        public void everyPermitIsBack() {
            if (semaphore.balance() != 1) {
                throw new AssertionError(semaphore);
            }
        }
    }

    /// A rendezvous. Its two sides meet in the same moment, which no order of one after the other shows: what is checked is
    /// that all of them end, and that nothing is left.
    public static class Rendezvous {

        private final CappedSemaphore semaphore = new CappedSemaphore(0, 0);
        private final Target target = new Target();

        @Operation
        public void acquire() throws InterruptedException {
            semaphore.acquire();
        }

        @Operation
        public void release() throws InterruptedException {
            semaphore.release();
        }

        /// An acquire that starts anew if it is interrupted.
        @Operation
        public void acquireUnlessInterrupted() throws InterruptedException {
            if (!target.take(semaphore::acquire)) {
                semaphore.acquire();
            }
        }

        /// A release like that.
        @Operation
        public void releaseUnlessInterrupted() throws InterruptedException {
            if (!target.take(semaphore::release)) {
                semaphore.release();
            }
        }

        @Operation
        public void interrupt() {
            target.interrupt();
        }

        @Validate
        public void nothingIsLeft() {
            if (semaphore.balance() != 0) {
                throw new AssertionError(semaphore);
            }
        }

        static ExecutionScenario twoByTwo() {
            return scenario(Rendezvous.class, "acquire acquire", "release", "release");
        }

        static ExecutionScenario interruptedAcquire() {
            return scenario(Rendezvous.class, "acquireUnlessInterrupted", "release", "interrupt");
        }

        static ExecutionScenario interruptedRelease() {
            return scenario(Rendezvous.class, "releaseUnlessInterrupted", "acquire", "interrupt");
        }
    }

    private static void checkRendezvous(Options<?, ?> options) {
        options.verifier(EpsilonVerifier.class);
        options.addCustomScenario(Rendezvous.twoByTwo());
        options.addCustomScenario(Rendezvous.interruptedAcquire());
        options.addCustomScenario(Rendezvous.interruptedRelease());
        options.check(Rendezvous.class);
    }

    @Nested
    final class ModelChecking {

        @Test
        void boundedSemaphore() {
            modelChecking().check(Bounded.class);
        }

        @Test
        void cappedSemaphore() {
            modelChecking().check(Capped.class);
        }

        @Test
        void whatASemaphoreGuards() {
            modelChecking().check(Guarded.class);
        }

        @Test
        void takersAndPutters() {
            modelChecking().check(TakersAndPutters.class);
        }

        @Test
        void rendezvous() {
            checkRendezvous(modelCheckingOfGiven());
        }
    }

    @Nested
    final class Stress {

        @Test
        void boundedSemaphore() {
            stress().check(BoundedWithLimit.class);
        }

        @Test
        void cappedSemaphore() {
            stress().check(CappedWithLimit.class);
        }

        @Test
        void whatASemaphoreGuards() {
            stress().check(Guarded.class);
        }

        @Test
        void takersAndPutters() {
            stress().check(TakersAndPutters.class);
        }

        @Test
        void rendezvous() {
            checkRendezvous(stressOfGiven());
        }
    }
}
