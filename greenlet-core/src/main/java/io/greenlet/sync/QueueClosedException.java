package io.greenlet.sync;

/// A [GreenQueue] is closed: it takes nothing any more, or has nothing left to give. The message carries its counters.
public class QueueClosedException extends IllegalStateException {

    private static final long serialVersionUID = 1L;

    /// A refusal with its reason.
    ///
    /// @param message what is closed, and its counters
    public QueueClosedException(String message) {
        super(message);
    }
}
