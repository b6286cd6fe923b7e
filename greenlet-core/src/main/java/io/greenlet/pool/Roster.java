package io.greenlet.pool;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.ToLongFunction;

import org.jspecify.annotations.Nullable;

/// The tasks of a pool whose bodies or links are running, for those who come to look at them, to kill them all, or to
/// wait for their last steps; and how many have completed.
///
/// Every task comes and goes here, so both must be next to nothing: a task takes a seat by one compare-and-set in its
/// own thread, and leaves by one write after its last link. Whoever has the seat counts its completion there, since the
/// cache line is its own at that moment; a shared counter would be the most contended word of the pool. For the
/// same reason it may leave its slot there: see [PermitCore]. Seats of the later rows leave theirs in those of an early
/// one, since what is stashed is added up under a lock, for one figure.
///
/// A number of the thread's picks the seat, so that neighbours in time sit together and a seat is taken again by the next
/// round; where a long-running task sits there, one of a few far away is tried, then any. When all are taken, a row of
/// twice the seats is added. Rows stay: there are as many seats as were needed at once, within a small factor.
///
/// An iteration sees every task that sits from its beginning to its end.
final class Roster {

    private static final int SEATS_AT_FIRST = 64;
    private static final int PROBES = 5;
    private static final int STASHING_ROWS = 3; // 448 seats: what is stashed is added up under a lock, however many sit

    private final AtomicReference<Row[]> rows = new AtomicReference<>(new Row[]{new Row(SEATS_AT_FIRST, null)});

    /// A place for one task at a time.
    static final class Seat implements PermitCore.Stash {

        private static final VarHandle SITTER;
        private static final VarHandle COMPLETED;
        private static final VarHandle STASHED;

        static {
            try {
                MethodHandles.Lookup lookup = MethodHandles.lookup();
                SITTER = lookup.findVarHandle(Seat.class, "sitter", PoolTask.class);
                COMPLETED = lookup.findVarHandle(Seat.class, "completed", long.class);
                STASHED = lookup.findVarHandle(Seat.class, "stashed", long.class);
            } catch (ReflectiveOperationException e) {
                throw new ExceptionInInitializerError(e);
            }
        }

        private volatile @Nullable PoolTask<?> sitter; // through SITTER
        private volatile long completed; // through COMPLETED; written by the one who sits
        private volatile long stashed; // through STASHED; slots of those who sat here, whether fetched since or not
        private PoolEvents.@Nullable Span run; // of the one who sits; null if nobody records
        private final @Nullable Seat stash; // whose `stashed` counts; null for its own

        Seat(@Nullable Seat stash) {
            this.stash = stash;
        }

        private boolean take(PoolTask<?> task) {
            return sitter == null && SITTER.compareAndSet(this, null, task);
        }

        /// Counts the completion of the one who sits.
        void complete() {
            COMPLETED.setRelease(this, (long) COMPLETED.get(this) + 1);
        }

        @Override
        public void add() {
            long _ = (long) STASHED.getAndAdd(stash == null ? this : stash, 1L);
        }

        /// Has the body of the one who sits recorded.
        void record(PoolEvents.Span body) {
            run = body;
        }

        void recordEnd(PoolTask<?> task, TaskOutcome how) {
            PoolEvents.Span body = run;
            if (body != null) {
                run = null;
                body.over(task, how.name().toLowerCase(Locale.ROOT));
            }
        }

        void leave() {
            SITTER.setRelease(this, null);
        }
    }

    private static final class Row extends AtomicReferenceArray<Seat> {

        private static final long serialVersionUID = 1L;

        private final transient @Nullable Row stashes; // null for its own

        Row(int seats, @Nullable Row stashes) {
            super(seats);
            this.stashes = stashes;
        }

        @Nullable Seat take(PoolTask<?> task) {
            long place = task.seatHint();
            for (int probe = 0; probe < PROBES; probe++) {
                Seat seat = seat((int) place);
                if (seat.take(task)) {
                    return seat;
                }
                place = (place * 0x5851_F42D_4C95_7F2DL + 0x1405_7B7E_F767_814FL) >>> 17;
            }
            return takeAny(task, (int) place);
        }

        /// Looks at every seat, so that a row is added only when this one is full: bodies that nest in one thread all
        /// probe the same few.
        private @Nullable Seat takeAny(PoolTask<?> task, int start) {
            for (int i = 0; i < length(); i++) {
                Seat seat = seat(start + i);
                if (seat.take(task)) {
                    return seat;
                }
            }
            return null;
        }

        private Seat seat(int place) {
            int index = place & (length() - 1);
            Seat seat = get(index);
            if (seat == null) {
                compareAndSet(index, null, new Seat(stashes == null ? null : stashes.seat(index)));
                seat = get(index);
            }
            return seat;
        }
    }

    /// Takes a seat for a task whose body is about to run in the calling thread.
    Seat take(PoolTask<?> task) {
        for (;;) {
            Row[] now = rows.get();
            Seat seat = now[now.length - 1].take(task);
            if (seat != null) {
                return seat;
            }
            Row[] grown = Arrays.copyOf(now, now.length + 1);
            grown[now.length] = new Row(2 * now[now.length - 1].length(),
                    now.length < STASHING_ROWS ? null : now[STASHING_ROWS - 1]);
            rows.compareAndSet(now, grown);
        }
    }

    List<PoolTask<?>> tasks() {
        List<PoolTask<?>> tasks = new ArrayList<>();
        for (Row row : rows.get()) {
            for (int i = 0; i < row.length(); i++) {
                Seat seat = row.get(i);
                PoolTask<?> task = seat == null ? null : seat.sitter;
                if (task != null) {
                    tasks.add(task);
                }
            }
        }
        return tasks;
    }

    /// How many have completed.
    long completed() {
        return sum(seat -> seat.completed, Integer.MAX_VALUE);
    }

    /// How many slots have been stashed.
    long stashed() {
        return sum(seat -> seat.stashed, STASHING_ROWS);
    }

    private long sum(ToLongFunction<Seat> figure, int ofRows) {
        long sum = 0;
        Row[] now = rows.get();
        for (int r = 0; r < Math.min(ofRows, now.length); r++) {
            Row row = now[r];
            for (int i = 0; i < row.length(); i++) {
                Seat seat = row.get(i);
                if (seat != null) {
                    sum += figure.applyAsLong(seat);
                }
            }
        }
        return sum;
    }
}
