package io.greenlet.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.greenlet.pool.PermitCore.Admission;
import io.greenlet.pool.PermitCore.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The core alone, against a naive model in one thread. Its races are in [PermitCoreRaceTests].
@Timeout(120)
final class PermitCoreTests {

    private static final boolean DEEP = Boolean.getBoolean("greenlet.deep");

    /// Someone in line.
    static final class Ticket extends PermitCore.Place {

        private final AtomicInteger answers = new AtomicInteger();

        Ticket(Kind kind) {
            super(kind, 0);
        }

        @Override
        void answered(Admission answer) {
            assertThat(answers.incrementAndGet()).as("answers").isEqualTo(1);
        }

        boolean isGranted() {
            return answer() == Admission.ADMITTED;
        }
    }

    private enum Step {
        TRY, JOIN_AS_CALLER, JOIN_QUEUE, JOIN_STREAM, RELEASE, WITHDRAW_FIRST, WITHDRAW_LAST, WITHDRAW_GRANTED, KILL_BEFORE_JOIN, RESIZE_0, RESIZE_1, RESIZE_2, RESIZE_HUGE, CLOSE, ABANDON, IDLE
    }

    /// What the core should be, said as simply as possible, beside a core that gets the same steps.
    private static final class Model {

        static final int CAPACITY = 2;

        final PermitCore<Ticket> core;
        final boolean stashing;
        final Deque<Ticket> line = new ArrayDeque<>();
        final List<Ticket> granted = new ArrayList<>();
        int size;
        int running;
        int stashed;
        boolean closed;

        Model(int size, boolean stashing) {
            this.size = size;
            this.stashing = stashing;
            core = stashing ? new PermitCore<>(size, 1, () -> stashed) : new PermitCore<>(size);
        }

        /// Makes a step; false if it is not possible here.
        boolean step(Step step) {
            switch (step) {
                case TRY -> assertThat(core.tryAcquire()).isEqualTo(acquired(null));
                case JOIN_AS_CALLER -> join(new Ticket(Kind.CALLER));
                case JOIN_QUEUE -> join(new Ticket(Kind.QUEUED));
                case JOIN_STREAM -> join(new Ticket(Kind.STREAMED));
                case RELEASE -> {
                    if (running == 0) {
                        return false;
                    }
                    running--;
                    Ticket next = stashing ? core.release(() -> stashed++) : core.release();
                    assertThat(next).isSameAs(granted());
                }
                case WITHDRAW_FIRST, WITHDRAW_LAST -> {
                    if (line.isEmpty()) {
                        return false;
                    }
                    Ticket leaving = step == Step.WITHDRAW_FIRST ? line.removeFirst() : line.removeLast();
                    assertThat(core.withdraw(leaving, Admission.KILLED)).isTrue();
                    assertThat(core.withdraw(leaving, Admission.FULL)).as("a second time").isFalse();
                    assertThat(leaving.answer()).isEqualTo(Admission.KILLED);
                }
                case WITHDRAW_GRANTED -> {
                    if (granted.isEmpty()) {
                        return false;
                    }
                    assertThat(core.withdraw(granted.getLast(), Admission.KILLED)).isFalse();
                    assertThat(granted.getLast().isGranted()).isTrue();
                }
                case KILL_BEFORE_JOIN -> {
                    Ticket dead = new Ticket(Kind.QUEUED);
                    assertThat(core.withdraw(dead, Admission.KILLED)).isTrue();
                    assertThat(core.acquireOrJoin(dead, CAPACITY)).isEqualTo(Admission.KILLED);
                }
                case RESIZE_0 -> resize(0);
                case RESIZE_1 -> resize(1);
                case RESIZE_2 -> resize(2);
                case RESIZE_HUGE -> resize(Integer.MAX_VALUE);
                case CLOSE -> close();
                case ABANDON -> {
                    if (!closed) {
                        return false;
                    }
                    List<Ticket> left = core.abandonLine();
                    assertThat(left).containsExactlyElementsOf(line);
                    assertThat(left).allMatch(ticket -> ticket.answer() == Admission.KILLED);
                    line.clear();
                }
                case IDLE -> assertThat(idleNow()).isEqualTo(running == 0);
            }
            check();
            return true;
        }

        private boolean idleNow() {
            try {
                return core.awaitIdle(0);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }

        private Admission acquired(@Nullable Ticket ticket) {
            if (closed) {
                return Admission.CLOSED;
            }
            if (running < size && line.isEmpty()) {
                running++;
                return Admission.ADMITTED;
            }
            if (ticket == null || (ticket.kind == Kind.QUEUED && inLine(Kind.QUEUED) >= CAPACITY)) {
                return Admission.FULL;
            }
            line.add(ticket);
            return Admission.WAITING;
        }

        private void join(Ticket ticket) {
            Admission expected = acquired(ticket);
            assertThat(core.acquireOrJoin(ticket, CAPACITY)).isEqualTo(expected);
            assertThat(ticket.answer()).isEqualTo(expected == Admission.WAITING ? null : expected);
            if (expected == Admission.ADMITTED) {
                granted.add(ticket);
            }
        }

        private @Nullable Ticket granted() {
            if (running >= size || line.isEmpty()) {
                return null;
            }
            Ticket first = line.removeFirst();
            granted.add(first);
            running++;
            return first;
        }

        private void resize(int newSize) {
            size = newSize;
            List<Ticket> expected = new ArrayList<>();
            for (Ticket next = granted(); next != null; next = granted()) {
                expected.add(next);
            }
            List<Ticket> got = core.resize(newSize);
            assertThat(got).containsExactlyElementsOf(expected);
            assertThat(got).allMatch(Ticket::isGranted);
        }

        private void close() {
            closed = true;
            List<Ticket> expected = new ArrayList<>();
            for (Iterator<Ticket> places = line.iterator(); places.hasNext();) {
                Ticket place = places.next();
                if (place.kind == Kind.CALLER) {
                    places.remove();
                    expected.add(place);
                }
            }
            List<Ticket> sentAway = core.close();
            assertThat(sentAway).containsExactlyElementsOf(expected);
            assertThat(sentAway).allMatch(ticket -> ticket.answer() == Admission.CLOSED);
        }

        private int inLine(Kind kind) {
            int count = 0;
            for (Ticket ticket : line) {
                count += ticket.kind == kind ? 1 : 0;
            }
            return count;
        }

        private int queued() {
            return line.size() - inLine(Kind.CALLER);
        }

        /// AssertJ only where something is wrong: this runs millions of times.
        private void check() {
            long look = core.look();
            boolean sane = PermitCore.size(look) == size && PermitCore.running(look) == running
                    && PermitCore.free(look) == size - running && core.waiting() == line.size()
                    && core.queued() == queued() && core.isClosed() == closed && core.first() == line.peekFirst()
                    && (line.isEmpty() || PermitCore.free(look) <= 0)
                    && (look < 0) == (closed || !line.isEmpty());
            if (!sane) {
                throw new AssertionError(
                        "core (size=" + PermitCore.size(look) + ", free=" + PermitCore.free(look) + ", waiting="
                                + core.waiting() + ", queued=" + core.queued() + ", slow=" + (look < 0)
                                + ") must be as the model: size=" + size + ", running=" + running + ", line="
                                + line.size() + ", closed=" + closed);
            }
            assertSameLine();
        }

        private void assertSameLine() {
            Iterator<Ticket> expected = line.iterator();
            for (Ticket place : core.line()) {
                if (!expected.hasNext() || expected.next() != place || place.answer() != null) {
                    throw new AssertionError("not the line it should be: " + core.line());
                }
            }
            if (expected.hasNext()) {
                throw new AssertionError("line too short: " + core.line());
            }
        }
    }

    @Nested
    class AgainstTheModel {

        @ParameterizedTest
        @ValueSource(ints = {0, 1, 2})
        void everyShortSequenceOfStepsAgrees(int size) {
            explore(size, false, new ArrayList<>(), DEEP ? 6 : 5);
        }

        @ParameterizedTest
        @ValueSource(ints = {1, 2, 3})
        void everyShortSequenceOfStepsAgreesWhereSlotsAreStashed(int size) {
            explore(size, true, new ArrayList<>(), DEEP ? 6 : 5);
        }

        private void explore(int size, boolean stashing, List<Step> path, int depth) {
            for (Step step : Step.values()) {
                Model model = new Model(size, stashing);
                path.forEach(model::step);
                boolean possible;
                try {
                    possible = model.step(step);
                } catch (AssertionError e) {
                    throw new AssertionError(
                            "size " + size + (stashing ? ", stashing, " : ", ") + path + ", then " + step, e);
                }
                if (possible && depth > 1) {
                    path.addLast(step);
                    explore(size, stashing, path, depth - 1);
                    path.removeLast();
                }
            }
        }

        @Test
        void longRandomSequencesAgree() {
            long seed = ThreadLocalRandom.current().nextLong();
            SplittableRandom random = new SplittableRandom(seed);
            Step[] steps = Step.values();
            for (int run = 0; run < (DEEP ? 20_000 : 1_000); run++) {
                Model model = new Model(random.nextInt(4), random.nextBoolean());
                for (int i = 0; i < 300; i++) {
                    Step step = steps[random.nextInt(steps.length)];
                    boolean ending = step == Step.CLOSE || step == Step.ABANDON;
                    if (ending && random.nextInt(50) > 0) {
                        continue; // or all would be over soon
                    }
                    try {
                        model.step(step);
                    } catch (AssertionError e) {
                        throw new AssertionError("seed " + seed + ", run " + run + ", step " + i + ' ' + step, e);
                    }
                }
            }
        }

        @Test
        void hugeSizesAndDeepShrinksKeepTheirFigures() {
            PermitCore<Ticket> core = new PermitCore<>(Integer.MAX_VALUE);
            for (int i = 0; i < 5; i++) {
                assertThat(core.tryAcquire()).isEqualTo(Admission.ADMITTED);
            }
            assertThat(PermitCore.free(core.look())).isEqualTo(Integer.MAX_VALUE - 5);
            assertThat(core.resize(0)).isEmpty();
            assertThat(PermitCore.free(core.look())).isEqualTo(-5);
            assertThat(PermitCore.running(core.look())).isEqualTo(5);
            assertThat(core.resize(Integer.MAX_VALUE)).isEmpty();
            assertThat(PermitCore.free(core.look())).isEqualTo(Integer.MAX_VALUE - 5);
        }
    }
}
