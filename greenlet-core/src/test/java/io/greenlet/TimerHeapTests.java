package io.greenlet;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The heap against a sorted list that does the same.
@Timeout(60)
final class TimerHeapTests {

    private static final class Entry extends TimerHeap.Entry {

        final int number;

        Entry(int number) {
            super(() -> {
                throw new AssertionError("the heap itself calls nothing back");
            });
            this.number = number;
        }

        @Override
        public boolean cancel() {
            throw new AssertionError("the heap itself cancels nothing");
        }

        @Override
        public boolean isPending() {
            return isQueued();
        }

        @Override
        public String toString() {
            return "entry " + number;
        }
    }

    private record Expected(Entry entry, long deadline, long order) {}

    /// The heap, and what must be in it.
    private static final class Checked {

        private final TimerHeap heap = new TimerHeap();
        private final List<Expected> expected = new ArrayList<>();
        private final long origin;
        private long order;

        /// @param origin the time on the clock from which deadlines count, so that the clock can wrap
        Checked(long origin) {
            this.origin = origin;
        }

        void add(Entry entry, long deadline) {
            heap.add(entry, origin + deadline);
            expected.add(new Expected(entry, deadline, order++));
            expected.sort(Comparator.comparingLong(Expected::deadline).thenComparingLong(Expected::order));
            assertThat(entry.deadline()).isEqualTo(origin + deadline);
            check();
        }

        void remove(Entry entry) {
            boolean present = expected.removeIf(e -> e.entry() == entry);
            assertThat(heap.remove(entry)).isEqualTo(present);
            assertThat(entry.isQueued()).isFalse();
            check();
        }

        void pollDue(long now) {
            Entry due = expected.isEmpty() || expected.getFirst().deadline() > now
                    ? null
                    : expected.removeFirst().entry();
            assertThat((Object) heap.pollDue(origin + now)).isSameAs(due);
            if (due != null) {
                assertThat(due.isQueued()).isFalse();
            }
            check();
        }

        private void check() {
            assertThat(heap.size()).isEqualTo(expected.size());
            assertThat((Object) heap.first()).isSameAs(expected.isEmpty() ? null : expected.getFirst().entry());
            for (Expected e : expected) {
                if (!e.entry().isQueued()) {
                    throw new AssertionError(e + " must be queued");
                }
            }
        }

        void drain() {
            while (!expected.isEmpty()) {
                pollDue(expected.getFirst().deadline() - 1);
                pollDue(expected.getFirst().deadline());
            }
            pollDue(Long.MAX_VALUE >> 1);
        }
    }

    @Test
    void anEmptyHeapHasNothing() {
        Checked checked = new Checked(0);
        checked.pollDue(0);
        checked.remove(new Entry(1));
    }

    /// Every sequence of five deadlines out of five: all orders, all ties; then every one of them taken out.
    @Test
    void firesInTheOrderOfDeadlinesAndThenOfArrivalWhicheverIsTakenOut() {
        int kinds = 5;
        int length = 5;
        for (int sequence = 0; sequence < Math.powExact(kinds, length); sequence++) {
            for (int removed = -1; removed < length; removed++) {
                Checked checked = new Checked(0);
                List<Entry> entries = new ArrayList<>();
                for (int i = 0, rest = sequence; i < length; i++, rest /= kinds) {
                    Entry entry = new Entry(i);
                    entries.add(entry);
                    checked.add(entry, rest % kinds);
                }
                if (removed >= 0) {
                    checked.remove(entries.get(removed));
                    checked.remove(entries.get(removed));
                }
                checked.drain();
            }
        }
    }

    /// In a heap of 40, with few deadlines, a removal has to sift down here and up there.
    @ParameterizedTest
    @ValueSource(longs = {0, Long.MAX_VALUE - 20, Long.MIN_VALUE, -20})
    void doesWhatASortedListDoesOnAClockThatMayWrap(long origin) {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            Checked checked = new Checked(origin);
            List<Entry> all = new ArrayList<>();
            int spread = 1 + random.nextInt(100);
            for (int step = 0; step < 200; step++) {
                int choice = random.nextInt(10);
                if (choice < 5 || all.isEmpty()) {
                    Entry entry = new Entry(step);
                    all.add(entry);
                    checked.add(entry, random.nextInt(spread));
                } else if (choice < 8) {
                    checked.remove(all.get(random.nextInt(all.size())));
                } else {
                    checked.pollDue(random.nextInt(spread));
                }
            }
            checked.drain();
        }
    }

    @Test
    void anEntryMayComeAgainAfterItHasLeft() {
        Checked checked = new Checked(0);
        Entry first = new Entry(1);
        Entry second = new Entry(2);
        checked.add(first, 5);
        checked.add(second, 5);
        checked.pollDue(5);
        checked.add(first, 5);
        checked.remove(second);
        checked.add(second, 4);
        checked.drain();
    }

    @Test
    void growsAsFarAsNeeded() {
        TimerHeap heap = new TimerHeap();
        for (int i = 0; i < 100_000; i++) {
            heap.add(new Entry(i), (i * 7919L) % 100_003);
        }
        long last = Long.MIN_VALUE;
        for (int i = 0; i < 100_000; i++) {
            TimerHeap.@Nullable Entry due = heap.pollDue(Long.MAX_VALUE >> 1);
            assertThat((Object) due).isNotNull();
            if (due != null) {
                assertThat(due.deadline()).isGreaterThanOrEqualTo(last);
                last = due.deadline();
            }
        }
        assertThat(heap.size()).isZero();
    }

    @Nested
    final class Memory {

        private final TimerHeap heap = new TimerHeap();

        /// Also the one that was last in the array, whose slot nobody takes when the heap shrinks.
        @Test
        void anEntryThatLeftIsForgotten() {
            heap.add(new Entry(-1), -1);
            List<WeakReference<Entry>> gone = fillAndEmpty();
            gone.forEach(HubContract::waitUntilCollected);
            assertThat(heap.size()).isEqualTo(1);
        }

        private List<WeakReference<Entry>> fillAndEmpty() {
            List<Entry> entries = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                entries.add(new Entry(i));
                heap.add(entries.get(i), i);
            }
            for (int i = 19; i >= 0; i--) {
                assertThat(heap.remove(entries.get(i))).isTrue();
            }
            return entries.stream().map(WeakReference::new).toList();
        }
    }
}
