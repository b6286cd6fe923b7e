package io.greenlet.sync;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/// The elements of a queue as they come, until it is closed and empty. For one thread: asking for the next takes it.
///
/// @param <T> the type of the elements
final class Arrivals<T> implements Iterator<T> {

    private final GreenQueue<T> queue;
    private @Nullable T next; // taken by hasNext, and not given out yet
    private boolean over;

    Arrivals(GreenQueue<T> queue) {
        this.queue = queue;
    }

    @Override
    public boolean hasNext() {
        if (next == null && !over) {
            try {
                next = queue.take();
            } catch (QueueClosedException e) {
                over = true;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                CancellationException cancelled = new CancellationException("interrupted while waiting for an element");
                cancelled.initCause(e);
                throw cancelled;
            }
        }
        return next != null;
    }

    @Override
    public T next() {
        if (!hasNext()) {
            throw new NoSuchElementException("the queue is closed and empty");
        }
        T given = next;
        next = null;
        if (given == null) {
            throw new AssertionError("an element that is not there");
        }
        return given;
    }
}
