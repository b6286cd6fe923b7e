package io.greenlet.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What holds the elements of a queue, beside a plain list that does the same, and with a comparator that fails at any
/// moment.
@Timeout(60)
@SuppressWarnings("ReferenceEquality") // elements are told apart by identity
final class StoreTests {

    private static final int ROUNDS = 100;
    private static final int STEPS = 120;

    /// An element: equal in rank to others, but not the same.
    static final class Item {

        final int rank;
        final int number;

        Item(int rank, int number) {
            this.rank = rank;
            this.number = number;
        }

        @Override
        public String toString() {
            return rank + "#" + number;
        }
    }

    private static final class Refusal extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Refusal() {
            super("on purpose", null, false, false);
        }
    }

    private int comparisonsLeft = Integer.MAX_VALUE;

    private int compare(Item one, Item other) {
        if (comparisonsLeft-- == 0) {
            throw new Refusal();
        }
        return Integer.compare(one.rank, other.rank);
    }

    enum Kind {
        FIFO, LIFO, PRIORITY;

        Store<Item> make(StoreTests test) {
            return switch (this) {
                case FIFO -> new DequeStore<>(false);
                case LIFO -> new DequeStore<>(true);
                case PRIORITY -> new HeapStore<>(test::compare);
            };
        }

        /// Where a new element belongs in a list whose first element is the next one.
        int place(List<Item> list, Item item) {
            return switch (this) {
                case FIFO -> list.size();
                case LIFO -> 0;
                case PRIORITY -> (int) list.stream().filter(other -> other.rank <= item.rank).count();
            };
        }

        /// Where an element belongs that is taken back.
        int placeBack(List<Item> list, Item item) {
            return this == PRIORITY ? (int) list.stream().filter(other -> other.rank < item.rank).count() : 0;
        }
    }

    private static List<Item> contents(Store<Item> store) {
        List<Item> contents = new ArrayList<>();
        store.copyTo(contents);
        return contents;
    }

    private static void assertSame(Kind kind, Store<Item> store, List<Item> list) {
        assertThat(store.size()).isEqualTo(list.size());
        assertThat(store.peek()).isSameAs(list.isEmpty() ? null : list.getFirst());
        List<Item> contents = contents(store);
        List<Item> expected = new ArrayList<>(list);
        if (kind == Kind.PRIORITY) {
            Comparator<Item> byNumber = Comparator.comparingInt(item -> item.number);
            contents.sort(byNumber);
            expected.sort(byNumber);
        }
        assertThat(contents).isEqualTo(expected);
    }

    private static void assertDrains(Store<Item> store, List<Item> list) {
        List<Item> drained = Stream.generate(store::poll).limit(list.size()).toList();
        assertThat(drained).isEqualTo(list);
        assertThat(store.poll()).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void doesWhatAPlainListDoes(Kind kind) {
        for (int seed = 0; seed < ROUNDS; seed++) {
            Random random = new Random(seed);
            Store<Item> store = kind.make(this);
            List<Item> list = new ArrayList<>();
            @Nullable Item last = null;
            for (int i = 0; i < STEPS; i++) {
                switch (random.nextInt(7)) {
                    case 0, 1, 2 -> {
                        Item item = new Item(random.nextInt(6), i);
                        list.add(kind.place(list, item), item);
                        store.add(item);
                    }
                    case 3, 4 -> {
                        last = store.poll();
                        assertThat(last).isSameAs(list.isEmpty() ? null : list.removeFirst());
                    }
                    case 5 -> {
                        if (last != null) {
                            list.add(kind.placeBack(list, last), last);
                            store.restore(last);
                            last = null;
                        }
                    }
                    default -> {
                        Item gone = list.isEmpty() ? new Item(0, -1) : list.get(random.nextInt(list.size()));
                        assertThat(store.remove(gone)).isEqualTo(list.removeIf(item -> item == gone));
                        assertThat(store.remove(new Item(0, 0))).as("an equal one, at most").isFalse();
                    }
                }
                assertSame(kind, store, list);
            }
            if (random.nextBoolean()) {
                store.clear();
                list.clear();
            }
            assertDrains(store, list);
        }
    }

    @Test
    void changesNothingWhenAComparisonFailsWhicheverItIs() {
        for (int seed = 0; seed < ROUNDS; seed++) {
            Random random = new Random(seed);
            Store<Item> store = Kind.PRIORITY.make(this);
            List<Item> list = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                Item item = new Item(random.nextInt(20), i);
                list.add(Kind.PRIORITY.place(list, item), item);
                store.add(item);
            }
            for (int failing = 0; failing < 12; failing++) {
                List<Item> before = contents(store);
                Item any = before.get(random.nextInt(before.size()));
                Item fresh = new Item(random.nextInt(20), -1);
                for (Runnable step : List.<Runnable>of(store::poll, () -> store.remove(any), () -> store.add(fresh),
                        () -> store.restore(fresh))) {
                    comparisonsLeft = failing;
                    try {
                        step.run();
                        break; // it needed fewer: the store has changed
                    } catch (Refusal e) {
                        assertThat(contents(store)).isEqualTo(before);
                    } finally {
                        comparisonsLeft = Integer.MAX_VALUE;
                    }
                }
                if (!contents(store).equals(before)) {
                    store.clear();
                    list.forEach(store::add);
                }
            }
            list.sort(Comparator.comparingInt(item -> item.rank));
            assertDrains(store, list);
        }
    }

    @Test
    void failsWithWhatTheComparatorThrows() {
        Store<Item> store = Kind.PRIORITY.make(this);
        store.add(new Item(1, 0));
        comparisonsLeft = 0;
        assertThatThrownBy(() -> store.add(new Item(0, 1))).isInstanceOf(Refusal.class);
        assertThat(store.size()).isEqualTo(1);
    }
}
