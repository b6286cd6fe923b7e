package io.greenlet;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The cooperative hub where `java.lang` is open: green threads are virtual threads that the hub itself schedules, on one
/// platform thread, its *carrier*. So whatever unmounts a virtual thread lets the next one run: a socket, a lock,
/// `Thread.sleep`.
///
/// Each green thread has a [Seat], which is the scheduler that the JDK knows: it puts itself at the end of the ready queue
/// whenever its thread is ready. Virtual threads that a green thread starts by the JDK's means inherit its seat as their
/// scheduler; they take turns with the green threads, but are none.
///
/// ## The carrier
///
/// ```
///             something is ready                    nothing is
///     NONE ────────────────────────▶ RUNNING ─────────────────────▶ IDLE
///   no thread  starts a thread       ▲  ▲ │ ◀──────────────────────  parked
///      ▲                             │  └─┘       something is        │
///      │                   a failure: a new thread                    │
///      └──────────────────────────────────────────────────────────────┘
///                   idle for long, or for a moment if the hub is closed
/// ```
///
/// - *No wake-up is lost.* Who makes something ready adds it to the queue, then reads the state; the carrier writes IDLE,
///   then looks at the queue again. All four are volatile, so one of the two sees the other. Who finds the state not
///   RUNNING moves it there, by compare-and-set, and wakes the carrier or starts it; so there is one at most.
/// - *The scheduler never refuses*, also after the close: the JDK calls it in whoever unparks, among them its service
///   threads, which an exception would end for the whole JVM. What comes late finds NONE and starts a carrier again. If no
///   thread can be had, the state is NONE again and the [OutOfMemoryError] goes to the JDK, which tries again by itself.
/// - *A carrier that something escaped to is replaced*, as its thread may be left half unmounted: a new one goes on with
///   the same queue.
/// - *An entry may be in the queue more than once*: looking at the stack of a ready thread adds one. Running an entry
///   whose thread is not ready does nothing.
/// - *The JDK's pollers are started before the first hub is*, from the JDK's own scheduler: they are virtual threads too,
///   and would else live on the hub that first uses a socket, and stand still with it.
///
/// ## Outside
///
/// [#blocking(Callable)] keeps thread and identity, and changes the carrier: for the time of the body one thread of a
/// shared pool carries the virtual thread, and it alone: that is an [Outing]. The seat's `outing` is changed by its own
/// virtual thread only.
///
/// ```
///                outing = o, yield                          outing = null, yield
///   on the hub ─────────────────────▶ carried by o's thread ─────────────────────▶ on the hub
/// ```
///
/// - *A late entry in the hub's queue* finds an outing and is dropped: the yield that followed made an entry there.
/// - *A late call for the outing* reaches a thread that has left, or that finds the outing over: it is dropped, as the
///   yield that followed made an entry in the hub's queue. Since the outing's thread looks only between two runs, and the
///   virtual thread ends the outing within one, it never carries the thread again.
@SuppressWarnings("ReferenceEquality") // threads and continuations are told apart by identity
final class CarrierHub extends SerialHub {

    private static final int NONE = 0;
    private static final int IDLE = 1;
    private static final int RUNNING = 2;

    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long CLOSED_IDLE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private static final VarHandle STATE;
    private static final VarHandle SEATED;
    private static final VarHandle SWITCHES;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            STATE = lookup.findVarHandle(CarrierHub.class, "state", int.class);
            SEATED = lookup.findVarHandle(CarrierHub.class, "seated", Seat.class);
            SWITCHES = lookup.findVarHandle(CarrierHub.class, "switches", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /// Whether it works here, found out once, by whoever asks first.
    private static final FutureTask<Boolean> TRIAL = new FutureTask<>(CarrierHub::prepare);

    /// What carries those outside, of all hubs.
    private static final Executor OUTSIDE = new ThreadPoolExecutor(0, Integer.MAX_VALUE, 60, TimeUnit.SECONDS,
            new SynchronousQueue<>(), body -> platformThread("greenlet-blocking", body));

    private final long idleNanos;
    private final Queue<Runnable> queue;
    private final TimerThread timers = new TimerThread();
    private volatile int state; // through STATE
    private volatile @Nullable Thread carrier; // written by the carrier
    private volatile @Nullable Thread givingWay; // whose next entry goes before all others; written by itself
    private @Nullable Runnable follower; // that entry; of the carrier
    private @Nullable Seat seated; // through SEATED; written by the carrier: whom it runs, if that is a green thread
    private long switches; // through SWITCHES; written by the carrier

    CarrierHub(String name) {
        this(name, IDLE_NANOS, new ConcurrentLinkedQueue<>());
    }

    /// One with another patience of its carrier, or another ready queue, for tests.
    CarrierHub(String name, long idleNanos, Queue<Runnable> queue) {
        super(name);
        this.idleNanos = idleNanos;
        this.queue = queue;
        if (!isPossible()) {
            throw new IllegalStateException("hub '" + name + "' must have package java.lang open to greenlet");
        }
    }

    // ---- whether it works

    /// Whether this JVM lets a hub have a carrier of its own. The first call makes a trial, which takes some milliseconds.
    static boolean isPossible() {
        if (!VirtualThreads.areSchedulable()) {
            return false;
        }
        TRIAL.run(); // nothing happens when it has run, or is being run
        boolean interrupted = false;
        try {
            for (;;) {
                try {
                    return TRIAL.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (ExecutionException e) {
            return false;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// On a platform thread, since only such a one carries, and since its children have the JDK's scheduler.
    private static boolean prepare() {
        CompletableFuture<Boolean> works = new CompletableFuture<>();
        CompletableFuture<Void> warm = new CompletableFuture<>();
        platformThread("greenlet-trial", () -> {
            try {
                Thread.ofVirtual().start(() -> warmPollers(warm));
                works.complete(tryOut());
            } catch (Throwable e) {
                works.completeExceptionally(e);
                warm.complete(null);
            }
        }).start();
        warm.join();
        return works.join();
    }

    /// Whether a virtual thread of ours runs here, yields, goes on and ends here.
    @SuppressWarnings("ThreadPriorityCheck") // what is tried out
    private static boolean tryOut() {
        Queue<Runnable> given = new ArrayDeque<>();
        Queue<@Nullable Thread> carriers = new ConcurrentLinkedQueue<>();
        Thread thread = VirtualThreads.unstarted(given::add, "greenlet-trial", null, () -> {
            carriers.add(VirtualThreads.carrierOf(Thread.currentThread()));
            Thread.yield();
            carriers.add(VirtualThreads.carrierOf(Thread.currentThread()));
        });
        thread.start();
        Runnable first = given.remove();
        first.run();
        Runnable second = given.remove();
        second.run();
        Thread here = Thread.currentThread();
        return first == second && !thread.isAlive() && carriers.poll() == here && carriers.poll() == here;
    }

    /// Reads from a socket that has nothing, which makes the JDK start its pollers. Without a network there is nothing to
    /// warm.
    private static void warmPollers(CompletableFuture<Void> done) {
        try (DatagramSocket socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            socket.setSoTimeout(1);
            socket.receive(new DatagramPacket(new byte[1], 1));
        } catch (SocketTimeoutException expected) {
            // it has waited: the pollers are there
        } catch (Exception e) {
            System.getLogger("io.greenlet").log(System.Logger.Level.DEBUG, "the JDK's pollers could not be warmed", e);
        } finally {
            done.complete(null);
        }
    }

    // ---- looking

    /// The green thread that has the hub at this moment, or null if none has. A look from outside: it may just have
    /// changed.
    @Override
    @Nullable GreenTask<?> running() {
        Seat seat = (Seat) SEATED.getOpaque(this);
        return seat == null ? null : seat.task;
    }

    @Override
    long switches() {
        return (long) SWITCHES.getOpaque(this);
    }

    /// How many entries are in the ready queue; counts them.
    @Override
    int ready() {
        return queue.size();
    }

    @Override
    int timers() {
        return timers.pending();
    }

    @Override
    String kind() {
        return "own-carrier";
    }

    @Override
    GreenThreadState stateOf(Thread thread) {
        if (thread.isVirtual()) {
            if (VirtualThreads.schedulerOf(thread) instanceof Seat seat && seat.outing != null) {
                return GreenThreadState.BLOCKING;
            }
            if (VirtualThreads.carrierOf(thread) != null) {
                return GreenThreadState.RUNNING;
            }
        }
        return thread.getState() == Thread.State.RUNNABLE ? GreenThreadState.READY : GreenThreadState.WAITING;
    }

    @Override
    @Nullable Object blockerOf(Thread thread) {
        return LockSupport.getBlocker(thread);
    }

    @Override
    public boolean greensJdkBlocking() {
        return true;
    }

    @Override
    boolean isInside() {
        GreenTask<?> task = GreenTask.currentTask();
        return task != null && task.hub() == this;
    }

    /// Whether the calling thread runs on this hub's carrier now.
    private boolean isCarried() {
        Thread here = Thread.currentThread();
        return here.isVirtual() && VirtualThreads.carrierOf(here) == carrier;
    }

    /// Runs a few instructions in which the calling thread may meet a lock that a thread outside holds, and is to keep its
    /// carrier then: by itself a virtual thread is parked there, and others of its hub run, in the midst of what is no
    /// blocking call. In a thread that no hub of this kind carries this is a plain call.
    static void withoutSwitch(Runnable body) {
        Thread here = Thread.currentThread();
        if (!here.isVirtual() || !VirtualThreads.areSchedulable()
                || !(VirtualThreads.schedulerOf(here) instanceof Seat)) {
            body.run();
            return;
        }
        VirtualThreads.pin(here);
        try {
            body.run();
        } finally {
            VirtualThreads.unpin(here);
        }
    }

    // ---- the ready queue

    @Override
    void makeReady(GreenTask<?> task) {
        Seat seat = new Seat(task);
        Thread thread = VirtualThreads.unstarted(seat, task.label(), task.contextClassLoader(), seat::live);
        withoutSwitch(thread::start); // the JDK keeps a list of its threads, and locks in it
    }

    @Override
    void executePart(GreenTask<?> part) {
        handOver(() -> makeReady(part));
    }

    @Override
    void unparkNext(Thread thread) {
        handOver(() -> LockSupport.unpark(thread));
    }

    /// Takes a step that makes somebody ready, who is next then, before all that are.
    private void handOver(Runnable step) {
        if (!isCarried()) {
            step.run();
            return;
        }
        givingWay = Thread.currentThread();
        try {
            withoutSwitch(step);
        } finally {
            givingWay = null;
        }
    }

    private @Nullable Runnable nextEntry() {
        Runnable first = follower;
        follower = null;
        return first != null ? first : queue.poll();
    }

    private void submit(Runnable entry) {
        if (givingWay == Thread.currentThread() && follower == null) {
            follower = entry;
            return;
        }
        queue.add(entry);
        for (int seen = state; seen != RUNNING; seen = state) {
            if (STATE.compareAndSet(this, seen, RUNNING)) {
                if (seen == IDLE) {
                    LockSupport.unpark(carrier);
                } else {
                    startCarrier();
                }
                return;
            }
        }
    }

    private void startCarrier() {
        try {
            platformThread("greenlet-" + name(), this::carry).start();
        } catch (Throwable e) {
            state = NONE; // the next one tries again
            throw e;
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // the ordinary one, and not that of whoever happens to start it
    private static Thread platformThread(String name, Runnable body) {
        Thread thread = Thread.ofPlatform().name(name).daemon().priority(Thread.NORM_PRIORITY)
                .inheritInheritableThreadLocals(false).unstarted(body);
        thread.setContextClassLoader(null);
        return thread;
    }

    // ---- the carrier

    private void carry() {
        boolean over = false;
        try {
            carrier = Thread.currentThread();
            do {
                for (Runnable next = nextEntry(); next != null; next = nextEntry()) {
                    carry(next);
                }
                SEATED.setOpaque(this, null);
                over = isOverAfterRest();
            } while (!over);
        } catch (Throwable e) {
            failed("carrier of hub '" + name() + "', which is replaced", e);
        } finally {
            if (!over) {
                startCarrier();
            }
        }
    }

    private void carry(Runnable entry) {
        SWITCHES.setOpaque(this, switches + 1);
        SEATED.setOpaque(this, entry instanceof Seat seat ? seat : null);
        entry.run();
    }

    /// Waits until something is ready; whether the carrier has waited long enough and shall end.
    private boolean isOverAfterRest() {
        state = IDLE;
        if (!queue.isEmpty()) { // somebody added while the state was RUNNING: CarrierHubProgram.unseen
            STATE.compareAndSet(this, IDLE, RUNNING);
            return false;
        }
        long start = nanoTime();
        while (state == IDLE) {
            long left = (isClosed() ? Math.min(CLOSED_IDLE_NANOS, idleNanos) : idleNanos) - (nanoTime() - start);
            if (left > 0) {
                LockSupport.parkNanos(this, left);
                Thread.interrupted(); // nobody's: it would keep the carrier from parking
            } else if (STATE.compareAndSet(this, IDLE, NONE)) {
                return true;
            }
        }
        return false;
    }

    /// Whether a thread is carried by a hub of this kind: a green thread's, or one of its JDK children.
    static boolean isSeated(Thread thread) {
        return thread.isVirtual() && VirtualThreads.areSchedulable()
                && VirtualThreads.schedulerOf(thread) instanceof Seat;
    }

    @Override
    void emptied() {
        timers.expectNoMore();
        LockSupport.unpark(carrier); // to see that the hub is closed
    }

    // ---- waiting

    @Override
    public void park(Object blocker) {
        LockSupport.park(blocker);
    }

    @Override
    public void unpark(Thread thread) {
        LockSupport.unpark(thread);
    }

    @Override
    public void interrupt(Thread thread) {
        thread.interrupt();
    }

    @Override
    @SuppressWarnings("ThreadPriorityCheck") // to this scheduler it is more than a hint
    public void yieldNow() {
        if (isCarried()) {
            Thread.yield();
        } else {
            yieldInJdk();
        }
    }

    @Override
    public long nanoTime() {
        return System.nanoTime();
    }

    @Override
    HubTimer schedule(long delayNanos, Runnable callback) {
        return timers.schedule(delayNanos, callback);
    }

    // ---- outside

    @Override
    public <T extends @Nullable Object> T blocking(Callable<? extends T> body) throws Exception {
        Seat here = isCarried() ? seated : null; // the carrier's last write was for this very turn
        if (here == null) {
            return body.call();
        }
        Outing outing = new Outing(here);
        OUTSIDE.execute(outing); // before anything else: it may fail
        try {
            leave(here, outing);
            return body.call();
        } finally {
            comeBack(here, outing);
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // moves this thread to the outing's carrier, unless it is pinned
    private static void leave(Seat here, Outing outing) {
        here.outing = outing;
        Thread.yield();
    }

    @SuppressWarnings("ThreadPriorityCheck") // moves this thread to the hub's carrier
    private void comeBack(Seat here, Outing outing) {
        here.outing = null;
        outing.end();
        while (!isCarried()) {
            Thread.yield();
        }
    }

    /// The place of a green thread on the hub: its scheduler, and its entry in the ready queue.
    private final class Seat implements Executor, Runnable {

        volatile @Nullable GreenTask<?> task; // null when it has ended: children of the thread may keep the seat
        volatile @Nullable Outing outing; // written by the green thread
        private volatile @Nullable Runnable continuation; // written once, by the start of the thread

        Seat(GreenTask<?> task) {
            this.task = task;
        }

        /// The virtual thread's whole life.
        void live() {
            GreenTask<?> mine = Objects.requireNonNull(task);
            try {
                mine.live();
            } finally {
                task = null;
                delist(mine);
            }
        }

        /// Called by the JDK with the continuation of a virtual thread that is ready: that of the green thread, the first
        /// time and mostly, or of a child of its.
        @Override
        public void execute(Runnable ready) {
            Runnable mine = continuation;
            if (mine == null) {
                mine = ready;
                continuation = ready;
            }
            Outing now = outing;
            if (ready != mine) {
                submit(ready);
            } else if (now == null) {
                submit(this);
            } else {
                now.resume();
            }
        }

        /// A turn on the hub's carrier.
        @Override
        public void run() {
            if (outing == null) {
                resume();
            }
        }

        void resume() {
            Objects.requireNonNull(continuation).run();
        }
    }

    /// The time that a green thread spends outside, and what its carrier does meanwhile.
    private final class Outing implements Runnable {

        private final Seat seat;
        private volatile boolean due; // the green thread may be ready
        private volatile boolean over;
        private volatile @Nullable Thread thread; // written by itself

        Outing(Seat seat) {
            this.seat = seat;
        }

        void resume() {
            due = true;
            LockSupport.unpark(thread);
        }

        void end() {
            over = true;
            LockSupport.unpark(thread);
        }

        @Override
        public void run() {
            thread = Thread.currentThread();
            while (!over) {
                if (due) {
                    due = false;
                    carry();
                } else {
                    LockSupport.park(this);
                    Thread.interrupted(); // nobody's
                }
            }
            thread = null;
        }

        private void carry() {
            try {
                seat.resume();
            } catch (Throwable e) {
                failed("carrier of a blocking call of hub '" + name() + '\'', e);
            }
        }
    }
}
