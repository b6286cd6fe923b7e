package io.greenlet.sync;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A [Store] that gives out the least element first, and of equal ones the oldest.
///
/// A binary heap. [java.util.PriorityQueue] will not do: it keeps no order among equals, and a comparator that throws in
/// the middle of a move leaves it with one element twice and another one gone. Here a move is first looked up, which is
/// where the comparator is called, and then made.
///
/// @param <T> what is held
final class HeapStore<T> implements Store<T> {

    /// An element and when it came: equal ones go by number.
    private record Entry<T>(T element, long number) {}

    private final Comparator<? super T> order;
    private final List<Entry<T>> heap = new ArrayList<>(); // no entry comes after its children, 2i + 1 and 2i + 2
    private long newest; // the number of the last one that was added
    private long oldest; // the number of the last one that was taken back, below all others

    HeapStore(Comparator<? super T> order) {
        this.order = order;
    }

    @Override
    public int size() {
        return heap.size();
    }

    @Override
    public void add(T element) {
        insert(new Entry<>(element, newest + 1));
        newest++;
    }

    @Override
    public void restore(T element) {
        insert(new Entry<>(element, oldest - 1));
        oldest--;
    }

    private void insert(Entry<T> entry) {
        int bottom = heap.size();
        int place = raise(entry, bottom);
        heap.add(entry);
        lower(entry, bottom, place);
    }

    @Override
    public @Nullable T peek() {
        return heap.isEmpty() ? null : heap.getFirst().element;
    }

    @Override
    public @Nullable T poll() {
        return heap.isEmpty() ? null : removeAt(0);
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // this very object
    public boolean remove(Object element) {
        for (int i = 0; i < heap.size(); i++) {
            if (heap.get(i).element == element) {
                var _ = removeAt(i);
                return true;
            }
        }
        return false;
    }

    /// Takes out an entry; the last one gets its place, and goes up or down from there.
    private T removeAt(int index) {
        T removed = heap.get(index).element;
        int size = heap.size() - 1;
        Entry<T> last = heap.get(size);
        if (index == size) {
            heap.removeLast();
            return removed;
        }
        int above = raise(last, index);
        int below = above < index ? index : sink(last, index, size);
        heap.removeLast();
        if (above < index) {
            lower(last, index, above);
        } else {
            lift(last, index, below);
        }
        return removed;
    }

    /// Where an entry belongs, from a place upwards.
    private int raise(Entry<T> entry, int from) {
        int place = from;
        while (place > 0 && isBefore(entry, heap.get(parent(place)))) {
            place = parent(place);
        }
        return place;
    }

    /// Where an entry belongs, from a place downwards, in a heap of a size.
    private int sink(Entry<T> entry, int from, int size) {
        int place = from;
        for (int child = 2 * place + 1; child < size; child = 2 * place + 1) {
            if (child + 1 < size && isBefore(heap.get(child + 1), heap.get(child))) {
                child++;
            }
            if (!isBefore(heap.get(child), entry)) {
                break;
            }
            place = child;
        }
        return place;
    }

    /// Puts an entry in its place; those from there to the free place below go one down each.
    private void lower(Entry<T> entry, int free, int place) {
        int hole = free;
        for (; hole > place; hole = parent(hole)) {
            heap.set(hole, heap.get(parent(hole)));
        }
        heap.set(hole, entry);
    }

    /// Puts an entry in its place; those from there to the free place above go one up each.
    private void lift(Entry<T> entry, int free, int place) {
        Entry<T> carried = entry;
        for (int i = place; i > free; i = parent(i)) {
            carried = heap.set(i, carried);
        }
        heap.set(free, carried);
    }

    private boolean isBefore(Entry<T> one, Entry<T> other) {
        int compared = order.compare(one.element, other.element);
        return compared != 0 ? compared < 0 : one.number < other.number;
    }

    private static int parent(int index) {
        return (index - 1) >> 1;
    }

    @Override
    public void clear() {
        heap.clear();
    }

    @Override
    public void copyTo(Collection<? super T> list) {
        for (Entry<T> entry : heap) {
            list.add(entry.element);
        }
    }
}
