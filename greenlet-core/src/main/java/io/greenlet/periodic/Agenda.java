package io.greenlet.periodic;

import java.util.PriorityQueue;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/// What is due when: those to run immediately first, then by time; of the same time, in the order in which they were
/// registered.
///
/// A plain data structure for one thread: its owner guards it. Times are points on a clock that may wrap, compared by
/// subtraction.
final class Agenda<E extends Agenda.Entry> {

    /// Something with a time.
    abstract static class Entry {

        private final int number;
        private boolean immediate;
        private long due;

        Entry(int number) {
            this.number = number;
        }

        final long due() {
            return due;
        }

        private int compare(Entry other) {
            if (immediate != other.immediate) {
                return immediate ? -1 : 1;
            }
            long ahead = due - other.due;
            return ahead != 0 ? Long.signum(ahead) : Integer.compare(number, other.number);
        }
    }

    private final Queue<E> entries = new PriorityQueue<>((a, b) -> ((Entry) a).compare(b));

    void add(E entry, long due, boolean immediate) {
        assert !entries.contains(entry) : "is on the agenda already";
        Entry added = entry;
        added.due = due;
        added.immediate = immediate;
        entries.add(entry);
    }

    boolean remove(E entry) {
        return entries.remove(entry);
    }

    @Nullable E first() {
        return entries.peek();
    }

    /// Takes the first out, if its time has come.
    @Nullable E pollDue(long now) {
        E first = entries.peek();
        return first == null || first.due() - now > 0 ? null : entries.poll();
    }

    boolean isEmpty() {
        return entries.isEmpty();
    }

    void clear() {
        entries.clear();
    }
}
