package io.greenlet;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// The tasks of a hub that have not ended, for those who come to look at them or to kill them.
///
/// Every spawn adds and removes here, from two processors more often than not, so each costs one compare-and-set and
/// touches no other task. A task takes a seat: the one its number picks, so that neighbours in time share cache lines,
/// or, where a long-running task sits there, one of a few far away. When these are taken too, a row of twice the seats
/// is put in front. Rows stay: the registry holds as many seats as were needed at once, within a small factor.
///
/// An iteration sees every task that is in the registry from its beginning to its end.
final class TaskRegistry {

    private static final int SEATS_AT_FIRST = 4096;
    private static final int PROBES = 6;

    private final AtomicReference<Row[]> rows = new AtomicReference<>(new Row[]{new Row(SEATS_AT_FIRST)});

    void add(GreenTask<?> task) {
        for (;;) {
            Row[] now = rows.get();
            if (now[0].seat(task)) {
                return;
            }
            Row[] grown = Arrays.copyOf(now, now.length + 1);
            System.arraycopy(now, 0, grown, 1, now.length);
            grown[0] = new Row(now[0].length() * 2);
            rows.compareAndSet(now, grown);
        }
    }

    /// Removes a task; harmless when it was not added, or has left.
    void remove(GreenTask<?> task) {
        Row row = task.row;
        if (row != null) {
            row.compareAndSet(task.seat, task, null);
        }
    }

    int size() {
        int size = 0;
        for (Row row : rows.get()) {
            for (int seat = 0; seat < row.length(); seat++) {
                if (row.getPlain(seat) != null) {
                    size++;
                }
            }
        }
        return size;
    }

    List<GreenTask<?>> tasks() {
        List<GreenTask<?>> tasks = new ArrayList<>();
        for (Row row : rows.get()) {
            for (int seat = 0; seat < row.length(); seat++) {
                GreenTask<?> task = row.get(seat);
                if (task != null) {
                    tasks.add(task);
                }
            }
        }
        return tasks;
    }

    /// Seats.
    static final class Row extends AtomicReferenceArray<GreenTask<?>> {

        private static final long serialVersionUID = 1L;

        Row(int seats) {
            super(seats);
        }

        private boolean seat(GreenTask<?> task) {
            long place = task.id();
            for (int probe = 0; probe < PROBES; probe++) {
                int index = (int) place & (length() - 1);
                if (getPlain(index) == null) {
                    task.row = this;
                    task.seat = index;
                    if (compareAndSet(index, null, task)) {
                        return true;
                    }
                }
                place = (place * 0x5851_F42D_4C95_7F2DL + 0x1405_7B7E_F767_814FL) >>> 17;
            }
            return false;
        }
    }
}
