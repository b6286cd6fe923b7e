package io.greenlet;

import java.nio.channels.spi.AbstractInterruptibleChannel;
import java.util.concurrent.atomic.AtomicBoolean;

/// A channel whose code fails when the thread in it is interrupted, once.
public final class FragileChannel extends AbstractInterruptibleChannel {

    /// What it fails with.
    public static final String MESSAGE = "the channel fails to close";

    private final AtomicBoolean closed = new AtomicBoolean();

    /// Has the calling thread be in the channel from now on.
    public void enter() {
        begin();
    }

    @Override
    protected void implCloseChannel() {
        if (closed.compareAndSet(false, true)) {
            throw new IllegalStateException(MESSAGE);
        }
    }
}
