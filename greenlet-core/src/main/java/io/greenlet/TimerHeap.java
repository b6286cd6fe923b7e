package io.greenlet;

import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/// A heap of deadlines: adding, cancelling and firing are O(log n), and a cancelled timer leaves nothing behind.
///
/// Each node has four children, and the deadlines stand in an array of their own: with a million timers the way down is
/// ten steps, and each looks into one cache line instead of two timers.
///
/// Timers of equal deadline fire in the order in which they were added (eventlet leaves that order to chance).
/// Deadlines are points on a clock that may wrap, so they are compared by subtraction and must lie within half the
/// range of a `long` of each other.
///
/// The heap itself is a plain data structure for one thread; its owner guards it.
final class TimerHeap {

    private static final int CHILDREN = 4;

    private Entry[] heap = new Entry[16];
    private long[] deadlines = new long[16]; // of those in the heap
    private int size;
    private long sequence;

    /// A timer in the heap. Its owner decides how a cancellation from another thread gets in.
    abstract static non-sealed class Entry implements HubTimer {

        final Runnable callback;
        private long deadline;
        private long order;
        private int index = -1;

        Entry(Runnable callback) {
            this.callback = callback;
        }

        final long deadline() {
            return deadline;
        }

        final boolean isQueued() {
            return index >= 0;
        }
    }

    int size() {
        return size;
    }

    void add(Entry entry, long deadline) {
        assert entry.index < 0;
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, size * 2);
            deadlines = Arrays.copyOf(deadlines, size * 2);
        }
        entry.deadline = deadline;
        entry.order = sequence++;
        size++;
        siftUp(entry, size - 1);
    }

    /// The entry with the earliest deadline, or null when there is none.
    @Nullable Entry first() {
        return size == 0 ? null : heap[0];
    }

    /// Takes out the first entry whose deadline is not after `now`, or returns null when none is due.
    @Nullable Entry pollDue(long now) {
        Entry first = first();
        if (first == null || first.deadline - now > 0) {
            return null;
        }
        remove(first);
        return first;
    }

    /// Takes out an entry; false when it is not in the heap.
    boolean remove(Entry entry) {
        int index = entry.index;
        if (index < 0) {
            return false;
        }
        entry.index = -1;
        size--;
        Entry last = heap[size];
        clear(size);
        if (index < size) {
            siftDown(last, index);
            if (last.index == index) {
                siftUp(last, index);
            }
        }
        return true;
    }

    @SuppressWarnings("NullAway") // a slot beyond size holds nothing, and nothing reads it
    private void clear(int index) {
        heap[index] = null;
    }

    private void siftUp(Entry entry, int from) {
        int index = from;
        while (index > 0) {
            int parent = (index - 1) / CHILDREN;
            if (!isBefore(entry, entry.deadline, parent)) {
                break;
            }
            place(heap[parent], deadlines[parent], index);
            index = parent;
        }
        place(entry, entry.deadline, index);
    }

    private void siftDown(Entry entry, int from) {
        int index = from;
        for (;;) {
            int child = firstChild(index);
            if (child < 0 || isBefore(entry, entry.deadline, child)) {
                break;
            }
            place(heap[child], deadlines[child], index);
            index = child;
        }
        place(entry, entry.deadline, index);
    }

    /// The child with the earliest deadline, or -1 when there is none.
    private int firstChild(int parent) {
        int child = CHILDREN * parent + 1;
        if (child >= size) {
            return -1;
        }
        int first = child;
        int end = Math.min(child + CHILDREN, size);
        while (++child < end) {
            if (isBefore(heap[child], deadlines[child], first)) {
                first = child;
            }
        }
        return first;
    }

    private boolean isBefore(Entry entry, long deadline, int index) {
        long ahead = deadline - deadlines[index];
        return ahead < 0 || (ahead == 0 && entry.order - heap[index].order < 0);
    }

    private void place(Entry entry, long deadline, int index) {
        heap[index] = entry;
        deadlines[index] = deadline;
        entry.index = index;
    }
}
