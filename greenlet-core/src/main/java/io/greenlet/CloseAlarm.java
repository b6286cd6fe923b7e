package io.greenlet;

import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelectionKey;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;

/// Tells at once that a channel was closed, which NIO tells nobody: a selector that the channel is registered with sleeps
/// on, and the descriptor stays open until it wakes for something else.
///
/// To the channel this is one more key, of a selector that selects nothing. Closing a channel cancels its keys, and
/// [AbstractSelectionKey#cancel()] first makes a key invalid and then asks it for its selector, to hand it over:
///
/// ```
///   new ──arm──▶ armed ──the channel closes: selector() of an invalid key──▶ gone, and rings in the closing thread
///                  └──────disarm──────▶ gone: as if it had never been
/// ```
///
/// - *It must be gone before the real key is.* The descriptor is released when a JDK selector takes its key of a closed
///   channel out and no other key is left; if this one were left then, nobody would ever release it. So it leaves as it
///   rings, and must [come before][#comesBefore(Selector)] the real key, which the closing thread cancels after it.
/// - *One selector each*, so that nothing has to clear the set of cancelled keys that such a selector keeps.
/// - *Limit*: on macOS, `DatagramChannel.disconnect` expects keys of the JDK's own kind only, and fails with an
///   `InternalError` while an alarm is armed.
final class CloseAlarm extends AbstractSelectionKey {

    private final SelectableChannel channel;
    private final Runnable bell;
    private final Nowhere selector = new Nowhere();
    private final Thread maker = Thread.currentThread();
    private boolean passed; // written and read by the maker only

    /// An alarm for a channel.
    ///
    /// @param bell what to run when the channel closes; may be run more than once, by any thread and with locks of the
    ///     channel held, so it takes no lock and never throws
    CloseAlarm(SelectableChannel channel, Runnable bell) {
        this.channel = channel;
        this.bell = bell;
    }

    /// Sets the alarm. Rings from now on if the channel closes.
    ///
    /// @throws ClosedChannelException if it is closed already
    void arm() throws ClosedChannelException {
        var _ = channel.register(selector, 0, this);
    }

    /// Takes the alarm from the channel, for good.
    void disarm() {
        selector.remove(this);
    }

    /// Says whether a closing thread comes here before it comes to the channel's key of another selector. The thread that
    /// made the alarm may ask.
    ///
    /// The search for that key passes all those before it, and asks each for its selector.
    boolean comesBefore(Selector other) {
        passed = false;
        var _ = channel.keyFor(other);
        return passed;
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // threads are told apart by identity
    public Selector selector() {
        if (!isValid()) {
            selector.remove(this);
            bell.run();
        } else if (Thread.currentThread() == maker) {
            passed = true;
        }
        return selector;
    }

    @Override
    public SelectableChannel channel() {
        return channel;
    }

    @Override
    public int interestOps() {
        return 0;
    }

    @Override
    public SelectionKey interestOps(int ops) {
        return this;
    }

    @Override
    public int readyOps() {
        return 0;
    }

    /// A selector that never selects: it only gives an alarm the looks of a key.
    private static final class Nowhere extends AbstractSelector {

        Nowhere() {
            super(SelectorProvider.provider());
        }

        void remove(CloseAlarm alarm) {
            deregister(alarm);
        }

        @Override
        protected SelectionKey register(AbstractSelectableChannel channel, int ops, Object alarm) {
            return (CloseAlarm) alarm;
        }

        @Override
        protected void implCloseSelector() {}

        @Override
        public Set<SelectionKey> keys() {
            return Set.of();
        }

        @Override
        public Set<SelectionKey> selectedKeys() {
            return Set.of();
        }

        @Override
        public int selectNow() {
            return 0;
        }

        @Override
        public int select(long timeout) {
            return 0;
        }

        @Override
        public int select() {
            return 0;
        }

        @Override
        public Selector wakeup() {
            return this;
        }
    }
}
