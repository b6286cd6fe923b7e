package io.greenlet.pool;

import static io.greenlet.Interleavings.modelChecking;
import static io.greenlet.Interleavings.modelCheckingOfGiven;
import static io.greenlet.Interleavings.scenario;
import static io.greenlet.Interleavings.stress;
import static io.greenlet.Interleavings.stressOfGiven;

import io.greenlet.Interleavings.Target;
import io.greenlet.pool.PermitCore.Admission;
import io.greenlet.pool.PermitCore.Kind;
import io.greenlet.waiting.Waiter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.ThreadIdGen;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jetbrains.lincheck.datastructures.verifier.EpsilonVerifier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What racing threads see of the core is what one thread after the other could have seen, and whoever waits for idleness
/// sees it.
@Timeout(600)
final class PermitCoreLincheckTests {

    /// A place in line with a number.
    static final class Ticket extends PermitCore.Place {

        private final int number;
        private boolean used; // by its owner alone

        Ticket(int number, Kind kind) {
            super(kind, 0);
            this.number = number;
        }
    }

    /// What one of the threads has.
    private static final class Owner {

        private final List<Ticket> tickets = new ArrayList<>();
        private int slots; // without a ticket

        boolean useSlot() {
            if (slots > 0) {
                slots--;
                return true;
            }
            for (Ticket ticket : tickets) {
                if (!ticket.used && ticket.answer() == Admission.ADMITTED) {
                    ticket.used = true;
                    return true;
                }
            }
            return false;
        }
    }

    /// Everything that does not wait. Each thread returns and withdraws what it has got itself. Numbers say who was granted
    /// a slot.
    @Param(name = "thread", gen = ThreadIdGen.class)
    @Param(name = "size", gen = IntGen.class, conf = "0:3")
    public static class Slots {

        private static final int CAPACITY = 2;
        private static final int TICKETS = 100; // more than one thread has
        private static final int NONE = -1;

        private final PermitCore<Ticket> core;
        private final Owner[] owners = {new Owner(), new Owner(), new Owner(), new Owner(), new Owner()};

        public Slots() {
            this(new PermitCore<>(1));
        }

        Slots(PermitCore<Ticket> core) {
            this.core = core;
        }

        @Operation
        public Admission tryAcquire(@Param(name = "thread") int thread) {
            Admission answer = core.tryAcquire();
            if (answer == Admission.ADMITTED) {
                owners[thread].slots++;
            }
            return answer;
        }

        @Operation
        public Admission joinAsCaller(@Param(name = "thread") int thread) {
            return join(thread, Kind.CALLER);
        }

        @Operation
        public Admission joinQueue(@Param(name = "thread") int thread) {
            return join(thread, Kind.QUEUED);
        }

        private Admission join(int thread, Kind kind) {
            List<Ticket> mine = owners[thread].tickets;
            Ticket ticket = new Ticket(thread * TICKETS + mine.size(), kind);
            mine.add(ticket);
            return core.acquireOrJoin(ticket, CAPACITY);
        }

        @Operation
        public int release(@Param(name = "thread") int thread) {
            core.first(); // a resize counts its grants before it has told them all: look when it has
            if (!owners[thread].useSlot()) {
                return NONE - 1;
            }
            Ticket granted = release(core);
            return granted == null ? NONE : granted.number;
        }

        @Nullable Ticket release(PermitCore<Ticket> to) {
            return to.release();
        }

        @Operation
        public boolean withdraw(@Param(name = "thread") int thread) {
            List<Ticket> mine = owners[thread].tickets;
            return !mine.isEmpty() && core.withdraw(mine.getLast(), Admission.KILLED);
        }

        @Operation
        public List<Integer> resize(@Param(name = "size") int size) {
            return numbers(core.resize(size));
        }

        @Operation(runOnce = true)
        public List<Integer> close() {
            return numbers(core.close());
        }

        private static List<Integer> numbers(List<Ticket> tickets) {
            List<Integer> numbers = new ArrayList<>();
            for (Ticket ticket : tickets) {
                numbers.add(ticket.number);
            }
            return numbers;
        }

        @Operation
        public int running() {
            return PermitCore.running(core.look());
        }

        @Operation
        public boolean isIdle() throws InterruptedException {
            return core.awaitIdle(0);
        }
    }

    /// The same, of a core that stashes.
    public static class StashedSlots extends Slots {

        private final AtomicInteger stashed;

        public StashedSlots() {
            this(new AtomicInteger());
        }

        private StashedSlots(AtomicInteger stashed) {
            super(new PermitCore<>(1, 1, stashed::get));
            this.stashed = stashed;
        }

        @Override
        @Nullable Ticket release(PermitCore<Ticket> to) {
            return to.release(stashed::incrementAndGet);
        }
    }

    private static void checkStashedSlots(Options<?, ?> options) {
        options.addCustomScenario(
                scenario(StashedSlots.class, "tryAcquire:1 release:1", "joinQueue:2 release:2", "resize:2"));
        options.addCustomScenario(
                scenario(StashedSlots.class, "tryAcquire:1 release:1", "tryAcquire:2 isIdle", "running"));
        options.check(StashedSlots.class);
    }

    private static void checkSlots(Options<?, ?> options) {
        options.addCustomScenario(scenario(Slots.class, "tryAcquire:1", "tryAcquire:2 isIdle"));
        options.addCustomScenario(scenario(Slots.class, "tryAcquire:1 release:1", "joinQueue:2 release:2", "resize:2"));
        options.addCustomScenario(scenario(Slots.class, "tryAcquire:1 joinQueue:1 release:1", "running running"));
        options.addCustomScenario(scenario(Slots.class, "tryAcquire:1 joinQueue:1 resize:2", "running running"));
        options.check(Slots.class);
    }

    /// Those who wait for idleness, beside those who make it.
    public static class Idleness {

        private final PermitCore<Ticket> core = new PermitCore<>(1);
        private final Target target = new Target();

        @Operation
        public void take() {
            if (core.tryAcquire() == Admission.ADMITTED && core.release() != null) {
                throw new AssertionError("nobody stands in line");
            }
        }

        @Operation
        public void awaitIdle() throws InterruptedException {
            if (!core.awaitIdle(Waiter.FOREVER)) {
                throw new AssertionError("gave up");
            }
        }

        @Operation
        public void awaitIdleUnlessInterrupted() {
            target.take(() -> core.awaitIdle(Waiter.FOREVER));
        }

        @Operation
        public void interrupt() {
            target.interrupt();
        }

        @Validate
        public void theFastPathIsOpen() {
            if (core.look() < 0 || PermitCore.running(core.look()) != 0) {
                throw new AssertionError(core.look());
            }
        }

        static ExecutionScenario awaited() {
            return scenario(Idleness.class, "take", "awaitIdle", "awaitIdle");
        }

        static ExecutionScenario interrupted() {
            return scenario(Idleness.class, "take", "awaitIdleUnlessInterrupted", "interrupt");
        }
    }

    private static void checkIdleness(Options<?, ?> options) {
        options.verifier(EpsilonVerifier.class);
        options.addCustomScenario(Idleness.awaited());
        options.addCustomScenario(Idleness.interrupted());
        options.check(Idleness.class);
    }

    @Nested
    final class ModelChecking {

        @Test
        void slots() {
            checkSlots(modelChecking());
        }

        @Test
        void stashedSlots() {
            checkStashedSlots(modelChecking());
        }

        @Test
        void idleness() {
            checkIdleness(modelCheckingOfGiven());
        }
    }

    @Nested
    final class Stress {

        @Test
        void slots() {
            checkSlots(stress());
        }

        @Test
        void stashedSlots() {
            checkStashedSlots(stress());
        }

        @Test
        void idleness() {
            checkIdleness(stressOfGiven());
        }
    }
}
