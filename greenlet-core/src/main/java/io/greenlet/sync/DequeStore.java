package io.greenlet.sync;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.Iterator;
import org.jspecify.annotations.Nullable;

/// A [Store] that gives out the oldest element first, or the newest.
///
/// @param <T> what is held
final class DequeStore<T> implements Store<T> {

    private final Deque<T> elements = new ArrayDeque<>();
    private final boolean newestFirst;

    DequeStore(boolean newestFirst) {
        this.newestFirst = newestFirst;
    }

    @Override
    public int size() {
        return elements.size();
    }

    @Override
    public void add(T element) {
        if (newestFirst) {
            elements.addFirst(element);
        } else {
            elements.addLast(element);
        }
    }

    @Override
    public void restore(T element) {
        elements.addFirst(element);
    }

    @Override
    public @Nullable T peek() {
        return elements.peekFirst();
    }

    @Override
    public @Nullable T poll() {
        return elements.pollFirst();
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // this very object
    public boolean remove(Object element) {
        for (Iterator<T> all = elements.iterator(); all.hasNext();) {
            if (all.next() == element) {
                all.remove();
                return true;
            }
        }
        return false;
    }

    @Override
    public void clear() {
        elements.clear();
    }

    @Override
    public void copyTo(Collection<? super T> list) {
        list.addAll(elements);
    }
}
