package io.greenlet.sync;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/// The elements a queue holds, in the order in which it gives them out. A plain data structure for one thread, without a
/// bound: how much is in it is for its owner to say.
///
/// A method that throws has changed nothing.
///
/// @param <T> what is held
sealed interface Store<T> permits DequeStore, HeapStore {

    /// How many elements it holds.
    int size();

    /// Takes an element in.
    void add(T element);

    /// Takes an element back that [#poll()] gave out: it is the next again, in a heap the next among its equals.
    void restore(T element);

    /// Which element is next, or null when there is none.
    @Nullable T peek();

    /// Gives the next element out, or null when there is none.
    @Nullable T poll();

    /// Throws this very object out; false if it is not here.
    boolean remove(Object element);

    /// Throws everything out.
    void clear();

    /// Adds all elements to a list, the next one first; the others of a heap are in no particular order.
    void copyTo(Collection<? super T> list);
}
