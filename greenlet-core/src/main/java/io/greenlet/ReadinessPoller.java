package io.greenlet;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.greenlet.waiting.Waiter;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NoConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.StringJoiner;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The I/O listeners of all hubs: who waits until a channel is ready, and one daemon thread with one [Selector] that
/// tells them.
///
/// ```
///   listener: in line ──ready, closed, the poller failed──▶ given a notice, and woken
///                 └─────time over, interrupted────────────▶ leaves by itself
///
///   watch:    fresh ──the poller registers the channel──▶ registered ──its last listener is gone──▶ dropped
///     (one channel)                                            └── closed: its alarm rings ───────────▲
///
///   thread:   none ──first listener──▶ on its shift ──no listener for idleMillis──▶ none
/// ```
///
/// One listener is told once; then the channel is watched for the others only, and not at all when there are none: no
/// key of it is valid then, so that it can be made blocking at once.
///
/// - *Lock order*: the lock here, then those of channels and selectors. [CloseAlarm] calls with a channel's locks held, so
///   it only enqueues. Notices are given and waiters woken with no lock held.
/// - *No short lock*: the thread holds this one while it waits for locks of channels, and the owner of one of those may be
///   a green thread that cannot go on without its hub's carrier, as one that closes the channel and meets the selector
///   there. So a green thread that waits here lets others of its hub run: its call is one that blocks anyhow.
/// - *Only the thread registers*: a selector refuses a channel whose former key it has not taken out yet, and the thread
///   can make it do so.
/// - *Notice against time-out*: a listener is taken out of line under the lock, and given its notice when the selector has
///   let go of the channel. One whose time is over in between is late, and nothing is lost: the channel stays ready.
/// - *Close against readiness*: a closed channel looks ready to the selector, so that is asked after its ready set is
///   known: the channel is marked closed before its socket is shut down.
/// - *Descriptors*: that of a closed channel is released when the selector takes its key out. The thread makes it do so
///   whenever it has dropped a watch, before it tells anyone; a listener that leaves by itself rings for it and does not
///   wait.
/// - *A listener that comes while the thread decides to end* is either seen by it, under the lock, or sees that there is
///   no shift and begins the next one.
final class ReadinessPoller {

    private static final ReadinessPoller SHARED = new ReadinessPoller(TimeUnit.SECONDS.toMillis(10));

    private static final String[] OP_NAMES = {"OP_READ", null, "OP_WRITE", "OP_CONNECT", "OP_ACCEPT"};

    private final long idleMillis;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final IdentityHashMap<SelectableChannel, Watch> watches = new IdentityHashMap<>();

    @GuardedBy("lock")
    private @Nullable Shift shift;

    /// To be registered.
    @GuardedBy("lock")
    private final Queue<Watch> fresh = new ArrayDeque<>();

    /// Keys that the selector may still have.
    @GuardedBy("lock")
    private final List<SelectionKey> dropped = new ArrayList<>();

    /// How a wait ends.
    private sealed interface Notice {

        record Ready(int ops) implements Notice {}

        record Closed() implements Notice {}

        record Failed(Throwable cause) implements Notice {}
    }

    /// A notice for one who is in line no more.
    private record Letter(Waiter to, Notice notice) {

        void deliver() {
            to.give(notice);
            to.wake();
        }
    }

    /// Someone who waits.
    private static final class Listener {

        final Hub hub;
        final SelectableChannel channel;
        final int ops;
        final Waiter waiter = new Waiter();
        final @Nullable GreenTask<?> task = GreenTask.currentTask();
        final Thread thread = Thread.currentThread();

        Listener(Hub hub, SelectableChannel channel, int ops) {
            this.hub = hub;
            this.channel = channel;
            this.ops = ops;
        }

        String who() {
            if (task != null) {
                return task.toString();
            }
            return thread.getName().isEmpty() ? thread.toString() : "thread '" + thread.getName() + "'";
        }

        @Override
        public String toString() {
            return names(ops) + " of " + channel;
        }
    }

    /// A channel and those who wait for it. Used under the lock.
    private static final class Watch {

        final SelectableChannel channel;
        final List<Listener> listeners = new ArrayList<>(2);
        @Nullable CloseAlarm alarm; // null while fresh
        @Nullable SelectionKey key; // null while fresh

        Watch(SelectableChannel channel) {
            this.channel = channel;
        }

        @Nullable Listener rivalOf(Listener other) {
            for (Listener listener : listeners) {
                if ((listener.ops & other.ops) != 0) {
                    return listener;
                }
            }
            return null;
        }

        int interest() {
            int ops = 0;
            for (Listener listener : listeners) {
                ops |= listener.ops;
            }
            return ops;
        }

        void update() {
            try {
                if (key != null) {
                    key.interestOps(interest());
                }
            } catch (CancelledKeyException e) {
                // it is being closed: the alarm rings
            }
        }

        int ready() {
            try {
                return key == null ? 0 : key.readyOps();
            } catch (CancelledKeyException e) {
                return 0; // it is being closed, or nobody waits any more
            }
        }

        boolean isConnected() {
            return channel instanceof SocketChannel socket && socket.isConnected();
        }

        /// The alarm goes first, as it must.
        void drop() {
            if (alarm != null) {
                alarm.disarm();
            }
            if (key != null) {
                key.cancel();
            }
        }
    }

    ReadinessPoller(long idleMillis) {
        this.idleMillis = idleMillis;
    }

    /// Waits until a channel is ready: see [Hub]'s method.
    static int await(Hub hub, SelectableChannel channel, int ops, long nanos)
            throws IOException, InterruptedException, TimeoutException {
        return SHARED.awaitReady(hub, channel, ops, nanos);
    }

    /// How many wait by this hub's method.
    static int listeners(Hub hub) {
        return SHARED.count(hub);
    }

    int awaitReady(Hub hub, SelectableChannel channel, int ops, long nanos)
            throws IOException, InterruptedException, TimeoutException {
        check(channel, ops);
        if (channel instanceof SocketChannel socket && isConnectedAlready(socket, ops)) {
            return SelectionKey.OP_CONNECT;
        }
        Hub.point();
        Listener listener = new Listener(hub, channel, ops);
        if (nanos <= 0) {
            return glance(listener, nanos);
        }
        join(listener);
        Notice notice = null;
        try {
            notice = (Notice) hold(listener, nanos);
        } finally {
            if (notice == null) {
                leave(listener);
            }
        }
        return switch (notice != null ? notice : (Notice) listener.waiter.given()) {
            case null -> throw timeout(listener, nanos);
            case Notice.Ready(int ready) -> ready;
            case Notice.Closed() -> throw new AsynchronousCloseException();
            case Notice.Failed(Throwable cause) -> throw new IOException("cannot wait for " + listener, cause);
        };
    }

    int count(Hub hub) {
        int count = 0;
        lock.lock();
        try {
            for (Watch watch : watches.values()) {
                for (Listener listener : watch.listeners) {
                    count += listener.hub.equals(hub) ? 1 : 0;
                }
            }
        } finally {
            lock.unlock();
        }
        return count;
    }

    boolean isRunning() {
        lock.lock();
        try {
            return shift != null;
        } finally {
            lock.unlock();
        }
    }

    // ---- before the wait

    private static void check(SelectableChannel channel, int ops) throws ClosedChannelException {
        Objects.requireNonNull(channel, "channel");
        int valid = channel.validOps();
        if (ops == 0 || (ops & ~valid) != 0) {
            throw new IllegalArgumentException(
                    "ops must be one or more of " + names(valid) + " for " + channel + ": " + names(ops));
        }
        if (!channel.isOpen()) {
            throw new ClosedChannelException();
        }
        if (channel.isBlocking()) {
            throw new IllegalStateException("channel must be in non-blocking mode: " + channel);
        }
    }

    /// Refuses what the channel's own methods would refuse, and for which a selector spins or waits for ever.
    private static boolean isConnectedAlready(SocketChannel socket, int ops) throws ClosedChannelException {
        boolean toConnect = (ops & SelectionKey.OP_CONNECT) != 0;
        boolean pending = socket.isConnectionPending(); // asked first: pending becomes connected, not the other way
        if (socket.isConnected()) {
            return toConnect;
        }
        if (!socket.isOpen()) { // neither, because it was closed just now
            throw new ClosedChannelException();
        }
        if (!toConnect) {
            throw new NotYetConnectedException();
        }
        if (!pending) {
            throw new NoConnectionPendingException();
        }
        return false;
    }

    /// Looks without waiting.
    private static int glance(Listener listener, long nanos)
            throws IOException, InterruptedException, TimeoutException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        try (Selector selector = listener.channel.provider().openSelector()) {
            SelectionKey key = listener.channel.register(selector, listener.ops);
            selector.selectNow();
            int ready = key.readyOps();
            if (!listener.channel.isOpen()) {
                throw new AsynchronousCloseException();
            }
            if (ready == 0) {
                throw timeout(listener, nanos);
            }
            return ready;
        } catch (CancelledKeyException e) {
            throw (IOException) new AsynchronousCloseException().initCause(e);
        }
    }

    private static TimeoutException timeout(Listener listener, long nanos) {
        return new TimeoutException("no " + listener + " within " + Duration.ofNanos(nanos));
    }

    // ---- the wait

    /// On a simulated hub a channel is something outside, for which the clock must not jump.
    private static @Nullable Object hold(Listener listener, long nanos) throws InterruptedException {
        Hub here = Hub.current();
        if (!(here instanceof SimulatedHub)) {
            return listener.waiter.await(listener, nanos);
        }
        try {
            return here.<@Nullable Object>blocking(() -> listener.waiter.await(listener, nanos));
        } catch (InterruptedException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError("a wait throws no other", e);
        }
    }

    private void join(Listener listener) throws IOException {
        Listener rival;
        Shift current = null;
        lock.lock();
        try {
            Watch watch = watches.get(listener.channel);
            rival = watch == null ? null : watch.rivalOf(listener);
            if (rival == null) {
                current = current();
                if (watch == null) {
                    watch = new Watch(listener.channel);
                    watches.put(listener.channel, watch);
                    fresh.add(watch);
                }
                watch.listeners.add(listener);
                watch.update();
            }
        } finally {
            lock.unlock();
        }
        if (rival != null) {
            throw new IllegalStateException(
                    listener.who() + " cannot wait for " + listener + ": " + rival.who() + " waits for it already");
        }
        ring(current);
    }

    private void leave(Listener listener) {
        Shift current = null;
        Hub.point();
        lock.lock();
        try {
            Watch watch = watches.get(listener.channel);
            if (watch != null && watch.listeners.remove(listener)) {
                narrow(watch);
                current = shift;
            }
        } finally {
            lock.unlock();
        }
        ring(current);
    }

    private static void ring(@Nullable Shift current) {
        if (current != null) {
            current.ring();
        }
    }

    // ---- how it ends

    @GuardedBy("lock")
    private void tellReady(Watch watch, int ready, List<Letter> letters) {
        assert lock.isHeldByCurrentThread();
        for (Iterator<Listener> each = watch.listeners.iterator(); each.hasNext();) {
            Listener listener = each.next();
            int wanted = listener.ops & ready;
            if (wanted != 0) {
                each.remove();
                letters.add(new Letter(listener.waiter, new Notice.Ready(wanted)));
            }
        }
        narrow(watch);
    }

    @GuardedBy("lock")
    private void tellAll(Watch watch, Notice notice, List<Letter> letters) {
        assert lock.isHeldByCurrentThread();
        for (Listener listener : watch.listeners) {
            letters.add(new Letter(listener.waiter, notice));
        }
        watch.listeners.clear();
        narrow(watch);
    }

    /// Has the channel watched for those who are left.
    @GuardedBy("lock")
    private void narrow(Watch watch) {
        assert lock.isHeldByCurrentThread();
        if (!watch.listeners.isEmpty()) {
            watch.update();
            return;
        }
        watches.remove(watch.channel, watch); // a later watch of the same channel stays
        watch.drop();
        if (watch.key != null) {
            dropped.add(watch.key);
        }
    }

    // ---- the thread

    @GuardedBy("lock")
    private Shift current() throws IOException {
        assert lock.isHeldByCurrentThread();
        if (shift != null) {
            return shift;
        }
        Shift next = new Shift();
        try {
            Thread thread = Thread.ofPlatform().name("greenlet-readiness").daemon()
                    .inheritInheritableThreadLocals(false).unstarted(next::work);
            thread.setContextClassLoader(null);
            thread.start();
        } catch (Throwable e) { // no thread was to be had
            next.close();
            throw e;
        }
        shift = next;
        return next;
    }

    /// One life of the thread.
    private final class Shift {

        private final Selector selector;
        private final Selector escort;
        private final Queue<Watch> closed = new ConcurrentLinkedQueue<>(); // whose alarms have rung
        private volatile boolean rung; // there is something to do; written by all
        Shift() throws IOException {
            selector = Selector.open();
            try {
                escort = Selector.open();
            } catch (Throwable e) { // no descriptor was to be had
                selector.close();
                throw e;
            }
        }

        void close() throws IOException {
            try (selector) {
                escort.close();
            }
        }

        /// Wakes the thread, after what it is to see was written.
        void ring() {
            rung = true;
            selector.wakeup();
        }

        void work() {
            try (selector; escort) {
                long pause = idleMillis;
                do {
                    select(pause);
                    pause = attend();
                } while (pause >= 0);
            } catch (Throwable e) {
                fail(e);
            }
        }

        /// Waits until there is something to do. Taking keys out may have used up the wake-up of a ring, but not its mark.
        private void select(long pause) throws IOException {
            if (rung) {
                selector.selectNow();
            } else {
                selector.select(pause);
            }
            var _ = Thread.interrupted(); // a set flag would make every select return at once
        }

        /// Does all there is to do. Returns how long to wait for more, zero without limit, less to end.
        private long attend() throws IOException {
            boolean quiet = !rung && selector.selectedKeys().isEmpty();
            rung = false; // before the queues are looked at
            List<Letter> letters = new ArrayList<>();
            try {
                List<SelectionKey> gone;
                long pause;
                lock.lock();
                try {
                    if (quiet && watches.isEmpty()) {
                        end();
                        return -1;
                    }
                    tell(quiet, letters);
                    registerFresh(letters);
                    gone = List.copyOf(dropped);
                    dropped.clear();
                    pause = watches.isEmpty() ? idleMillis : 0;
                } finally {
                    lock.unlock();
                }
                takeOut(selector, gone);
                return pause;
            } finally {
                letters.forEach(Letter::deliver);
            }
        }

        @GuardedBy("ReadinessPoller.this.lock")
        private void tell(boolean quiet, List<Letter> letters) {
            tellSelected(letters);
            if (quiet) {
                tellConnected(letters);
            }
            for (Watch watch = closed.poll(); watch != null; watch = closed.poll()) {
                tellAll(watch, new Notice.Closed(), letters);
            }
        }

        @GuardedBy("ReadinessPoller.this.lock")
        private void tellSelected(List<Letter> letters) {
            for (SelectionKey key : selector.selectedKeys()) {
                Watch watch = (Watch) key.attachment();
                int ready = watch.ready();
                if (watch.channel.isOpen()) {
                    tellReady(watch, ready, letters);
                } else {
                    tellAll(watch, new Notice.Closed(), letters);
                }
            }
            selector.selectedKeys().clear();
        }

        /// A selector that returns for nothing may spin on a channel whose connection somebody else has finished: it is
        /// not ready to connect any more, but its socket reports an event.
        @GuardedBy("ReadinessPoller.this.lock")
        private void tellConnected(List<Letter> letters) {
            for (Watch watch : List.copyOf(watches.values())) {
                if (watch.isConnected()) {
                    tellReady(watch, SelectionKey.OP_CONNECT, letters);
                }
            }
        }

        @GuardedBy("ReadinessPoller.this.lock")
        private void registerFresh(List<Letter> letters) throws IOException {
            for (Watch watch = fresh.poll(); watch != null; watch = fresh.poll()) {
                if (watch.listeners.isEmpty()) {
                    continue;
                }
                try {
                    register(watch);
                } catch (ClosedChannelException e) {
                    tellAll(watch, new Notice.Closed(), letters);
                } catch (RuntimeException e) { // in blocking mode again, or a channel of another kind
                    tellAll(watch, new Notice.Failed(e), letters);
                }
            }
        }

        /// Registers a channel, and its alarm before it. Another selector that takes its key out meanwhile can make that
        /// the wrong order in the channel's list: then once more.
        @GuardedBy("ReadinessPoller.this.lock")
        private void register(Watch watch) throws IOException {
            CloseAlarm alarm;
            do {
                watch.drop();
                alarm = new CloseAlarm(watch.channel, () -> {
                    closed.add(watch);
                    ring();
                });
                SelectionKey former = watch.channel.keyFor(selector);
                if (former != null) {
                    takeOut(selector, List.of(former));
                }
                registerEscorted(watch, alarm);
            } while (!alarm.comesBefore(selector));
        }

        /// A channel that is closed while it has an alarm and no key of a JDK selector keeps its descriptor for ever. So
        /// there is such a key before the alarm.
        @GuardedBy("ReadinessPoller.this.lock")
        private void registerEscorted(Watch watch, CloseAlarm alarm) throws IOException {
            SelectionKey first = watch.channel.register(escort, 0);
            try {
                watch.alarm = alarm;
                alarm.arm();
                watch.key = watch.channel.register(selector, watch.interest(), watch);
            } catch (Throwable e) {
                watch.drop();
                throw e;
            } finally {
                first.cancel();
                takeOut(escort, List.of(first));
            }
        }

        /// Makes a selector take cancelled keys out. One that a closing thread is about to queue may come a moment later.
        @SuppressWarnings("ThreadPriorityCheck") // it is a hint
        private static void takeOut(Selector selector, List<SelectionKey> cancelled) throws IOException {
            if (cancelled.isEmpty()) {
                return;
            }
            selector.selectNow();
            for (SelectionKey key : cancelled) {
                while (selector.keys().contains(key)) {
                    Thread.yield();
                    selector.selectNow();
                }
            }
            selector.selectedKeys().clear(); // what is ready is found again
        }

        /// The selector, which is closed then, takes out what it still has.
        @GuardedBy("ReadinessPoller.this.lock")
        private void end() {
            shift = null;
            fresh.clear();
            dropped.clear();
        }

        private void fail(Throwable cause) {
            List<Letter> letters = new ArrayList<>();
            lock.lock();
            try {
                if (shift == this) {
                    for (Watch watch : List.copyOf(watches.values())) {
                        tellAll(watch, new Notice.Failed(cause), letters);
                    }
                    end();
                }
            } finally {
                lock.unlock();
            }
            letters.forEach(Letter::deliver);
            Hub.parallel().failed("readiness poller", cause);
        }
    }

    private static String names(int ops) {
        StringJoiner names = new StringJoiner("|");
        int left = ops;
        for (int bit = 0; bit < OP_NAMES.length; bit++) {
            String name = OP_NAMES[bit];
            if (name != null && (ops & 1 << bit) != 0) {
                names.add(name);
                left &= ~(1 << bit);
            }
        }
        return left != 0 || ops == 0 ? Integer.toString(ops) : names + " (" + ops + ')';
    }
}
