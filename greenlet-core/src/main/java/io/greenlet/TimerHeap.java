package io.greenlet;

import java.util.Arrays;

import org.jspecify.annotations.Nullable;

/// A binary heap of deadlines: adding, cancelling and firing are O(log n), and a cancelled timer leaves nothing behind.
///
/// Timers of equal deadline fire in the order in which they were added (eventlet leaves that order to chance).
/// Deadlines are points on a clock that may wrap, so they are compared by subtraction and must lie within half the
/// range of a `long` of each other.
///
/// The heap itself is a plain data structure for one thread; its owner guards it.
final class TimerHeap {

    private Entry[] heap = new Entry[16];
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

        private boolean isBefore(Entry other) {
            long ahead = deadline - other.deadline;
            return ahead < 0 || (ahead == 0 && order - other.order < 0);
        }
    }

    int size() {
        return size;
    }

    void add(Entry entry, long deadline) {
        assert entry.index < 0;
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, size * 2);
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
            int parent = (index - 1) >>> 1;
            if (!entry.isBefore(heap[parent])) {
                break;
            }
            place(heap[parent], index);
            index = parent;
        }
        place(entry, index);
    }

    private void siftDown(Entry entry, int from) {
        int index = from;
        while (index < size >>> 1) {
            int child = 2 * index + 1;
            if (child + 1 < size && heap[child + 1].isBefore(heap[child])) {
                child++;
            }
            if (!heap[child].isBefore(entry)) {
                break;
            }
            place(heap[child], index);
            index = child;
        }
        place(entry, index);
    }

    private void place(Entry entry, int index) {
        heap[index] = entry;
        entry.index = index;
    }
}
